"""How promises of waits were kept: the supervisor's page of the city, the manager's of the own hall."""

from dataclasses import dataclass
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from displays.staff_access import CityPage, HallPage, Visitor
from displays.staff_frame import staff_page, table_file
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import refuses
from queueing.promises.rules import Promises, together
from queueing.promises.schemas import CellOut
from queueing.promises.service import By, Cell, PromiseReport, promise_report
from queueing.rules.records import SMALLEST_CELL

router = APIRouter(include_in_schema=False)

PERIODS = (7, 28, 91)

Days = Annotated[int, Query(ge=1, le=366)]


@router.get("/staff/promises")
async def city_promises(
    visitor: CityPage, request: Request, db: Db, clock: ClockDep, days: Days = 28
) -> Response:
    """Show how promises held, a line per hall."""
    report = await db.read(promise_report, None, days=days, by=By.HALL, reader=visitor.staff, now=clock.now())
    return _shown(request, visitor, report, days, "/staff/promises")


@router.get("/staff/halls/{code}/promises", responses=refuses(HallNotFound, WrongHall))
async def hall_promises(
    code: str, visitor: HallPage, request: Request, db: Db, clock: ClockDep, days: Days = 28
) -> Response:
    """Show how a hall's promises held, a line per queue, its weeks folded below."""
    report = await db.read(promise_report, code, days=days, by=By.WEEK, reader=visitor.staff, now=clock.now())
    return _shown(request, visitor, report, days, f"/staff/halls/{code}/promises")


@router.get("/staff/promises.csv")
async def city_promises_csv(visitor: CityPage, db: Db, clock: ClockDep, days: Days = 28) -> Response:
    """Return the city's promises, a line per hall, queue and week."""
    report = await db.read(promise_report, None, days=days, by=By.WEEK, reader=visitor.staff, now=clock.now())
    return _csv(report)


@router.get("/staff/halls/{code}/promises.csv", responses=refuses(HallNotFound, WrongHall))
async def hall_promises_csv(
    code: str, visitor: HallPage, db: Db, clock: ClockDep, days: Days = 28
) -> Response:
    """Return a hall's promises, a line per queue and week."""
    report = await db.read(promise_report, code, days=days, by=By.WEEK, reader=visitor.staff, now=clock.now())
    return _csv(report)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the page: a hall of the city, or a queue of the hall with its weeks."""

    cell: Cell
    promises: Promises
    weeks: tuple[Cell, ...]


def _lines(report: PromiseReport) -> list[_Line]:
    """Return a line per hall, or per queue where the report is cut by week: forty lines are no overview."""
    lines = []
    for _, same in groupby(report.cells, key=lambda own: (own.hall.id, own.queue.id if own.queue else None)):
        cells = tuple(same)
        lines.append(_Line(cells[0], together(own.promises for own in cells), cells))
    return lines


def _shown(request: Request, visitor: Visitor, report: PromiseReport, days: int, address: str) -> Response:
    return staff_page(
        request,
        visitor,
        "staff/promises.html",
        hall=report.hall,
        section="promises",
        report=report,
        lines=_lines(report),
        days=days,
        periods=PERIODS,
        address=address,
        smallest=SMALLEST_CELL,
    )


_COLUMNS = (
    *("hall", "name_zh", "name_en", "queue", "week", "tickets", "measured", "withheld", "simulated"),
    *("inside", "above", "missing", "bias_min", "median_error_min", "pinball50_min", "pinball90_min"),
)


def _csv(report: PromiseReport) -> Response:
    """Write a line a cell; shares and minutes of fewer than ``SMALLEST_CELL`` tickets are left empty."""
    rows = []
    for cell in report.cells:
        own = CellOut.cell(cell)
        shares = [
            "" if share.value is None else f"{share.value:.4f}"
            for share in (own.inside, own.above, own.missing)
        ]
        minutes = [
            "" if value is None else f"{value:.2f}"
            for value in (own.bias, own.median_error, own.pinball50, own.pinball90)
        ]
        rows.append(
            [
                *(own.hall, cell.hall.name_zh, cell.hall.name_en, own.queue, own.week),
                *(own.tickets, own.measured, own.withheld, own.simulated, *shares, *minutes),
            ]
        )
    return table_file("jinban-promises.csv", _COLUMNS, rows)
