"""Refusals about the no-show rule."""

from __future__ import annotations

from kernel.errors import Conflict, Forbidden, Invalid, NotFound


class BookingPaused(Conflict):
    """``until`` says until when, ``no_shows`` how many led to it; which ones is told to who proves it."""

    code, title = "booking-paused", "Booking on line is paused for this phone number."
    help = (
        "It follows from the city's rule on appointments that were not kept; 'until' says until when. "
        "Tickets for today, the kiosk, the telephone and urgent help at the desk stay open. "
        "POST /api/v1/no-shows/look-up says which appointments, and how to appeal."
    )
    help_on_page = (
        "It follows from the city's rule on appointments that were not kept. You can come without an "
        "appointment at any time, and appeal."
    )


class NoShowNotFound(NotFound):
    code, title = "no-show-not-found", "Nothing that counts as a no-show is found under this."
    help = "Send the appointment's token, or its reference together with the phone number that booked it."
    help_on_page = "Check reference and phone number, or ask at the help desk."


class NoShowNotCounting(Conflict):
    code, title = "no-show-not-counting", "This does not count as a no-show any more."
    help = "There is nothing to appeal against."


class AppealedAlready(Conflict):
    code, title = "appealed-already", "There is an appeal against this already."
    help = "One appeal is possible; its answer is read in the same place."


class AppealNotFound(NotFound):
    code, title = "appeal-not-found", "There is no such appeal."


class AppealDecided(Conflict):
    """``status`` says how."""

    code, title = "appeal-decided", "This appeal has been decided already."
    help = "Reload the page: somebody else may have decided it."


class AppealWordsMissing(Invalid):
    code, title = "appeal-words-missing", "Say in words why: the citizen reads it."
    help = "Send a note of at least two characters."
    help_on_page = "Write a sentence."


class NoShowRuleChanged(Conflict):
    """``version`` is the newest one."""

    code, title = "no-show-rule-changed", "Somebody else has published another version of the rule meanwhile."
    help = "Look at it, and publish yours again if it is still wanted."


class OutageInvalid(Invalid):
    code, title = "outage-invalid", "An outage has a beginning and a later end, neither far away."
    help = "It lasts at most 31 days, began at most a year ago and ends at most 31 days from now."


class NotPaused(Conflict):
    code, title = "not-paused", "Nothing keeps this person from booking; no exception is needed."


class NotYourAppeal(Forbidden):
    code, title = "not-your-appeal", "The hall's manager or the supervisor decides appeals."
