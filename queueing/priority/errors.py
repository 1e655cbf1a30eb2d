"""Refusals about priority classes."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound


class PriorityClassNotFound(NotFound):
    code, title = "priority-class-not-found", "This hall has no such priority class."
    help = "Choose again: the hall's manager may have changed its classes."


class PriorityClassInvalid(Invalid):
    """``most_minutes``: the longest head start."""

    code, title = "priority-class-invalid", "A priority class cannot be set like this."
    help = "Both names, up to 12 Chinese and 40 English characters, and a head start of 0 to 60 minutes."


class TooManyPriorityClasses(Conflict):
    """``most`` says how many a hall may have."""

    code, title = (
        "too-many-priority-classes",
        "This hall has as many priority classes as people can choose from.",
    )
    help = "Take one away first."


class PriorityClassChangedMeanwhile(Conflict):
    code, title = "priority-class-changed-meanwhile", "A colleague has changed this priority class meanwhile."
    help = "Load it again and decide anew."
