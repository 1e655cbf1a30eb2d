"""Lobby screens tell whether they have sound; the desk and the manager hear of a silent or lost one."""
