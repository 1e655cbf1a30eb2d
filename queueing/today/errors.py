"""Refusals of alerts."""

from __future__ import annotations

from kernel.errors import Conflict, NotFound


class AlertNotFound(NotFound):
    code, title = "alert-not-found", "There is no such alert."


class AlertAcknowledged(Conflict):
    """``by`` and ``at`` say who was quicker, and when."""

    code, title = "alert-acknowledged", "A colleague has acknowledged this alert already."
    help = "The page shows who it was and what was done."
