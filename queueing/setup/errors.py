"""Refusals of the hall's set-up."""

from __future__ import annotations

from kernel.accounts import UsernameTaken as UsernameTaken
from kernel.errors import Conflict, Gone, Invalid, NotFound


class SetupChangedMeanwhile(Conflict):
    code, title = "setup-changed-meanwhile", "Somebody else changed this meanwhile."
    help = "Look at the present values and make your change on them."


class HoursInvalid(Invalid):
    code, title = "hours-invalid", "These opening hours cannot be kept."
    help = "A span ends after it begins, spans of a day do not overlap, a day has at most four."


class ContactInvalid(Invalid):
    code, title = "contact-invalid", "This address or telephone number cannot be shown."
    help = "An address is one line; a number has digits, blanks, brackets and dashes."


class SetupDayOver(Gone):
    code, title = "setup-day-over", "A day that is over cannot be changed."


class AppointmentsAffected(Conflict):
    code, title = "appointments-affected", "Booked appointments lie in the time that would be closed."
    help = "If you save anyway they stay booked: cancel them on the list of bookings, and people are told."


class WindowSetupInvalid(Invalid):
    code, title = "window-setup-invalid", "This window cannot be set up like that."
    help = "A window serves at least one queue and lists at least one at once."


class UsedByPlan(Conflict):
    code, title = "used-by-plan", "The window plan still needs what would be taken away."
    help = "Change the window plan first, or call off the one that waits, then take it away."


class LabelTaken(Conflict):
    code, title = "label-taken", "There is a window with that number already."


class PrefixTaken(Conflict):
    code, title = "prefix-taken", "There is a queue with that letter already."


class LetterReserved(Conflict):
    code, title = "letter-reserved", "This letter stands for numbers given out while the link is down."
    help = "Choose another letter."


class QueueNotServed(Conflict):
    code, title = "queue-not-served", "A window plan has no window of its own for that queue."
    help = "Give the queue a window in the window plan first, then move the service."


class ServiceNotHere(NotFound):
    code, title = "service-not-here", "The hall does not offer that service at a window."


class ClerkNotFound(NotFound):
    code, title = "clerk-not-found", "Nobody with that account works in this hall."


class ClerkAtWindow(Conflict):
    code, title = "clerk-at-window", "This clerk sits at a window."
    help = "Close the window first."
