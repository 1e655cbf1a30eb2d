"""The route of the comparison."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from booking.comparison.schemas import ComparisonOut
from booking.comparison.service import comparison
from kernel.days import Day
from kernel.events import HallNotFound
from kernel.identity import Role, Staff, WrongHall
from kernel.web.access import staff_as
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import refuses
from queueing.groups.rules import WALK_OVER_MINUTES, By, Span, Within
from queueing.groups.service import Asked

router = APIRouter(prefix="/api/v1", tags=["reports"])

Reader = Annotated[Staff, Depends(staff_as(Role.MANAGER, Role.SUPERVISOR))]
Name = Annotated[str | None, Query(max_length=64)]
Minutes = Annotated[int, Query(ge=1, le=30)]


@router.get("/comparison", responses=refuses(HallNotFound, WrongHall))
async def compare(
    reader: Reader,
    db: Db,
    clock: ClockDep,
    by: By = By.COUNTY,
    period: Span = Span.FOUR_WEEKS,
    until: Day | None = None,
    hall: Name = None,
    county: Name = None,
    level: Name = None,
    department: Name = None,
    walk_over: Minutes = WALK_OVER_MINUTES,
) -> ComparisonOut:
    """Return figures by hall, county, level or department; a manager names the own hall."""
    asked = Asked(by, period, until, Within(hall, county, level, department), walk_over)
    return ComparisonOut.of(await db.read(comparison, asked, reader=reader, now=clock.now()))
