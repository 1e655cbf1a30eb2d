"""The same figures by hall, county, level or department; from a county one goes on to its halls."""

from dataclasses import replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from booking.comparison.http import Minutes, Name
from booking.comparison.schemas import GroupOut, MarkOut
from booking.comparison.service import Comparison, comparison
from displays.staff_access import CityPage, Visitor
from displays.staff_course import Until
from displays.staff_frame import share_cells, staff_page, table_file
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing.groups.rules import WALK_OVER_MINUTES, By, FourFree, Span, Within
from queueing.groups.service import Asked
from queueing.rules.records import SMALLEST_CELL

router = APIRouter(include_in_schema=False)

ADDRESS = "/staff/compare"
WALKS_OVER = (1, 2, 3, 5)
# Where a line's name leads: to the halls of a county, to the departments in a hall.
_NEXT = {By.HALL: By.DEPARTMENT, By.COUNTY: By.HALL, By.LEVEL: By.HALL, By.DEPARTMENT: By.HALL}
_HALL = refuses(HallNotFound, WrongHall)


def _asked(
    by: By = By.COUNTY,
    period: Span = Span.FOUR_WEEKS,
    until: Until = None,
    hall: Name = None,
    county: Name = None,
    level: Name = None,
    department: Annotated[str | None, Query(max_length=64)] = None,
    walk_over: Minutes = WALK_OVER_MINUTES,
) -> Asked:
    """Return what the address asks for; a field that a form sends empty asks for nothing."""
    within = Within(hall or None, county or None, level or None, department or None)
    return Asked(by, period, until, within, walk_over)


AskedFor = Annotated[Asked, Depends(_asked)]


@router.get(ADDRESS, responses=_HALL)
async def compare(visitor: CityPage, request: Request, here: PartsDep, asked: AskedFor) -> Response:
    """Show the figures of every group, with what they count, and a way into each."""
    found = await _found(here, visitor, asked)
    names = [(field, found.report.chosen[field]) for field in ("county", "level", "hall", "department")
             if field in found.report.chosen]  # fmt: skip
    return staff_page(
        request, visitor, "staff/compare.html",
        section="city",
        found=found,
        report=found.report,
        asked=asked,
        ways={line.group.key: _way(asked, line.group.key) for line in found.report.lines},
        chosen=[(group, address(replace(asked, within=replace(asked.within, **{field: None}))))
                for field, group in names],
        file=address(asked, f"{ADDRESS}.csv"),
        cuts=tuple(By),
        spans=tuple(Span),
        marks=tuple(FourFree),
        walks_over=sorted({*WALKS_OVER, asked.walk_over}),
        smallest=SMALLEST_CELL,
    )  # fmt: skip


@router.get(f"{ADDRESS}.csv", responses=_HALL)
async def compare_csv(visitor: CityPage, here: PartsDep, asked: AskedFor) -> Response:
    """Return the same figures as a file, a line per group and one for all of them."""
    found = await _found(here, visitor, asked)
    lines = [GroupOut.of(line, found.ratings.get(line.group.key)) for line in found.report.lines]
    lines.append(GroupOut.of(found.report.whole, found.all_ratings))
    period = found.report.period
    days = (period.first.isoformat(), period.last.isoformat(), int(period.cut))
    return table_file("jinban-compare.csv", _COLUMNS, [[*days, *_line(own, asked)] for own in lines])


async def _found(here: Parts, visitor: Visitor, asked: Asked) -> Comparison:
    return await here.database.read(comparison, asked, reader=visitor.staff, now=here.clock.now())


def address(asked: Asked, path: str = ADDRESS) -> str:
    """Return where a report stands; what is as usual is left out of its address.

    >>> address(Asked(by=By.HALL, within=Within(level="town")))
    '/staff/compare?by=hall&level=town'
    """
    usual = Asked()
    own = {
        "by": asked.by.value if asked.by is not usual.by else None,
        "period": asked.span.value if asked.span is not usual.span else None,
        "until": asked.until.isoformat() if asked.until else None,
        **{name: getattr(asked.within, name) for name in ("hall", "county", "level", "department")},
        "walk_over": asked.walk_over if asked.walk_over != usual.walk_over else None,
    }
    query = urlencode({name: told for name, told in own.items() if told is not None})
    return f"{path}?{query}" if query else path


def _way(asked: Asked, key: str) -> str:
    within = replace(asked.within, **{asked.by.value: key})
    return address(replace(asked, by=_NEXT[asked.by], within=within))


_SHARES = ("over_long", "kept", "left", "at_once")
_PARTS = ("count", "of", "low", "high")
_MARKS = (*(mark.value for mark in FourFree), "any")
_COLUMNS = (
    *("first_day", "last_day", "not_over", "group", "name_zh", "name_en", "halls", "tickets", "simulated"),
    *("wait_half_min", "wait_90_min", "wait_mean_min"),
    *(f"{share}_{part}" for share in _SHARES for part in _PARTS),
    *("walk_half_s", "walk_90_s", "walk_over_min"),
    *(f"walk_over_{part}" for part in _PARTS),
    "at_window_mean_min",
    *(f"satisfied_{part}" for part in _PARTS),
    *("services", "tickets_of_known_services"),
    *(f"without_{mark}_{part}" for mark in _MARKS for part in ("services", "visits", "visits_of")),
)


def _line(own: GroupOut, asked: Asked) -> list[object]:
    told = [
        *(own.key, own.name_zh, own.name_en, own.halls, own.tickets, own.simulated),
        *(own.wait_half, own.wait_nine_in_ten, own.wait_mean),
        *(cell for share in _SHARES for cell in share_cells(getattr(own, share))),
        *(own.walk_half_s, own.walk_nine_in_ten_s, asked.walk_over, *share_cells(own.walk_over)),
        *(own.service_mean, *share_cells(own.satisfied)),
        *(own.four_free.services, own.four_free.tickets),
        *(cell for mark in _MARKS for cell in _mark(getattr(own.four_free, mark))),
    ]
    return ["" if cell is None else cell for cell in told]


def _mark(own: MarkOut) -> list[object]:
    return [own.services, own.visits.count, own.visits.of]
