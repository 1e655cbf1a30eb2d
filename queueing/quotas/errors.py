"""Refusals about ticket quotas."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound


class QuotaUsedUp(Conflict):
    """``again_at``: when numbers are given again, None where that is not foreseen; ``today``: on this day."""

    code, title = "quota-used-up", "No more walk-in numbers are given for this now."
    help = "Book an appointment, come when numbers are given again, or look for another hall."


class QuotaNotFound(NotFound):
    code, title = "quota-not-found", "There is no such ticket quota."


class QuotaInvalid(Invalid):
    """``most``: the highest number that a quota can have."""

    code, title = "quota-invalid", "A ticket quota cannot be set like this."
    help = (
        "Name one queue or one service of this hall, a time that ends after it begins, and 0 to 5000 numbers."
    )


class QuotaClashes(Conflict):
    code, title = "quota-clashes", "There is a ticket quota for this at that time already."
    help = "Change that one, or choose a time that does not overlap it."


class TooManyQuotas(Conflict):
    """``most`` says how many a hall may have."""

    code, title = "too-many-quotas", "This hall has as many ticket quotas as can be overseen."
    help = "Take one away first; one for the whole queue often says the same as several for its services."


class QuotaChangedMeanwhile(Conflict):
    """``most`` is what a colleague has set."""

    code, title = "quota-changed-meanwhile", "A colleague has changed this ticket quota meanwhile."
    help = "Load it again and decide anew."
