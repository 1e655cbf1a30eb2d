"""Routes of the manager's today."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from kernel.events import HallNotFound
from kernel.identity import Role, Staff, WrongHall
from kernel.ids import AlertId
from kernel.web.access import Manager, staff_as
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import refuses
from queueing.today import service
from queueing.today.errors import AlertAcknowledged, AlertNotFound
from queueing.today.schemas import AcknowledgeIn, AlertOut, TodayOut

router = APIRouter(prefix="/api/v1", tags=["live day"])

Reader = Annotated[Staff, Depends(staff_as(Role.MANAGER, Role.SUPERVISOR))]


@router.get("/halls/{code}/today", responses=refuses(HallNotFound, WrongHall))
async def today(code: str, staff: Reader, db: Db, clock: ClockDep) -> TodayOut:
    """Return a hall's forecast beside its capacity, its gaps in windows and today's alerts."""
    return TodayOut.of(await db.read(service.hall_today, code, by=staff, now=clock.now()))


@router.post(
    "/alerts/{alert_id}/acknowledge",
    response_model=AlertOut,
    responses=refuses(AlertNotFound, WrongHall, AlertAcknowledged),
)
async def acknowledge(
    alert_id: UUID, what: AcknowledgeIn, manager: Manager, once: Once, clock: ClockDep
) -> Response:
    """Take care of an alert; what was done is kept with it."""
    return await once.write(
        AlertOut.of, service.acknowledge_alert, AlertId(alert_id), done=what.done, by=manager, clock=clock
    )
