"""Refusals about numbers by telephone."""

from __future__ import annotations

from kernel.errors import Conflict, Gone, TooMany


class HallCodeOld(Gone):
    code, title = "hall-code-old", "This is not the code that stands on the hall's screen now."
    help = "It changes every few minutes: scan it again, or type the digits that stand there now."


class NoPhoneTickets(Conflict):
    code, title = "no-phone-tickets", "This hall gives no numbers by phone."
    help = "Take one at the ticket machine or at the help desk."


class NumberHeld(Conflict):
    """``number`` is the one that this phone has."""

    code, title = "number-held", "This phone has a number in this hall already."
    help = "One phone has one number at a time: follow that one, or give it up first."


class TooManyPhoneTickets(TooMany):
    code, title = (
        "too-many-phone-tickets",
        "Too many numbers or codes were tried from here; please wait a while.",
    )
    help = "The ticket machine and the help desk give numbers meanwhile."
