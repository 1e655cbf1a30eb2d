"""Refusals about provisional numbers."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound


class BlocksUsedUp(Conflict):
    """``most`` blocks were reserved for this kiosk on ``day``."""

    code, title = "blocks-used-up", "This machine has reserved all numbers that it may have for that day."
    help = "Look why it loses what it stores; its browser has to keep data between two starts."


class DayNotReservable(Invalid):
    code, title = "day-not-reservable", "Numbers are reserved for today and the next three days only."


class NoProvisionalNumbers(Conflict):
    code, title = "no-provisional-numbers", "A queue of this hall has the letter of provisional numbers."
    help = "The hall gives no numbers while its link is down until that queue has another letter."


class SlipNotFound(NotFound):
    code, title = "slip-not-found", "There is no such refused number."
