"""The no-show rule and figures for the supervisor, appeals for whoever decides them. Plain forms."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query
from pydantic import StringConstraints, ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from booking.no_shows import deciding, publishing
from booking.no_shows.errors import (
    AppealDecided,
    AppealNotFound,
    AppealWordsMissing,
    NoShowRuleChanged,
    NotYourAppeal,
)
from booking.no_shows.looking import looks_at_appeals
from booking.no_shows.report import NoShowReport, no_show_report
from booking.no_shows.schemas import (
    RuleIn,
    RuleOut,
)
from booking.no_shows.staff_schemas import (
    AppealCaseOut,
    FiguresOut,
)
from booking.rules import no_shows as rules
from booking.rules.no_shows import AppealAction
from displays.forms import FormOnce, Key, new_key
from displays.rendering import led_on
from displays.rules.dates import CITY_ZONE
from displays.staff_access import CityPage, HallPage, Visitor, way_back
from displays.staff_frame import staff_page, table_file
from displays.staff_promises import PERIODS
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.ids import AppealId
from kernel.looking import Looker
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False)

Days = Annotated[int, Query(ge=1, le=366)]
Number = Annotated[str, Form(max_length=8)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=rules.LONGEST_WORDS), Form()]
_DECIDES = refuses(AppealNotFound, AppealDecided, AppealWordsMissing, NotYourAppeal, WrongHall)
# Name, least, most, and what the form begins with where nothing was ever published.
FIELDS = (
    ("limit", rules.LEAST_LIMIT, rules.MOST_LIMIT, 3),
    ("within_days", rules.LEAST_WITHIN, rules.MOST_WITHIN, 90),
    ("pause_days", rules.LEAST_PAUSE, rules.MOST_PAUSE, 30),
    ("cancel_minutes", 0, rules.MOST_CANCEL_MINUTES, 60),
    ("answer_days", rules.LEAST_ANSWER, rules.MOST_ANSWER, 5),
)
BOUNDS = {name: (least, most) for name, least, most, _ in FIELDS}


@router.get("/staff/no-shows")
async def city(
    visitor: CityPage, request: Request, here: PartsDep, days: Days = 28, done: str = ""
) -> Response:
    """Show the rule with its form, its versions, and the figures of all halls."""
    return await _city(request, here, visitor, days=days, done=done)


async def _city(
    request: Request,
    here: Parts,
    visitor: Visitor,
    *,
    days: int = 28,
    done: str = "",
    typed: dict[str, str] | None = None,
    wrong: frozenset[str] = frozenset(),
    changed: bool = False,
) -> Response:
    versions = await here.database.read(publishing.versions)
    newest = versions[0].rule if versions else None
    start = {name: str(getattr(newest, name) if newest else first) for name, _, _, first in FIELDS}
    start["in_force"] = "true" if newest and newest.in_force else ""
    return staff_page(
        request,
        visitor,
        "staff/no_shows.html",
        status=409 if changed else 422 if wrong else 200,
        section="no-shows",
        report=await _report(here, visitor, None, days),
        days=days,
        periods=PERIODS,
        versions=versions,
        newest=newest,
        typed=typed or start,
        bounds=BOUNDS,
        wrong=wrong,
        changed=changed,
        done=done,
        zone=CITY_ZONE,
        new_key=new_key,
        address="/staff/no-shows",
    )


@router.post("/staff/no-shows/rule", responses=refuses(NoShowRuleChanged))
async def publish(
    visitor: CityPage,
    request: Request,
    here: PartsDep,
    key: Key,
    after: Number,
    limit: Number,
    within_days: Number,
    pause_days: Number,
    cancel_minutes: Number,
    answer_days: Number,
    in_force: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """Publish a version, or say beside the fields what cannot be right."""
    typed = {
        **{"limit": limit, "within_days": within_days, "pause_days": pause_days},
        **{"cancel_minutes": cancel_minutes, "answer_days": answer_days},
    }
    held = {**typed, "in_force": in_force}
    try:
        asked = RuleIn.model_validate({**typed, "after": after, "in_force": in_force == "true"})
    except ValidationError as wrong:
        fields = frozenset(str(fault["loc"][0]) for fault in wrong.errors())
        return await _city(request, here, visitor, typed=held, wrong=fields)
    try:
        await FormOnce(request, key, str(visitor.staff.id), *held.values()).write(
            RuleOut.of,
            publishing.publish,
            asked.wanted(),
            after=asked.after,
            by=visitor.staff,
            clock=here.clock,
        )
    except NoShowRuleChanged:
        return await _city(request, here, visitor, typed=held, changed=True)
    return led_on("/staff/no-shows?done=published")


@router.get("/staff/no-shows.csv")
async def city_csv(visitor: CityPage, here: PartsDep, days: Days = 28) -> Response:
    """Return the figures, a line a hall."""
    report = await _report(here, visitor, None, days)
    own = [(hall, FiguresOut.figures(figures, hall.code)) for hall, figures in report.halls]
    return table_file(
        "jinban-no-shows.csv", _COLUMNS, [_line(hall.name_zh, hall.name_en, out) for hall, out in own]
    )


_COUNTS = ("came", "not_come", "absent", "late", "counting", "forgiven", "excused", "paused")
_APPEALS = ("open", "overdue", "upheld", "rejected", "late")
_COLUMNS = ("hall", "name_zh", "name_en", *_COUNTS, *(f"appeals_{name}" for name in _APPEALS))


def _line(name_zh: str, name_en: str, own: FiguresOut) -> list[object]:
    counts = [getattr(own, name) for name in _COUNTS]
    return [own.hall, name_zh, name_en, *counts, *(getattr(own.appeals, name) for name in _APPEALS)]


async def _report(here: Parts, visitor: Visitor, code: str | None, days: int) -> NoShowReport:
    return await here.database.read(
        no_show_report, code, days=days, reader=visitor.staff, now=here.clock.now()
    )


@router.get("/staff/no-show-appeals")
async def city_appeals(
    visitor: CityPage, request: Request, here: PartsDep, decided: bool = False
) -> Response:
    """Show the appeals of all halls."""
    return await _appeals(request, here, visitor, None, decided=decided)


@router.get("/staff/halls/{code}/no-show-appeals", responses=refuses(HallNotFound, WrongHall))
async def hall_appeals(
    code: str, visitor: HallPage, request: Request, here: PartsDep, decided: bool = False
) -> Response:
    """Show a hall's appeals."""
    return await _appeals(request, here, visitor, code, decided=decided)


async def _appeals(
    request: Request, here: Parts, visitor: Visitor, code: str | None, *, decided: bool
) -> Response:
    now = here.clock.now()
    found = await Looker(here.database, visitor.staff, now, opened=True).see(
        looks_at_appeals, deciding.list_appeals, code,
        decided=decided, reader=visitor.staff, now=now, vault=here.vault,
    )  # fmt: skip
    return staff_page(
        request,
        visitor,
        "staff/no_show_appeals.html",
        hall=found.hall,
        section="no-shows",
        found=found,
        decided=decided,
        address=f"/staff/halls/{code}/no-show-appeals" if code else "/staff/no-show-appeals",
        longest=rules.LONGEST_WORDS,
        new_key=new_key,
        done=request.query_params.get("done", ""),
        missing=request.query_params.get("missing", ""),
    )


@router.post("/staff/no-show-appeals/{appeal_id}/{action}", responses=_DECIDES)
async def decide(
    appeal_id: UUID,
    action: AppealAction,
    visitor: HallPage,
    request: Request,
    here: PartsDep,
    key: Key,
    note: Note = "",
    back: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Uphold or reject an appeal and lead back to the list; a reason that is missing is asked for."""
    listed = way_back(back).split("?", maxsplit=1)[0]
    no_store = {"Cache-Control": "no-store"}
    if action in rules.NEEDS_WORDS and len(note) < rules.SHORTEST_WORDS:
        return RedirectResponse(f"{listed}?missing={appeal_id}#appeal-{appeal_id}", 303, headers=no_store)
    await FormOnce(request, key, str(visitor.staff.id), note).write(
        AppealCaseOut.of, deciding.decide, AppealId(appeal_id), action, note,
        by=visitor.staff, clock=here.clock, vault=here.vault,
    )  # fmt: skip
    return RedirectResponse(f"{listed}?done={action}", 303, headers=no_store)
