"""How visits were rated: the supervisor's page of the city, the manager's of the own hall, and the file."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from booking.ratings.report import By, RatingReport, rating_report
from booking.ratings.schemas import RatingCellOut
from booking.rules.ratings import Level
from displays.staff_access import CityPage, HallPage, Visitor
from displays.staff_frame import staff_page, table_file
from displays.staff_promises import PERIODS
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing.rules.records import SMALLEST_CELL

router = APIRouter(include_in_schema=False)

Days = Annotated[int, Query(ge=1, le=366)]
_HALL = refuses(HallNotFound, WrongHall)


@router.get("/staff/ratings")
async def city_ratings(
    visitor: CityPage, request: Request, here: PartsDep, days: Days = 28, by: By = By.HALL
) -> Response:
    """Show how visits were rated, a line per hall, or as finely as asked."""
    report = await _report(here, visitor, None, days, by)
    return _shown(request, visitor, report, days, "/staff/ratings")


@router.get("/staff/halls/{code}/ratings", responses=_HALL)
async def hall_ratings(
    code: str, visitor: HallPage, request: Request, here: PartsDep, days: Days = 28, by: By = By.QUEUE
) -> Response:
    """Show how a hall's visits were rated, a line per queue, service or week."""
    report = await _report(here, visitor, code, days, by)
    return _shown(request, visitor, report, days, f"/staff/halls/{code}/ratings")


@router.get("/staff/ratings.csv")
async def city_ratings_csv(visitor: CityPage, here: PartsDep, days: Days = 28, by: By = By.WEEK) -> Response:
    """Return the city's ratings, by default a line per hall, queue and week."""
    return _csv(await _report(here, visitor, None, days, by))


@router.get("/staff/halls/{code}/ratings.csv", responses=_HALL)
async def hall_ratings_csv(
    code: str, visitor: HallPage, here: PartsDep, days: Days = 28, by: By = By.WEEK
) -> Response:
    """Return a hall's ratings, by default a line per queue and week."""
    return _csv(await _report(here, visitor, code, days, by))


async def _report(here: Parts, visitor: Visitor, code: str | None, days: int, by: By) -> RatingReport:
    return await here.database.read(
        rating_report,
        code,
        days=days,
        by=by,
        reader=visitor.staff,
        now=here.clock.now(),
        vault=here.vault,
    )


def _shown(request: Request, visitor: Visitor, report: RatingReport, days: int, address: str) -> Response:
    return staff_page(
        request,
        visitor,
        "staff/ratings.html",
        hall=report.hall,
        section="ratings",
        report=report,
        days=days,
        periods=PERIODS,
        address=address,
        levels=tuple(Level),
        cuts=[by for by in By if report.hall is None or by is not By.HALL],
        smallest=SMALLEST_CELL,
    )


_COLUMNS = (
    *("hall", "name_zh", "name_en", "queue", "service", "week", "visits", "rated", "unrated", "open"),
    *(*(level.value for level in Level), "satisfied", "satisfied_low", "satisfied_high", "rated_share"),
)


def _csv(report: RatingReport) -> Response:
    """Write a line a cell; levels and shares of fewer than ``SMALLEST_CELL`` ratings are left empty."""
    rows = []
    for cell in report.cells:
        own = RatingCellOut.cell(cell)
        levels = [own.levels[level] if own.levels else "" for level in Level]
        shares = [own.satisfied.value, *(own.satisfied.interval or (None, None)), own.rated_share.value]
        rows.append(
            [
                *(own.hall, cell.hall.name_zh, cell.hall.name_en, own.queue, own.service, own.week),
                *(own.visits, own.rated, own.unrated, own.open, *levels),
                *("" if share is None else f"{share:.4f}" for share in shares),
            ]
        )
    return table_file("jinban-ratings.csv", _COLUMNS, rows)
