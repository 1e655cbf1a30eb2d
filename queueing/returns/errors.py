"""Refusals about coming back with papers."""

from __future__ import annotations

from kernel.errors import Conflict, Gone, Invalid, NotFound


class ReturnInvalid(Invalid):
    """``latest``: the last day that can be told."""

    code, title = "return-invalid", "Say what is missing, and a day until which the person can come back."
    help = "One to 120 characters without names; from today to 60 days on."


class ReturnNotFound(NotFound):
    code, title = "return-not-found", "This hall has no such return code."
    help = (
        "Type the eight letters and digits on the slip, in the hall that gave it; or take an ordinary number."
    )


class ReturnUsed(Conflict):
    """``number``: the ticket that it gave."""

    code, title = "return-used", "This return code has given its number already."
    help = "Follow that number; the help desk gives an ordinary one."


class ReturnOver(Gone):
    """``until_on``: the last day on which it could be used."""

    code, title = "return-over", "This return code has ended."
    help = "Take an ordinary number, or book a time; the papers you have now are good all the same."
