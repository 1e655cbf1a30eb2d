"""Requests and responses about licences on file."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field

from booking.city_schemas import PaperOut
from booking.licences.guiding import Found, personal
from booking.licences.looking import Answer, Asked, Standing
from booking.licences.permitting import Colleague
from booking.schemas import Token
from kernel.web.schemas import In, Out


class AgreeIn(In):
    """For the appointment behind the token: that licences may be looked up, or that they may not any more."""

    token: str = Token
    agree: bool


class OwnIn(In):
    token: str = Token


class TypedIn(In):
    """``number``: ID number or company code of whoever agrees at the window; left out: by their booking."""

    number: str = Field(default="", max_length=24)


class LookOut(Out):
    at: datetime
    who: Literal["self", "desk", "window"]
    place: str
    hall_zh: str
    hall_en: str


class StandingOut(Out):
    """Whether a consent is in force, and every look there was, newest first."""

    in_force: bool
    looks: list[LookOut]

    @classmethod
    def of(cls, own: Standing) -> Self:
        return cls(in_force=own.in_force, looks=[LookOut.model_validate(look) for look in own.looks])


class FoundOut(PaperOut):
    """``until``: the last valid day; none for no end, or, among the missing, for what is not on file."""

    until: date | None

    @classmethod
    def each(cls, found: tuple[Found, ...]) -> list[Self]:
        return [cls(name_zh=own.paper.name_zh, name_en=own.paper.name_en, until=own.until) for own in found]


class PersonalOut(Out):
    """``state``: known; away (the licence system does not answer); not_acting (not for this company).

    Unless it is known, the lists are empty and what holds for everybody stands at the service.
    """

    state: Literal["known", "away", "not_acting"]
    bring: list[PaperOut]
    missing: list[FoundOut]
    known: list[FoundOut]
    filled: list[PaperOut]
    unfilled: list[PaperOut]

    @classmethod
    def of(cls, asked: Asked, answer: Answer, *, on: date) -> Self:
        if answer.on_file is None:
            state: Literal["away", "not_acting"] = "not_acting" if answer.why == "not_acting" else "away"
            return cls(state=state, bring=[], missing=[], known=[], filled=[], unfilled=[])
        guide = personal(asked.services, answer.on_file, on=on)
        return cls(
            state="known",
            bring=PaperOut.all(guide.bring),
            missing=FoundOut.each(guide.missing),
            known=FoundOut.each(guide.known),
            filled=PaperOut.all(guide.filled),
            unfilled=PaperOut.all(guide.unfilled),
        )


class ColleagueOut(Out):
    id: UUID
    name: str
    role: str
    since: datetime | None


class ColleaguesOut(Out):
    """Who works in the hall, and since when they may look at licences."""

    colleagues: list[ColleagueOut]

    @classmethod
    def of(cls, found: tuple[object, tuple[Colleague, ...]]) -> Self:
        return cls(colleagues=[ColleagueOut.model_validate(own) for own in found[1]])


class LeaveIn(In):
    may_look: bool
