"""What the worker reads to measure an accepted proposal: on which days it held, and their tickets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from kernel import catalogue
from queueing import store
from queueing.plans import store as proposal_store
from queueing.plans.accepted import accepted_plan
from queueing.plans.lifecycle import ProposalStatus
from queueing.plans.promise import MEASURED_DAYS
from queueing.plans.reading import hall_to_plan
from queueing.rules.windows import PlanEntry  # noqa: TC001 - read at run time by the dataclass below

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.ids import ProposalId
    from queueing.plans.history import HallHistory, HistoryDay
    from queueing.store import PlanVersion


@dataclass(frozen=True, slots=True)
class ToMeasure:
    """An accepted proposal with the days on which its plan held from opening to closing."""

    history: HallHistory
    days: tuple[HistoryDay, ...]
    before: tuple[PlanEntry, ...]
    planned: tuple[PlanEntry, ...]
    promised: dict[str, float]
    finished: bool
    one_day: bool


def to_measure(session: Session, proposal_id: ProposalId, *, now: datetime) -> ToMeasure | None:
    """Return what is measured of a proposal; None for one that does not hold or promised nothing."""
    proposal = proposal_store.proposal(session, proposal_id)
    accepted = accepted_plan(session, proposal)
    if accepted is None or accepted.applied_at is None or not proposal.effect.get("difference"):
        return None
    applied = accepted.version
    calendar = catalogue.calendar(session, proposal.hall_id)
    today = calendar.local_day(now)
    plan = store.plan_version(session, proposal.hall_id, applied)
    intraday = proposal.kind == "intraday"
    versions = store.plan_versions(session, proposal.hall_id, limit=500)
    first = proposal.for_day if intraday else calendar.local_day(accepted.applied_at)
    last = first if intraday else first + timedelta(days=MEASURED_DAYS)
    # Publishing a plan for other weekdays writes this one again under a new number.
    same = {applied} | {
        own.version
        for own in versions
        if own.version > applied and own.source == "kept"
        and set(store.plan_version(session, proposal.hall_id, own.version).entries) == set(plan.entries)
    }  # fmt: skip
    held = {
        day
        for number in range((min(last, today - timedelta(days=1)) - first).days + 1)
        if _held(calendar, day := first + timedelta(days=number), versions, same, whole=not intraday)
    }
    history, _ = hall_to_plan(session, proposal.hall_id, proposal.for_day, before=today)
    return ToMeasure(
        history=history,
        days=tuple(day for day in history.days if day.day in held),
        before=store.plan_version(session, proposal.hall_id, proposal.base_version).entries,
        planned=plan.entries,
        promised=proposal.effect["difference"],
        finished=today > last or proposal.status is ProposalStatus.ROLLED_BACK or _replaced(versions, same),
        one_day=intraday,
    )


def _held(
    calendar: OpeningCalendar, day: date, versions: Sequence[PlanVersion], same: set[int], *, whole: bool
) -> bool:
    """Return whether one of these versions held from opening to closing, or (not ``whole``) at closing."""
    spans = calendar.spans(day)
    if not spans:
        return False
    instants = (spans[0].opens_at, spans[-1].closes_at) if whole else (spans[-1].closes_at,)
    return all(_in_force(versions, calendar, day, instant) in same for instant in instants)


def _in_force(
    versions: Sequence[PlanVersion], calendar: OpeningCalendar, day: date, instant: datetime
) -> int | None:
    weekday = calendar.counts_as(day)
    fitting = [
        own.version
        for own in versions
        if own.applied_at is not None and own.applied_at <= instant
        and own.weekday in {None, weekday} and own.on_day in {None, day}
    ]  # fmt: skip
    return max(fitting, default=None)


def _replaced(versions: Sequence[PlanVersion], same: set[int]) -> bool:
    """Return whether a later plan for good has taken the place of this one on its weekdays."""
    own = next(version for version in versions if version.version == max(same))
    return any(
        later.version > own.version and later.applied_at is not None and later.on_day is None
        and (later.weekday is None or later.weekday == own.weekday)
        for later in versions
    )  # fmt: skip
