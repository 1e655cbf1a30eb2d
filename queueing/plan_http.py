"""Routes of window plans: the one that holds, publishing, what waits, the history, files for staff."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BeforeValidator
from starlette.responses import Response

from kernel import catalogue
from kernel.days import Day
from kernel.events import HallNotFound
from kernel.identity import Role, Staff, WrongHall
from kernel.ids import WindowId
from kernel.web.access import AnyStaff, Clerk, Holder, Manager, staff_as
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db, PartsDep
from kernel.web.problems import gives, refuses
from queueing import plan_history, reads
from queueing.errors import (
    FeedNotFound,
    NotServedHere,
    PlanChangedMeanwhile,
    PlanNotWaiting,
    PlanVersionNotFound,
    PlanWaits,
    QueueNotFound,
    TimeHasPassed,
    WindowNotFound,
)
from queueing.plan_schemas import (
    DifferencesOut,
    FeedIn,
    FeedsOut,
    NewFeedOut,
    PlanIn,
    PlanOut,
    PublishedOut,
    RestoreIn,
    VersionsOut,
)
from queueing.plans import feeds
from queueing.plans.errors import ClosedOnThatDay

router = APIRouter(prefix="/api/v1", tags=["window plans"])

Reader = Annotated[Staff, Depends(staff_as(Role.MANAGER, Role.SUPERVISOR))]
# A form whose choice is "all windows" sends the name with nothing behind it.
WindowOrAll = Annotated[UUID | None, BeforeValidator(lambda sent: sent or None)]
ICS = "text/calendar; charset=utf-8"
_HALL = (HallNotFound, WrongHall)
_FITS = (WindowNotFound, QueueNotFound, NotServedHere)


@router.get("/halls/{code}/plan", responses=refuses(*_HALL))
async def plan(code: str, staff: AnyStaff, db: Db, clock: ClockDep, day: date | None = None) -> PlanOut:
    """Return the window plan of today's weekday, or of that of ``day``; one for today alone stands apart."""
    return PlanOut.of(await db.read(reads.plan_by_code, code, day=day, by=staff, now=clock.now()))


@router.put(
    "/halls/{code}/plan",
    response_model=PublishedOut,
    responses=refuses(*_HALL, *_FITS, PlanChangedMeanwhile, PlanWaits, TimeHasPassed),
)
async def publish_plan(code: str, drafted: PlanIn, manager: Manager, once: Once, clock: ClockDep) -> Response:
    """Let a drafted plan hold, at once or from an instant on, unless another was published meanwhile."""
    return await once.write(
        PublishedOut.of, reads.publish_by_code, code,
        [entry.entry() for entry in drafted.entries], base_version=drafted.base_version,
        for_day=drafted.for_day, only_weekday=drafted.only_weekday, applies_at=drafted.applies_at,
        by=manager, clock=clock,
    )  # fmt: skip


@router.get("/halls/{code}/plan/versions", responses=refuses(*_HALL))
async def versions(code: str, staff: Reader, db: Db) -> VersionsOut:
    """Return the hall's latest plans, newest first: who, when, from what, and on which weekdays they hold."""
    return VersionsOut.of(await db.read(plan_history.versions, code, by=staff))


@router.get("/halls/{code}/plan/versions/{version}", responses=refuses(*_HALL, PlanVersionNotFound))
async def version_entries(code: str, version: int, staff: Reader, db: Db) -> PlanOut:
    """Return an old plan."""
    return PlanOut.of(await db.read(plan_history.version_entries, code, version, by=staff))


@router.get("/halls/{code}/plan/differences/{before}/{after}", responses=refuses(*_HALL, PlanVersionNotFound))
async def differences(code: str, before: int, after: int, staff: Reader, db: Db) -> DifferencesOut:
    """Return what differs between any two plans of the hall."""
    return DifferencesOut.of(await db.read(plan_history.differences, code, before, after, by=staff))


@router.post(
    "/halls/{code}/plan/versions/{version}/restore",
    response_model=PlanOut,
    responses=refuses(*_HALL, *_FITS, PlanVersionNotFound, PlanChangedMeanwhile),
)
async def restore(
    code: str, version: int, asked: RestoreIn, manager: Manager, once: Once, clock: ClockDep
) -> Response:
    """Let an old plan hold again, as a new version."""
    return await once.write(
        PlanOut.of, plan_history.restore, code, version, base_version=asked.base_version,
        weekday=asked.weekday, by=manager, clock=clock,
    )  # fmt: skip


@router.delete(
    "/halls/{code}/plan/waiting/{version}", status_code=204, responses=refuses(*_HALL, PlanNotWaiting)
)
async def cancel_plan(code: str, version: int, manager: Manager, db: Db, clock: ClockDep) -> Response:
    """Call off a plan that waits for its time."""
    await db.write(reads.cancel_plan_by_code, code, version, by=manager, clock=clock)
    return Response(status_code=204)


@router.get(
    "/halls/{code}/plan.csv",
    response_class=Response,
    responses={**gives("text/csv"), **refuses(*_HALL, ClosedOnThatDay)},
)
async def plan_csv(code: str, staff: Reader, db: Db, clock: ClockDep, day: Day | None = None) -> Response:
    """Return the plan of a day as a table: one line per window and stretch of the day."""
    hall = await db.read(catalogue.hall_by_code, code)
    wanted = day or (await db.read(catalogue.calendar, hall.id)).local_day(clock.now())
    text = await db.read(feeds.plan_table, code, wanted, by=staff)
    return _file(text.encode(), "text/csv; charset=utf-8", f"plan-{code}-{wanted.isoformat()}.csv")


@router.get(
    "/halls/{code}/plan.ics",
    response_class=Response,
    responses={**gives("text/calendar"), **refuses(*_HALL, WindowNotFound)},
)
async def plan_ics(
    code: str, staff: AnyStaff, db: Db, clock: ClockDep, window: WindowOrAll = None
) -> Response:
    """Return the plan of the coming four weeks as a calendar, of one window or of the hall."""
    wanted = WindowId(window) if window else None
    file = await db.read(feeds.plan_calendar, code, wanted, by=staff, now=clock.now())
    return _file(file, ICS, f"plan-{code}.ics")


@router.get(
    "/plan-feeds/{token}.ics",
    dependencies=[Holder],
    response_class=Response,
    responses={**gives("text/calendar"), **refuses(FeedNotFound)},
)
async def feed(token: str, here: PartsDep) -> Response:
    """Return the calendar of a link that somebody subscribed to; no session is needed."""
    file = await here.database.read(feeds.feed_calendar, token, vault=here.vault, now=here.clock.now())
    return Response(file, media_type=ICS, headers={"Cache-Control": "private, max-age=300"})


@router.get("/halls/{code}/plan/feeds", responses=refuses(*_HALL))
async def list_feeds(code: str, staff: Reader, db: Db) -> FeedsOut:
    """Return the calendar links that were handed out."""
    return FeedsOut.of(await db.read(feeds.feeds, code, by=staff))


@router.post(
    "/halls/{code}/plan/feeds",
    response_model=NewFeedOut,
    responses=refuses(*_HALL, WindowNotFound),
)
async def make_feed(code: str, asked: FeedIn, staff: Clerk, once: Once, here: PartsDep) -> Response:
    """Make a link that a clerk's calendar can subscribe to: one window's plan, or the hall's."""
    wanted = WindowId(asked.window_id) if asked.window_id else None
    return await once.write(
        NewFeedOut.of, feeds.make_feed, code, wanted, by=staff, clock=here.clock, vault=here.vault
    )


@router.delete("/halls/{code}/plan/feeds/{feed_id}", status_code=204, responses=refuses(*_HALL, FeedNotFound))
async def withdraw_feed(code: str, feed_id: UUID, manager: Manager, here: PartsDep) -> Response:
    """End a link for good."""
    await here.database.write(feeds.withdraw_feed, code, feed_id, by=manager, clock=here.clock)
    return Response(status_code=204)


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)
