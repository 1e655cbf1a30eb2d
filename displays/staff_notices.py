"""The hall's notices for its manager: put one up, see what stands, take it down. Plain forms."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from displays.forms import FormOnce, Key, new_key
from displays.staff_access import HallPage, ManagerPage, Visitor
from displays.staff_frame import staff_page
from kernel import catalogue
from kernel.catalogue import Hall
from kernel.days import Instant
from kernel.errors import Refusal
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing.notices import service
from queueing.notices.errors import (
    NoticeNotFound,
    NoticeOver,
    NoticeTextWrong,
    NoticeTimesWrong,
    TooManyNotices,
)
from queueing.notices.schemas import KeptNoticeOut
from queueing.notices.service import NewNotice
from queueing.rules.notices import LONGEST_EN, LONGEST_ZH, MOST

router = APIRouter(include_in_schema=False, prefix="/staff/halls/{code}/notices")

_HALL = (HallNotFound, WrongHall)
_WRONG = (NoticeTextWrong, NoticeTimesWrong, TooManyNotices)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
FIELD_OF = {NoticeTextWrong: "text_zh", NoticeTimesWrong: "until", TooManyNotices: ""}

Typed = Annotated[str, Form(max_length=500)]
TypedTime = Annotated[str, Form(max_length=32)]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a manager typed; times as the browser's own fields write them, in the hall's local time."""

    text_zh: str = ""
    text_en: str = ""
    begins: str = ""
    until: str = ""
    wrong: Refusal | None = field(default=None)

    @property
    def wrong_field(self) -> str:
        """Return the field that the fault stands beside, nothing for the whole form."""
        return FIELD_OF.get(type(self.wrong), "") if self.wrong else ""


@router.get("", responses=refuses(*_HALL))
async def notices(code: str, visitor: HallPage, request: Request, here: PartsDep, done: str = "") -> Response:
    """Show what stands, what is to come and what is over, with a form for a new one."""
    return await _page(request, here, visitor, code, done=done)


@router.post("", responses=refuses(*_HALL, *_WRONG))
async def post(
    code: str,
    visitor: ManagerPage,
    request: Request,
    here: PartsDep,
    key: Key,
    text_zh: Typed = "",
    text_en: Typed = "",
    begins: TypedTime = "",
    until: TypedTime = "",
) -> Response:
    """Put a notice up, or say what cannot be right and keep what was typed."""
    hall = await here.database.read(catalogue.hall_by_code, code)
    try:
        wanted = _wanted(hall, text_zh, text_en, begins, until)
        await FormOnce(request, key, text_zh, text_en, begins, until).write(
            KeptNoticeOut.of, service.post_notice, code, wanted, by=visitor.staff, clock=here.clock
        )
    except _WRONG as wrong:
        return await _page(request, here, visitor, code, draft=Draft(text_zh, text_en, begins, until, wrong))
    return _back(code, "posted")


@router.post("/{notice_id}/end", responses=refuses(*_HALL, NoticeNotFound, NoticeOver))
async def end(
    code: str, notice_id: UUID, visitor: ManagerPage, request: Request, here: PartsDep, key: Key
) -> Response:
    """Take a notice down before its time."""
    await FormOnce(request, key, str(notice_id)).write(
        KeptNoticeOut.of, service.end_notice, notice_id, by=visitor.staff, clock=here.clock
    )
    return _back(code, "ended")


def _wanted(hall: Hall, text_zh: str, text_en: str, begins: str, until: str) -> NewNotice:
    """Return what was typed; raises ``NoticeTimesWrong`` for a time that is none."""
    try:
        from_at = _instant(begins, hall) if begins else None
        until_at = _instant(until, hall)
    except ValueError as none:
        raise NoticeTimesWrong from none
    return NewNotice(text_zh, text_en, from_at, until_at)


def _instant(typed: str, hall: Hall) -> datetime:
    """Return a local time of a hall; raises ``ValueError`` for none, and for one beyond what is kept."""
    return _INSTANT.validate_python(datetime.fromisoformat(typed).replace(tzinfo=ZoneInfo(hall.timezone)))


def _back(code: str, done: str) -> Response:
    return RedirectResponse(f"/staff/halls/{quote(code)}/notices?done={done}", 303)


async def _page(
    request: Request, here: Parts, visitor: Visitor, code: str, *, done: str = "", draft: Draft | None = None
) -> Response:
    now = here.clock.now()
    found = await here.database.read(service.notices_of, code, by=visitor.staff, now=now)
    return staff_page(
        request,
        visitor,
        "staff/notices.html",
        status=draft.wrong.status if draft and draft.wrong else 200,
        hall=found.hall,
        standing=[own for own in found.notices if not own.over_at(now) and own.notice.stands_at(now)],
        coming=[own for own in found.notices if not own.over_at(now) and not own.notice.stands_at(now)],
        over=[own for own in found.notices if own.over_at(now)],
        may_change=visitor.staff.may_manage(found.hall.id),
        draft=draft or await _draft(here, found.hall, now),
        done=done if done in ("posted", "ended") else "",
        longest_zh=LONGEST_ZH,
        longest_en=LONGEST_EN,
        most=MOST,
        new_key=new_key,
        section="notices",
    )


async def _draft(here: Parts, hall: Hall, now: datetime) -> Draft:
    """Return an empty form whose end is when the hall closes next, which most notices mean."""
    calendar = await here.database.read(catalogue.calendar, hall.id)
    closes = [span.closes_at for span in calendar.spans(calendar.local_day(now)) if span.closes_at > now]
    if not closes:
        return Draft()
    return Draft(until=f"{closes[-1].astimezone(ZoneInfo(hall.timezone)):%Y-%m-%dT%H:%M}")
