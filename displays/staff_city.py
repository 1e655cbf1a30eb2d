"""The supervisor's page: all halls now and over the last weeks, each figure with what it rests on."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, radians
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from booking.webhooks.service import untold
from displays.staff_access import CityPage
from displays.staff_frame import staff_page, table_file
from kernel.web.parts import ClockDep, Db
from queueing import reports
from queueing.reports import CityReport, HallDayTally, HallReport
from queueing.rules.records import SMALLEST_CELL, Share
from queueing.served import served

router = APIRouter(include_in_schema=False)

PERIODS = (7, 28, 91)
PICTURE_WIDTH, PICTURE_HEIGHT, PICTURE_MARGIN = 640, 320, 24

Days = Annotated[int, Query(ge=1, le=366)]


def _value(share: Share) -> float:
    return -1.0 if share.value is None else share.value


ORDERS: dict[str, Callable[[HallReport], Any]] = {
    "hall": lambda own: own.hall.code,
    "open": lambda own: own.now.open_now,
    "waiting": lambda own: own.now.waiting,
    "longest": lambda own: own.now.longest_wait_minutes or 0.0,
    "windows": lambda own: own.now.windows_open,
    "tickets": lambda own: own.today.tally.issued,
    "kept_today": lambda own: _value(own.today.kept),
    "past_tickets": lambda own: own.history.tally.issued,
    "typical": lambda own: own.history.wait_minutes(0.5) or 0,
    "over_long": lambda own: _value(own.history.over_long),
    "kept": lambda own: _value(own.history.kept),
    "left": lambda own: _value(own.history.left),
}


@dataclass(frozen=True, slots=True)
class Point:
    """A hall in the picture: its place in it, and a radius that grows with those who wait."""

    x: float
    y: float
    radius: float
    report: HallReport


@router.get("/staff/city")
async def city(
    visitor: CityPage,
    request: Request,
    db: Db,
    clock: ClockDep,
    days: Days = 28,
    sort: str = "waiting",
    falling: bool = True,
) -> Response:
    """Show the city; sorted as asked, by the busiest hall otherwise."""
    report = await db.read(reports.city_report, days=days, now=clock.now())
    order = sort if sort in ORDERS else "waiting"
    halls = sorted(report.halls, key=lambda own: (ORDERS[order](own), own.hall.code), reverse=falling)
    return staff_page(
        request,
        visitor,
        "staff/city.html",
        section="city",
        report=report,
        halls=halls,
        points=_points(report),
        picture=(PICTURE_WIDTH, PICTURE_HEIGHT),
        days=days,
        periods=PERIODS,
        sort=order,
        falling=falling,
        smallest=SMALLEST_CELL,
        waits=served.summary(),
        untold=await db.read(untold),
    )


@router.get("/staff/city.csv")
async def city_csv(_visitor: CityPage, db: Db, clock: ClockDep, days: Days = 28) -> Response:
    """Return the counts behind every share, a line per hall and day."""
    rows = await db.read(reports.daily_tallies, days=days, now=clock.now())
    return table_file("jinban-halls.csv", _COLUMNS, map(_line, rows))


_COLUMNS = (
    *("day", "hall", "name_zh", "name_en", "tickets", "simulated", "called", "over_20_min"),
    *("told_and_called", "inside_told_range", "above_told_range", "ended", "left_unserved"),
)


def _line(own: HallDayTally) -> list[object]:
    """Return the counts of a hall's day; one out of fewer than ``SMALLEST_CELL`` tickets is left empty."""
    tally = own.tally

    def cell(count: int, of: int) -> int | str:
        return count if of >= SMALLEST_CELL else ""

    return [
        *(own.day.isoformat(), own.hall.code, own.hall.name_zh, own.hall.name_en),
        *(tally.issued, tally.simulated, cell(tally.called, tally.issued)),
        cell(tally.over_long, tally.called),
        *(cell(tally.told, tally.issued), cell(tally.inside, tally.told)),
        *(cell(tally.above, tally.told), cell(tally.ended, tally.issued)),
        cell(tally.left, tally.ended),
    ]


def _points(report: CityReport) -> list[Point]:
    """Lay the halls out as they lie to each other, north up; no outline of anything is drawn."""
    if not report.halls:
        return []
    lats = [own.hall.lat for own in report.halls]
    shrink = cos(radians(sum(lats) / len(lats)))
    xs = [own.hall.lon * shrink for own in report.halls]
    wide, high = max(xs) - min(xs) or 1e-9, max(lats) - min(lats) or 1e-9
    scale = min((PICTURE_WIDTH - 2 * PICTURE_MARGIN) / wide, (PICTURE_HEIGHT - 2 * PICTURE_MARGIN) / high)
    left = (PICTURE_WIDTH - scale * wide) / 2
    top = (PICTURE_HEIGHT - scale * high) / 2
    return [
        Point(
            round(left + (x - min(xs)) * scale, 1),
            round(top + (max(lats) - own.hall.lat) * scale, 1),
            round(min(4 + 1.5 * own.now.waiting**0.5, 18), 1),
            own,
        )
        for x, own in zip(xs, report.halls, strict=True)
    ]
