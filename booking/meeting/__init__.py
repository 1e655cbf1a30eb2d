"""Appointments by telephone, by video and at home: what a hall offers, and how one of them is held."""
