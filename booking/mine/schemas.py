"""Requests and responses of citizens' own lists."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field

from booking.city_schemas import HallOut
from booking.mine.codes import CodeAsked
from booking.mine.listing import OwnList, OwnThing
from booking.rules.own_list import About
from booking.schemas import Token
from kernel.settings import Settings
from kernel.web.schemas import In, Out


class CodeIn(In):
    """The number that was left at booking, and the language in which the code is sent."""

    phone: str = Field(min_length=3, max_length=32)
    language: Literal["zh", "en"] = "zh"


class CodeOut(Out):
    """What goes with the code to open the list; it says nothing of whether a code was sent."""

    token: str
    expires_at: datetime

    @classmethod
    def of(cls, asked: CodeAsked) -> Self:
        return cls(token=asked.token, expires_at=asked.expires_at)


class OpenIn(In):
    """The token that came when the code was asked for, and the code as it was typed."""

    token: str = Token
    code: str = Field(min_length=1, max_length=24)


class OpenedOut(Out):
    """An open list: send ``token`` as ``Authorization: Bearer``. ``expires_at``: when it closes."""

    token: str
    expires_at: datetime


class AddIn(In):
    """The token of a link, and what it is of: an appointment, a ticket (visit) or a wait."""

    about: About
    token: str = Token


class ThingIn(In):
    """Something on the list, by its id there."""

    id: UUID


class NamedThingOut(Out):
    name_zh: str
    name_en: str


class OwnThingOut(Out):
    """One line of the list.

    ``part``: today, coming, waiting or past. ``starts_at``: an appointment's start, a ticket's arrival, the
    place that is kept for who waits (``offered``). ``label``: a ticket's number. ``status`` is that of what
    it is about. ``opens``: its page can be asked for; ``listed``: it stands on the list of who is signed in.
    """

    id: UUID
    about: str
    part: str
    status: str
    hall: HallOut
    services: list[NamedThingOut]
    starts_at: datetime | None
    label: str
    first_day: date | None
    last_day: date | None
    offered: bool
    opens: bool
    listed: bool

    @classmethod
    def of(cls, own: OwnThing) -> Self:
        plain = {name: getattr(own, name) for name in cls.model_fields if name not in ("hall", "services")}
        services = [NamedThingOut.model_validate(each) for each in own.services]
        return cls(**plain, hall=HallOut.of(own.hall), services=services)


class OwnListOut(Out):
    """What is somebody's own, in the order in which it is needed; ``ends_at``: when the list closes."""

    things: list[OwnThingOut]
    ends_at: datetime

    @classmethod
    def of(cls, own: OwnList) -> Self:
        return cls(things=[OwnThingOut.of(each) for each in own.things], ends_at=own.ends_at)


class LinkOut(Out):
    """Where something has its own page: a path that holds its capability token."""

    link: str


class AddedOut(Out):
    """What stands on the list now."""

    id: UUID


class GoneOut(Out):
    """How much was taken off the list."""

    things: int


class SignInOut(Out):
    """The identity service by its names, and the page that leads to it and back."""

    name_zh: str
    name_en: str
    path: str


class WaysOut(Out):
    """How one comes to the own list here; ``by_phone``: a code is sent to the number left at booking."""

    sign_in: SignInOut | None
    by_phone: bool

    @classmethod
    def of(cls, settings: Settings, path: str) -> Self:
        own = settings.citizen_sign_in
        offered = SignInOut(name_zh=own.name_zh, name_en=own.name_en, path=path) if own else None
        return cls(sign_in=offered, by_phone=settings.messages is not None)
