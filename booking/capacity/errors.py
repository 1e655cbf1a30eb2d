"""Refusals of the report of places."""

from __future__ import annotations

from kernel.errors import Invalid


class DaysTooMany(Invalid):
    """``most`` says over how many days one may ask."""

    code, title = "days-too-many", "These days cannot be asked for at once."
    help = "Choose a first day that is not after the last, and 92 days at most."
