"""Refusals: each is a class with a stable code, rendered in one place as an RFC 9457 problem document."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Mapping

Fact = str | int | float | bool | None | datetime | date | timedelta | Enum | UUID | list[str]


class Refusal(Exception):
    """Something that was asked and is not done; nothing was changed.

    ``code`` is stable and names a page in ``docs/problems/``; ``title`` is for people and is translated
    at the edge; ``help`` says what would help, ``help_on_page`` the same without words of the API where a
    page for citizens would show them; facts given by keyword go into the document.
    """

    code: str = "refused"
    title: str = "This cannot be done."
    help: str = ""
    help_on_page: str | None = None
    status: int = 400
    retry_after: timedelta | None = None

    def __init__(self, **facts: Fact) -> None:
        super().__init__(self.title)
        self.facts: Mapping[str, Fact] = MappingProxyType(dict(facts))

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.code}: {self.title}" + (f" ({facts})" if facts else "")


class NotFound(Refusal):
    code, status, title = "not-found", 404, "There is nothing here."


class NotSignedIn(Refusal):
    code, status, title = "not-signed-in", 401, "Please sign in first."


class Forbidden(Refusal):
    code, status, title = "forbidden", 403, "You may not do this."


class Conflict(Refusal):
    code, status, title = "conflict", 409, "This does not fit what happened meanwhile."


class Gone(Refusal):
    code, status, title = "gone", 410, "This has ended."


class Invalid(Refusal):
    code, status, title = "invalid", 422, "Something in the request cannot be right."


class OutOfRange(Invalid):
    """Some value lies beyond what the database can keep or the calendar can reckon with."""

    code, title = "out-of-range", "A date, number or character in the request is beyond what can be kept."
    help = (
        "Dates lie within some years of today, numbers within what they count, texts hold no control codes."
    )


class TooMany(Refusal):
    code, status, title = "too-many-requests", 429, "Too many requests; please wait a moment."
    retry_after = timedelta(seconds=10)


class Busy(Refusal):
    code, status, title = "busy", 503, "The system is busy; please try again in a moment."
    retry_after = timedelta(seconds=2)
