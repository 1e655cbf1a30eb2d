"""Refusals about ratings and the cases of bad ones."""

from __future__ import annotations

from kernel.errors import Conflict, Forbidden, Gone, NotFound


class RatingNotAsked(Conflict):
    code, title = "rating-not-asked", "This visit cannot be rated."
    help = "Only a visit that was served to its end is rated."


class RatingClosed(Gone):
    """``closed_at`` says since when."""

    code, title = "rating-closed", "The time to rate this visit is over."
    help = "The help desk and the 12345 line still take complaints."


class RatingFinal(Conflict):
    """``final_since`` says since when."""

    code, title = "rating-final", "This rating is final and can no longer be changed."
    help = "To add something, ask at the help desk or call 12345."


class StaffDoNotRate(Forbidden):
    code, title = "staff-do-not-rate", "Whoever is signed in as staff cannot rate a visit."
    help = "Ratings come from citizens alone; to rate a visit of your own, sign out first."


class RatingCaseNotFound(NotFound):
    code, title = "rating-case-not-found", "There is no such case."


class RatingCaseNotPossible(Conflict):
    """The transition table has no entry for what was asked; ``status`` says how things stand."""

    code, title = "rating-case-not-possible", "This is not possible as the case stands."
    help = "Reload the page: somebody else may have gone on with it."


class OwnAnswer(Forbidden):
    code, title = "own-answer", "Nobody reviews an answer of their own."
    help = "Somebody else accepts it or sends it back."


class NoCallBackNumber(Gone):
    code, title = "no-call-back-number", "There is no number to call back."
    help = "None was left, or it has been erased: with the end of the case, and within 30 days in any case."
