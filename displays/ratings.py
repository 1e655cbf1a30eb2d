"""The part of a citizen's page that asks how the visit was: on the ticket, the appointment, and the kiosk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Form

from booking.errors import PhoneInvalid
from booking.ratings import service
from booking.ratings.errors import StaffDoNotRate
from booking.ratings.http import refuse_staff
from booking.ratings.schemas import RatingOut
from booking.ratings.service import RatingView, Said
from booking.rules.people import normal_phone
from booking.rules.ratings import LONGEST_TEXT, Level, Reason
from displays.forms import FormOnce, Key, new_key

if TYPE_CHECKING:
    from starlette.requests import Request

    from kernel.web.parts import Parts

Typed = Annotated[str, Form(max_length=1000)]


@dataclass(frozen=True, slots=True)
class Answers:
    """What was typed and ticked, kept when the form is shown again."""

    key: str = ""
    level: str = ""
    reasons: tuple[str, ...] = ()
    text: str = ""
    phone: str = ""
    consent: bool = False


def _answers(
    key: Key,
    level: Typed = "",
    reasons: Annotated[list[str], Form()] = [],  # noqa: B006 - the framework copies it
    text: Typed = "",
    phone: Typed = "",
    consent: Annotated[bool, Form()] = False,
) -> Answers:
    words = " ".join(text.split())
    return Answers(key, level, tuple(reasons), words, phone.strip(), consent)


RatingForm = Annotated[Answers, Depends(_answers)]


@dataclass(frozen=True, slots=True)
class RatingPart:
    """What the template needs; ``wrong`` maps a field to what is wrong with it, an English text id."""

    rating: RatingView
    action: str
    answers: Answers
    is_staff: bool
    at_kiosk: bool = False
    wrong: dict[str, str] = field(default_factory=dict)
    key: str = field(default_factory=new_key)

    @property
    def levels(self) -> tuple[Level, ...]:
        return tuple(Level)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return tuple(Reason)

    @property
    def longest(self) -> int:
        return LONGEST_TEXT


async def rating_part(
    request: Request,
    here: Parts,
    token: str,
    action: str,
    *,
    at_kiosk: bool = False,
    answers: Answers | None = None,
    wrong: dict[str, str] | None = None,
) -> RatingPart:
    """Return how the rating stands, with what was answered so far."""
    found = await here.database.read(service.look_at_rating, token, now=here.clock.now(), vault=here.vault)
    said = Answers(
        level=found.level or "", reasons=tuple(found.reasons), text=found.text
    )  # a number is typed anew: whoever looks over a shoulder reads none
    return RatingPart(
        *(found, action, answers or said, await _is_staff(request, here)),
        at_kiosk=at_kiosk,
        wrong=wrong or {},
    )


async def _is_staff(request: Request, here: Parts) -> bool:
    try:
        await refuse_staff(request, here)
    except StaffDoNotRate:
        return True
    return False


async def save_rating(request: Request, here: Parts, token: str, answers: Answers) -> dict[str, str]:
    """Rate the visit and return nothing, or what is wrong with which field; raises as ``service.rate``."""
    await refuse_staff(request, here)
    wrong = _wrong(answers)
    if wrong:
        return wrong
    level = Level(answers.level)
    reasons = tuple(each for each in Reason if each in answers.reasons)
    phone = answers.phone if answers.phone and level.is_bad else None
    asked = (answers.level, *answers.reasons, answers.text, answers.phone)
    await FormOnce(request, answers.key, *asked).write(
        RatingOut.of,
        service.rate,
        token,
        Said(level, reasons, answers.text, phone),
        clock=here.clock,
        vault=here.vault,
    )
    return {}


def _wrong(answers: Answers) -> dict[str, str]:
    wrong = {}
    if answers.level not in set(Level):
        wrong["level"] = "Please choose one of the five."
    if len(answers.text) > LONGEST_TEXT:
        wrong["text"] = "Please write a little less."
    counts = bool(answers.phone) and answers.level in {level for level in Level if level.is_bad}
    if counts and normal_phone(answers.phone) is None:
        wrong["phone"] = PhoneInvalid.title
    if counts and not answers.consent:
        wrong["consent"] = "Tick that we may call this number, or leave it out."
    return wrong
