"""Refusals about what desks hand in."""

from __future__ import annotations

from kernel.errors import NotFound


class DeskEntryNotFound(NotFound):
    code, title = "desk-entry-not-found", "There is no such entry of a desk to be put away."
