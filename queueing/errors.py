"""Refusals of the live day."""

from __future__ import annotations

from kernel.errors import Conflict, Forbidden, Gone, Invalid, NotFound


class TicketNotFound(NotFound):
    code, title = "ticket-not-found", "There is no such ticket."
    help = "Open the link that came with the ticket, or ask at the help desk."


class WindowNotFound(NotFound):
    code, title = "window-not-found", "There is no such window."


class QueueNotFound(NotFound):
    code, title = "queue-not-found", "There is no such queue in this hall."


class NobodyWaiting(Conflict):
    code, title = "nobody-waiting", "Nobody waits for this window."
    help = "The window's queues are empty; the board shows who waits elsewhere."


class NextChanged(Conflict):
    """``next``: the number that is next by now."""

    code, title = "next-changed", "Somebody else is next by now."
    help = "Look again, then call; whoever you saw was called elsewhere, left, or lets somebody go first."


class NotPossibleNow(Conflict):
    """The transition table has no entry for what was asked; ``status`` says how things stand."""

    code, title = "not-possible-now", "This is not possible as things stand."
    help = "Load the page again and act on how things stand."


class WindowBusy(Conflict):
    code, title = "window-busy", "The window still has a citizen; finish, park, transfer or miss first."


class WindowNotOpen(Conflict):
    code, title = "window-not-open", "The window is not open."
    help = "Open the window first."


class WindowTaken(Conflict):
    code, title = "window-taken", "A colleague works at this window."


class NotYourWindow(Forbidden):
    code, title = "not-your-window", "This ticket was not called to your window."


class NotServedHere(Invalid):
    code, title = "not-served-here", "That window may not serve that queue."


class TooSoonToRecall(Conflict):
    code, title = "too-soon-to-recall", "A call is repeated after 20 seconds at the earliest."


class NoMoreRecalls(Conflict):
    code, title = "no-more-recalls", "The call was repeated often enough; mark the ticket as missed."


class UndoTooLate(Gone):
    code, title = "undo-too-late", "This can no longer be taken back."


class ReinstateOver(Gone):
    """``until``: when it would have been possible; None where the ticket was put back before."""

    code, title = "reinstate-over", "This missed ticket can no longer be put back."
    help = "Give the person a new ticket."


class AtAnotherWindow(Conflict):
    """``window``: where the clerk still sits."""

    code, title = "at-another-window", "You still sit at another window."
    help = "Close that window first."


class NotTakingTickets(Conflict):
    code, title = "not-taking-tickets", "The hall takes no tickets now."
    help = "Come while the hall is open, or book an appointment."


class ParkWordsMissing(Invalid):
    code, title = "park-words-missing", "Say in words why: its holder reads it on the ticket's page."
    help = "Send a few words, choose another reason, or park without one."


class NumbersUsedUp(Conflict):
    code, title = "numbers-used-up", "This queue has given out all its numbers for today."
    help = "Ask at the help desk, or book an appointment."


class PlanChangedMeanwhile(Conflict):
    code, title = "plan-changed-meanwhile", "Another window plan was published meanwhile."
    help = "Load the present plan and make the change on it."


class PlanWaits(Conflict):
    """``version`` waits for ``applies_at``."""

    code, title = "plan-waits", "Another plan already waits for its time."
    help = "Call that one off first, or publish yours without a time."


class PlanNotWaiting(Conflict):
    code, title = "plan-not-waiting", "This plan does not wait any more."
    help = "The history says what became of it."


class PlanVersionNotFound(NotFound):
    code, title = "plan-version-not-found", "This hall has no plan with that number."


class TimeHasPassed(Gone):
    code, title = "time-has-passed", "That time is over."
    help = "Choose a later time, or publish at once."


class FeedNotFound(NotFound):
    code, title = "feed-not-found", "This calendar is not there, or has been withdrawn."
    help = "The hall's manager can make a new link."
