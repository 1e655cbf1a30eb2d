"""Refusals of proposals."""

from __future__ import annotations

from kernel.errors import Conflict, Gone, Invalid, NotFound


class ProposalNotFound(NotFound):
    code, title = "proposal-not-found", "There is no such proposal."


class ProposalUnderway(Conflict):
    code, title = "proposal-underway", "A proposal for this hall is being computed."
    help = "It takes about a minute; the list of proposals shows how far it is."


class ProposalNotOpen(Conflict):
    """``status`` says how the proposal stands."""

    code, title = "proposal-not-open", "This proposal cannot be decided on as it stands."
    help = "Only a proposal that is shown can be accepted or declined, only an accepted one taken back."


class RulesChangedMeanwhile(Conflict):
    """``day`` is the day that was planned for."""

    code, title = "rules-changed-meanwhile", "The rules of the hall have changed since this plan was made."
    help = "Ask for another: it keeps the windows, skills, shifts and hours as they are now."


class DayHasPassed(Gone):
    code, title = "day-has-passed", "That day is over."
    help = "Choose today or a later day."


class ClosedOnThatDay(Invalid):
    code, title = "closed-on-that-day", "The hall is closed on that day."
    help = "Choose a day on which the hall is open."


class ClerkNotOfHall(Invalid):
    """``clerk`` is the id that was sent."""

    code, title = "clerk-not-of-hall", "This clerk does not work in the hall."
    help = "Send the hall's own clerks only, each of them once."


class BreakImpossible(Invalid):
    """``clerk`` is whose break or shift it is."""

    code, title = "break-impossible", "This break or shift cannot be kept."
    help = "A shift begins before it ends, and a break fits into it, between the two times it may lie in."


class ReasonMissing(Invalid):
    code, title = "reason-missing", "Please say why the proposal is declined."
    help = "A short reason helps the next proposal to be better."


class StudyNotFound(NotFound):
    code, title = "study-not-found", "There is no such study."


class StudyNotAnswered(Conflict):
    """``status`` says how the study stands."""

    code, title = "study-not-answered", "This study has no answer to act on."
    help = "Wait for its answer, or ask again."


class NoPlanForThatDay(Conflict):
    code, title = "no-plan-for-that-day", "This week has no plan to accept for that day."
    help = "Only days for which a better plan was found can be accepted."
