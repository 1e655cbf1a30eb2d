"""The route of the promise report."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from kernel.events import HallNotFound
from kernel.identity import Role, Staff, WrongHall
from kernel.web.access import staff_as
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import refuses
from queueing.promises.schemas import PromiseReportOut
from queueing.promises.service import By, promise_report

router = APIRouter(prefix="/api/v1", tags=["reports"])

Reader = Annotated[Staff, Depends(staff_as(Role.MANAGER, Role.SUPERVISOR))]


@router.get("/promises", responses=refuses(HallNotFound, WrongHall))
async def promises(
    reader: Reader,
    db: Db,
    clock: ClockDep,
    hall: Annotated[str | None, Query(max_length=32)] = None,
    days: Annotated[int, Query(ge=1, le=366)] = 28,
    by: By = By.QUEUE,
) -> PromiseReportOut:
    """Return promised against actual waits by hall, queue or week; a manager names the own hall."""
    report = await db.read(promise_report, hall, days=days, by=by, reader=reader, now=clock.now())
    return PromiseReportOut.of(report)
