"""Notices of a hall: written by its manager, shown on screens, kiosks and citizens' pages, ended by time."""
