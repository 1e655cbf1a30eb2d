"""Refusals of notices."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound


class NoticeNotFound(NotFound):
    code, title = "notice-not-found", "There is no such notice."


class NoticeTextWrong(Invalid):
    """``most_zh`` and ``most_en`` say how many characters each text may have."""

    code, title = "notice-text-wrong", "A notice has 1 to 60 characters of Chinese and up to 120 of English."
    help = "Say it in one short line; the screens show it to people who pass by."


class NoticeTimesWrong(Invalid):
    code, title = "notice-times-wrong", "A notice cannot stand at these times."
    help = "It ends after it begins and after now, begins within 31 days, and stands for 31 days at most."


class TooManyNotices(Conflict):
    """``most`` says how many may stand or be to come."""

    code, title = "too-many-notices", "This hall has as many notices as people can read."
    help = "Take one down first; five may stand or be to come."


class NoticeOver(Conflict):
    code, title = "notice-over", "This notice has ended already."
