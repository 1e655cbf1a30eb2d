"""Refusals about the waiting list."""

from __future__ import annotations

from kernel.errors import Conflict, Gone, Invalid, NotFound, TooMany


class WaitingNotFound(NotFound):
    code, title = "waiting-not-found", "There is no such place on the waiting list."
    help = "Check the link; some time after the wait has ended its data is erased."


class WaitingOver(Conflict):
    """``stands`` says how the wait ended."""

    code, title = "waiting-over", "This wait has ended."
    help = "Book a free time, or join the list again."


class WishInvalid(Invalid):
    """``field`` names what cannot be right, ``last_day`` how far ahead one can wait."""

    code, title = "wish-invalid", "These days or times cannot be waited for."
    help = "Choose days between today and the last that can be booked, and a time that ends after it begins."


class ClosedThen(WishInvalid):
    code, title = "closed-then", "The halls you chose are closed on all of these days and at these times."
    help = "Nothing can become free there then: choose other days, other times or another hall."


class PlaceFree(Conflict):
    """``hall`` and ``next_free``: where and when."""

    code, title = "place-free", "A time that suits you is free now; nobody has to wait for it."
    help = "Book it like any other time."


class WaitingLimit(Conflict):
    code, title = "waiting-limit", "This phone number waits for as many places already as allowed."
    help = "Leave one of the waits first; the limit holds in the whole city."


class AlreadyWaiting(Conflict):
    code, title = "already-waiting", "An earlier time is being waited for already."
    help = "The link that was given for it says how things stand."


class OfferOver(Gone):
    code, title = "offer-over", "This offer is over."
    help = "The place was kept for its time and then offered to the next; the link says how things stand."


class TooManyWaits(TooMany):
    code, title = "too-many-waits", "Too many people were put on the list from here; please wait a while."
