"""The manager's page of ticket quotas: how many walk-in numbers are given, what is left, and changing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from babel.dates import get_day_names
from fastapi import APIRouter, Form, Request
from pydantic import StringConstraints
from starlette.responses import RedirectResponse, Response

from displays.forms import FormOnce, Key, new_key
from displays.rendering import reader_of
from displays.staff_access import HallPage, ManagerPage, Visitor
from displays.staff_frame import staff_page
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.errors import Refusal
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing.errors import QueueNotFound
from queueing.quotas import service
from queueing.quotas.errors import (
    QuotaChangedMeanwhile,
    QuotaClashes,
    QuotaInvalid,
    QuotaNotFound,
    TooManyQuotas,
)
from queueing.quotas.schemas import KeptQuotasOut
from queueing.rules.quotas import DAY_MINUTES, MOST_NUMBERS

router = APIRouter(include_in_schema=False, prefix="/staff/halls/{code}/quotas")

_HALL = (HallNotFound, WrongHall)
_WRONG = (QuotaInvalid, QuotaClashes, TooManyQuotas, QueueNotFound, ServiceNotFound, NotOfferedHere)
_DONE = ("set", "removed")

_NONE: list[str] = []

Typed = Annotated[str, Form(max_length=80)]
Days = Annotated[list[Annotated[str, StringConstraints(max_length=80)]], Form(max_length=7)]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a manager typed; ``about`` is "queue:A" or "service:id-card", times are HH:MM or empty.

    ``days``: the numbers of the week from Monday on, as typed; ``of``: the quota that was to be changed.
    """

    about: str = ""
    begins: str = ""
    ends: str = ""
    most: str = ""
    days: tuple[str, ...] = ("",) * 7
    wrong: Refusal | None = None
    of: UUID | None = None


@router.get("", responses=refuses(*_HALL))
async def quotas(code: str, visitor: HallPage, request: Request, here: PartsDep, done: str = "") -> Response:
    """Show the quotas with what is left today, and a form for a new one."""
    return await _page(request, here, visitor, code, done=done)


@router.post("", responses=refuses(*_HALL, *_WRONG))
async def add(
    code: str,
    visitor: ManagerPage,
    request: Request,
    here: PartsDep,
    key: Key,
    about: Typed = "",
    begins: Typed = "",
    ends: Typed = "",
    most: Typed = "",
    day: Days = _NONE,
) -> Response:
    """Set a quota, or say what cannot be right and keep what was typed."""
    kind, _, name = about.partition(":")
    try:
        await FormOnce(request, key, about, begins, ends, most, *day).write(
            KeptQuotasOut.of,
            service.add_quota,
            code,
            queue=name if kind == "queue" else None,
            service=name if kind == "service" else None,
            from_minute=_minute(begins, 0),
            to_minute=_minute(ends, DAY_MINUTES),
            most=_number(most),
            by_weekday=_week(day),
            by=visitor.staff,
            clock=here.clock,
        )
    except _WRONG as wrong:
        draft = Draft(about, begins, ends, most, _seven(day), wrong)
        return await _page(request, here, visitor, code, draft=draft)
    return _back(code, "set")


@router.post("/{quota_id}", responses=refuses(*_HALL, QuotaNotFound, QuotaInvalid, QuotaChangedMeanwhile))
async def change(
    code: str,
    quota_id: UUID,
    visitor: ManagerPage,
    request: Request,
    here: PartsDep,
    key: Key,
    before: Annotated[int, Form()],
    most: Typed = "",
    day: Days = _NONE,
    day_before: Days = _NONE,
) -> Response:
    """Set how many numbers a quota gives, unless a colleague did so since the page was opened."""
    try:
        await FormOnce(request, key, str(quota_id), str(before), most, *day, *day_before).write(
            KeptQuotasOut.of,
            service.change_quota,
            quota_id,
            _number(most),
            before=before,
            by_weekday=_week(day) if day else None,
            by_weekday_before=_week(day_before),
            by=visitor.staff,
            clock=here.clock,
        )
    except (QuotaInvalid, QuotaChangedMeanwhile) as wrong:
        draft = Draft(most=most, days=_seven(day), wrong=wrong, of=quota_id)
        return await _page(request, here, visitor, code, draft=draft)
    return _back(code, "set")


@router.post("/{quota_id}/remove", responses=refuses(*_HALL, QuotaNotFound))
async def remove(
    code: str, quota_id: UUID, visitor: ManagerPage, request: Request, here: PartsDep, key: Key
) -> Response:
    """Take a quota away."""
    await FormOnce(request, key, str(quota_id)).write(
        KeptQuotasOut.of, service.remove_quota, quota_id, by=visitor.staff, clock=here.clock
    )
    return _back(code, "removed")


def _minute(typed: str, otherwise: int) -> int:
    """Return a local minute of what a time field sends, ``otherwise`` where it is empty."""
    if not typed:
        return otherwise
    hours, _, minutes = typed.partition(":")
    try:
        return int(hours) * 60 + int(minutes)
    except ValueError as none:
        raise QuotaInvalid(most=MOST_NUMBERS) from none


def _number(typed: str) -> int:
    try:
        return int(typed)
    except ValueError as none:
        raise QuotaInvalid(most=MOST_NUMBERS) from none


def _week(typed: Sequence[str]) -> dict[int, int]:
    """Return the numbers of the weekdays of which one was typed, 0 for Monday."""
    return {weekday: _number(own) for weekday, own in enumerate(_seven(typed)) if own.strip()}


def _seven(typed: Sequence[str]) -> tuple[str, ...]:
    return (*typed, *("",) * 7)[:7]


def _back(code: str, done: str) -> Response:
    return RedirectResponse(f"/staff/halls/{quote(code)}/quotas?done={done}", 303)


async def _page(
    request: Request, here: Parts, visitor: Visitor, code: str, *, done: str = "", draft: Draft | None = None
) -> Response:
    found = await here.database.read(service.quotas_for_staff, code, by=visitor.staff, now=here.clock.now())
    return staff_page(
        request,
        visitor,
        "staff/quotas.html",
        status=draft.wrong.status if draft and draft.wrong else 200,
        hall=found.hall,
        found=found,
        may_change=visitor.staff.may_manage(found.hall.id),
        draft=draft or Draft(),
        done=done if done in _DONE else "",
        most_numbers=MOST_NUMBERS,
        weekday_names=get_day_names("abbreviated", locale=reader_of(request).locale),
        new_key=new_key,
        section="quotas",
    )
