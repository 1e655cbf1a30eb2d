"""How the city or a hall did by day, week or month: what changed, and which window plans began meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter
from pydantic import BeforeValidator
from starlette.requests import Request
from starlette.responses import Response

from displays.staff_access import CityPage, HallPage, Visitor
from displays.staff_frame import share_cells, staff_page, table_file
from kernel import catalogue
from kernel.days import Day
from kernel.events import HallNotFound
from kernel.identity import Role, WrongHall
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing.course.http import Count
from queueing.course.rules import Step
from queueing.course.schemas import ChangeOut, StageOut
from queueing.course.service import HOW_MANY, Course, Stage, course
from queueing.rules.records import SMALLEST_CELL

router = APIRouter(include_in_schema=False)

BAR_WIDTH, BAR_GAP, CHART_HEIGHT = 26, 18, 120
# A form whose date was emptied sends none.
Until = Annotated[Day | None, BeforeValidator(lambda told: told or None)]
_HALL = refuses(HallNotFound, WrongHall)


@dataclass(frozen=True, slots=True)
class Bar:
    """A period in the chart: its left edge, and how high half and nine in ten stand, in its units."""

    x: int
    half: float
    most: float
    stage: Stage


@router.get("/staff/course", responses=_HALL)
async def city_course(
    visitor: CityPage, request: Request, here: PartsDep, hall: str = "",
    by: Step = Step.WEEK, until: Until = None, count: Count = None,
) -> Response:  # fmt: skip
    """Show the course of the city, or of the hall that was chosen."""
    found = await _course(here, visitor, hall or None, by, until, count)
    return await _shown(request, here, visitor, found, "/staff/course", until=until, count=count)


@router.get("/staff/halls/{code}/course", responses=_HALL)
async def hall_course(
    code: str, visitor: HallPage, request: Request, here: PartsDep,
    by: Step = Step.WEEK, until: Until = None, count: Count = None,
) -> Response:  # fmt: skip
    """Show the course of a hall."""
    found = await _course(here, visitor, code, by, until, count)
    address = f"/staff/halls/{code}/course"
    return await _shown(request, here, visitor, found, address, until=until, count=count)


@router.get("/staff/course.csv", responses=_HALL)
async def city_course_csv(
    visitor: CityPage, here: PartsDep, hall: str = "",
    by: Step = Step.WEEK, until: Until = None, count: Count = None,
) -> Response:  # fmt: skip
    """Return the same as a file, a line per period."""
    return _csv(await _course(here, visitor, hall or None, by, until, count))


@router.get("/staff/halls/{code}/course.csv", responses=_HALL)
async def hall_course_csv(
    code: str, visitor: HallPage, here: PartsDep,
    by: Step = Step.WEEK, until: Until = None, count: Count = None,
) -> Response:  # fmt: skip
    """Return a hall's course as a file, a line per period."""
    return _csv(await _course(here, visitor, code, by, until, count))


async def _course(
    here: Parts, visitor: Visitor, code: str | None, by: Step, until: date | None, count: int | None
) -> Course:
    return await here.database.read(
        course, code, step=by, until=until, count=count, reader=visitor.staff, now=here.clock.now()
    )


async def _shown(
    request: Request,
    here: Parts,
    visitor: Visitor,
    found: Course,
    address: str,
    *,
    until: date | None,
    count: int | None,
) -> Response:
    """Show a course; ``file`` is the address of the same as a file, with everything that was chosen."""
    of_city = visitor.staff.role is not Role.MANAGER
    halls = await here.database.read(catalogue.halls) if of_city else []
    own_page = address != "/staff/course"
    chosen = {"by": found.step.value, "until": until and until.isoformat(), "count": count}
    if found.hall is not None and not own_page:
        chosen["hall"] = found.hall.code
    return staff_page(
        request, visitor, "staff/course.html",
        hall=found.hall if own_page else None,
        chosen=found.hall,
        halls=[] if own_page else [each for each in halls if each.kind == "hall"],
        course=found,
        file=f"{address}.csv?{urlencode({name: told for name, told in chosen.items() if told})}",
        bars=_bars(found.stages),
        chart=(len(found.stages) * (BAR_WIDTH + BAR_GAP), CHART_HEIGHT, BAR_WIDTH),
        steps=tuple(Step),
        how_many=HOW_MANY,
        address=address,
        smallest=SMALLEST_CELL,
        section="promises" if own_page else "city",
    )  # fmt: skip


def _bars(stages: Sequence[Stage]) -> list[Bar]:
    """Return the chart's bars; nobody called: none."""
    told = [(own.record.wait_minutes(0.5), own.record.wait_minutes(0.9), own) for own in stages]
    longest = max((most for _, most, _ in told if most is not None), default=0) or 1
    return [
        Bar(
            place * (BAR_WIDTH + BAR_GAP) + BAR_GAP // 2,
            CHART_HEIGHT * half / longest,
            CHART_HEIGHT * most / longest,
            own,
        )
        for place, (half, most, own) in enumerate(told)
        if half is not None and most is not None
    ]


_SHARES = ("over_long", "kept", "left")
_COLUMNS = (
    *("first_day", "last_day", "not_over", "days", "tickets", "simulated", "wait_half_min", "wait_90_min"),
    *(f"{share}_{part}" for share in _SHARES for part in ("count", "of", "low", "high")),
    *(f"{share}_change{part}" for share in _SHARES for part in ("", "_low", "_high")),
    "plans",
)


def _csv(found: Course) -> Response:
    """Write a line a period; what comes of fewer than ``SMALLEST_CELL`` tickets is left empty."""
    return table_file("jinban-course.csv", _COLUMNS, [_line(StageOut.of(own)) for own in found.stages])


def _line(own: StageOut) -> list[object]:
    shares = [cell for share in _SHARES for cell in share_cells(getattr(own, share))]
    changes = [cell for share in _SHARES for cell in _change(getattr(own, f"{share}_change"))]
    return [
        *(own.first.isoformat(), own.last.isoformat(), int(own.cut), own.days, own.tickets, own.simulated),
        *("" if wait is None else wait for wait in (own.wait_half, own.wait_nine_in_ten)),
        *shares,
        *changes,
        " ".join(f"{plan.hall}:{plan.version}" for plan in own.plans),
    ]


def _change(change: ChangeOut | None) -> list[object]:
    if change is None:
        return ["", "", ""]
    return [f"{value:.4f}" for value in (change.difference, change.low, change.high)]
