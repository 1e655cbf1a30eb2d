"""Routes of notices."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from kernel.events import HallNotFound
from kernel.identity import Role, Staff, WrongHall
from kernel.web.access import Manager, staff_as
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import refuses
from queueing.notices import service
from queueing.notices.errors import (
    NoticeNotFound,
    NoticeOver,
    NoticeTextWrong,
    NoticeTimesWrong,
    TooManyNotices,
)
from queueing.notices.schemas import KeptNoticeOut, NoticeIn, NoticesOut

router = APIRouter(prefix="/api/v1", tags=["live day"])

Reader = Annotated[Staff, Depends(staff_as(Role.MANAGER, Role.SUPERVISOR))]


@router.get("/halls/{code}/notices", responses=refuses(HallNotFound, WrongHall))
async def notices(code: str, staff: Reader, db: Db, clock: ClockDep) -> NoticesOut:
    """Return a hall's notices, coming and past ones too."""
    return NoticesOut.of(await db.read(service.notices_of, code, by=staff, now=clock.now()))


@router.post(
    "/halls/{code}/notices",
    response_model=KeptNoticeOut,
    responses=refuses(HallNotFound, WrongHall, NoticeTextWrong, NoticeTimesWrong, TooManyNotices),
)
async def post(code: str, wanted: NoticeIn, manager: Manager, once: Once, clock: ClockDep) -> Response:
    """Put a notice up on the hall's screens, kiosks and citizens' pages, until its time is over."""
    return await once.write(
        KeptNoticeOut.of, service.post_notice, code, wanted.wanted(), by=manager, clock=clock
    )


@router.post(
    "/notices/{notice_id}/end",
    response_model=KeptNoticeOut,
    responses=refuses(NoticeNotFound, WrongHall, NoticeOver),
)
async def end(notice_id: UUID, manager: Manager, once: Once, clock: ClockDep) -> Response:
    """Take a notice down before its time."""
    return await once.write(KeptNoticeOut.of, service.end_notice, notice_id, by=manager, clock=clock)
