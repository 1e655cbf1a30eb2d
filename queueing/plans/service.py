"""The life of a proposal: asked for, computed by the worker, shown, accepted or declined, taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kernel import catalogue, jobs
from kernel.audit import note
from kernel.events import lock_hall
from kernel.ids import ProposalId
from queueing.errors import PlanChangedMeanwhile, TimeHasPassed
from queueing.plans import store
from queueing.plans.accepted import accepted_plan
from queueing.plans.errors import (
    ClosedOnThatDay,
    DayHasPassed,
    ProposalNotOpen,
    ProposalUnderway,
    ReasonMissing,
)
from queueing.plans.lifecycle import PROPOSAL_TRANSITIONS, ProposalAction, ProposalStatus
from queueing.plans.studies import hall_and_day
from queueing.plans.views import DAY, INTRADAY, ProposalView, may_look, version_in_force, view_of
from queueing.rules.day_plans import between
from queueing.service import apply_for_a_day, apply_plan, cancel_plan, schedule_plan
from queueing.store import plan_of as plan_in_force
from queueing.store import plan_version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlmodel import Session

    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import HallId
    from queueing.plans.store import StoredProposal
    from queueing.rules.windows import PlanEntry

JOB = "propose_window_plan"
REPLAN_JOB = "replan_today"
MEASURE_JOB = "measure_proposal"
MEASURED_FOR = timedelta(days=9)  # a week of days and the nights after: then the verdict is final
KEPT_IN_LIST = 20
DAY_MINUTES = 24 * 60

_FOUND: Mapping[str, ProposalAction] = {
    "shown": ProposalAction.SHOW,
    "no_gain": ProposalAction.FIND_NO_GAIN,
    "failed": ProposalAction.FAIL,
}


def request_proposal(
    session: Session, code: str, for_day: date, *, by: Staff, clock: Clock, spare_every_queue: bool = False
) -> ProposalView:
    """Ask the worker for a plan for one of the hall's days.

    ``spare_every_queue``: whether none may come to wait clearly longer, however short it waits now.
    Raises ``DayHasPassed``, ``ClosedOnThatDay`` and, one at a time a hall, ``ProposalUnderway``.
    """
    hall, today, now = hall_and_day(session, code, for_day, by=by, clock=clock)
    _must_be_free(session, hall, DAY)
    proposal_id = store.new_proposal_id()
    args = {
        "proposal_id": str(proposal_id),
        "hall_id": str(hall.id),
        "for_day": for_day.isoformat(),
        "today": today.isoformat(),
        "spare_every_queue": spare_every_queue,
    }
    job_id = jobs.enqueue(session, JOB, args, at=now)
    base = plan_in_force(session, hall.id, for_day.weekday()).version
    store.add_proposal(
        session, hall.id, proposal_id=proposal_id, for_day=for_day, base_version=base, job_id=job_id, at=now
    )
    _note_asked(session, hall.id, proposal_id, for_day, by=by, at=now)
    return view_of(session, store.proposal(session, proposal_id))


def request_replan(
    session: Session, code: str, *, from_minute: int | None, by: Staff, clock: Clock
) -> ProposalView:
    """Ask the worker for another plan for the rest of today, from a local minute on (now if not given).

    Raises ``ClosedOnThatDay``, ``DayHasPassed`` after closing and ``ProposalUnderway``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    now = lock_hall(session, hall.id).tick(clock)
    calendar = catalogue.calendar(session, hall.id)
    today = calendar.local_day(now)
    spans = calendar.spans(today)
    if not spans:
        raise ClosedOnThatDay(day=today)
    if now >= spans[-1].closes_at:
        raise DayHasPassed(day=today, today=today)
    _must_be_free(session, hall, INTRADAY)
    proposal_id = store.new_proposal_id()
    args = {"proposal_id": str(proposal_id), "hall_id": str(hall.id), "from_minute": from_minute}
    job_id = jobs.enqueue(session, REPLAN_JOB, args, at=now)
    base = plan_in_force(session, hall.id, today.weekday(), on=today).version
    store.add_proposal(
        session, hall.id, proposal_id=proposal_id, for_day=today, base_version=base, job_id=job_id, at=now,
        kind=INTRADAY,
    )  # fmt: skip
    _note_asked(session, hall.id, proposal_id, today, by=by, at=now)
    return view_of(session, store.proposal(session, proposal_id))


def _note_asked(
    session: Session, hall_id: HallId, proposal_id: ProposalId, day: date, *, by: Staff, at: datetime
) -> None:
    detail = {"after": ProposalStatus.COMPUTING.value, "day": day.isoformat()}
    note(
        session, "proposal.asked", by=by, hall_id=hall_id, at=at, subject=str(proposal_id), detail=detail
    )  # fmt: skip


def _must_be_free(session: Session, hall: Hall, kind: str) -> None:
    """Raise ``ProposalUnderway`` while another proposal of this kind is computed for the hall."""
    underway = [one for one in store.computing(session, hall.id) if one.kind == kind]
    if any(view_of(session, one).status is ProposalStatus.COMPUTING for one in underway):
        raise ProposalUnderway(hall=hall.code)


def proposal_done(session: Session, args: dict[str, Any], result: dict[str, Any], *, clock: Clock) -> None:
    """Store what the worker found; a result that comes a second time changes nothing."""
    proposal_id = ProposalId(UUID(args["proposal_id"]))
    status = PROPOSAL_TRANSITIONS[ProposalStatus.COMPUTING, _FOUND[result["status"]]]
    found: dict[str, Any] = {"plan": result["plan"], "effect": result["effect"]}
    if "base_version" in result:  # the plan that the worker read, which may be newer than at the request
        found["base_version"] = result["base_version"]
    effect = {**result["effect"], "made_at": clock.now().isoformat()}
    store.set_proposal(
        session,
        proposal_id,
        was=ProposalStatus.COMPUTING,
        **{**found, "status": status.value, "effect": effect},
    )


def stop(session: Session, proposal_id: ProposalId, *, by: Staff, clock: Clock) -> ProposalView:
    """End the search for a proposal: it is made from the best plan so far. Asked twice it is one stop.

    Raises ``ProposalNotOpen`` when nothing is being computed any more.
    """
    proposal = store.proposal(session, proposal_id)
    by.must_work_in(proposal.hall_id)
    seen = view_of(session, proposal)
    if (seen.status, ProposalAction.STOP) not in PROPOSAL_TRANSITIONS or proposal.job_id is None:
        raise ProposalNotOpen(status=seen.status)
    if seen.stopping:
        return seen
    jobs.ask_to_stop(session, proposal.job_id)
    detail, subject = {"day": proposal.for_day.isoformat()}, str(proposal.id)
    note(
        session, "proposal.stopped", by=by, hall_id=proposal.hall_id, at=clock.now(),
        subject=subject, detail=detail,
    )  # fmt: skip
    return view_of(session, proposal)


def measure_accepted(session: Session, hall_id: HallId, *, now: datetime) -> int:
    """Ask the worker how the hall's accepted proposals keep their promise; return how many are measured."""
    due = [
        own
        for own in store.proposals_of(session, hall_id, limit=KEPT_IN_LIST)
        if own.status in {ProposalStatus.ACCEPTED, ProposalStatus.ROLLED_BACK}
        and (since := _holds_since(own)) is not None
        and now - since < MEASURED_FOR
        and not own.effect.get("measured", {}).get("final")
    ]
    for own in due:
        jobs.enqueue(session, MEASURE_JOB, {"proposal_id": str(own.id)}, at=now)
    return len(due)


def _holds_since(proposal: StoredProposal) -> datetime | None:
    """Return when a decided proposal took effect, or was to."""
    at = proposal.effect.get("applies_at")
    return datetime.fromisoformat(at) if at else proposal.decided_at


def proposal_measured(
    session: Session, args: dict[str, Any], result: dict[str, Any], *, clock: Clock
) -> None:
    """Keep how a proposal's promise stands; its status is as people left it."""
    if not result:
        return
    proposal = store.proposal(session, ProposalId(UUID(args["proposal_id"])))
    measured = {**result, "measured_at": clock.now().isoformat()}
    effect = {**proposal.effect, "measured": measured}
    store.set_proposal(session, proposal.id, was=proposal.status, effect=effect)


def accept(
    session: Session,
    proposal_id: ProposalId,
    *,
    by: Staff,
    clock: Clock,
    from_minute: int | None = None,
    applies_at: datetime | None = None,
) -> ProposalView:
    """Let the proposed plan hold from now on, or from ``applies_at``; boards and calls follow.

    One for the rest of today takes effect at ``from_minute``, a local minute still to come, or at once.
    Raises ``TimeHasPassed``; and ``PlanWaits``, since one that waits is like any plan that waits.
    Takes the hall's lock before it reads the plan's version: without it a plan that a colleague
    publishes at the same moment would be overwritten unseen. Raises ``PlanChangedMeanwhile``.
    """
    proposal, now = _locked(session, proposal_id, ProposalAction.ACCEPT, by=by, clock=clock)
    _must_hold(session, proposal, proposal.base_version)
    if applies_at is not None and proposal.kind == DAY:
        applied = _schedule(session, proposal, applies_at, by=by, clock=clock)
    else:
        entries = _from(session, proposal, from_minute, now)
        applied = {"applied_version": _apply(session, proposal, entries, "proposal", by=by, clock=clock)}
    _move(session, proposal, ProposalAction.ACCEPT, by=by, at=now, effect={**proposal.effect, **applied})
    return view_of(session, store.proposal(session, proposal_id))


def _schedule(
    session: Session, proposal: StoredProposal, applies_at: datetime, *, by: Staff, clock: Clock
) -> dict[str, Any]:
    """Let the proposed plan wait for its time; return what the proposal keeps of it."""
    waits = schedule_plan(
        session, proposal.hall_id, proposal.entries, applies_at=applies_at,
        base_version=proposal.base_version, by=by, clock=clock, source="proposal",
    )  # fmt: skip
    return {"applied_version": waits.version, "applies_at": applies_at.astimezone(UTC).isoformat()}


def decline(
    session: Session, proposal_id: ProposalId, *, reason: str, by: Staff, clock: Clock
) -> ProposalView:
    """Decline a proposal and keep why; raises ``ReasonMissing``."""
    proposal = store.proposal(session, proposal_id)
    by.must_work_in(proposal.hall_id)
    if not reason.strip():
        raise ReasonMissing
    _move(session, proposal, ProposalAction.DECLINE, by=by, at=clock.now(), reason=reason.strip())
    return view_of(session, store.proposal(session, proposal_id))


def rollback(session: Session, proposal_id: ProposalId, *, by: Staff, clock: Clock) -> ProposalView:
    """Let the plan hold again that the proposal replaced; raises ``PlanChangedMeanwhile``.

    Refused when a later plan holds by now: taking the proposal back would throw that one away. One that
    still waits for its time is called off.
    """
    proposal, now = _locked(session, proposal_id, ProposalAction.ROLL_BACK, by=by, clock=clock)
    accepted = accepted_plan(session, proposal)
    if accepted is not None and accepted.applied_at is None and not accepted.ended:
        cancel_plan(session, proposal.hall_id, accepted.version, by=by, clock=clock)
        _move(session, proposal, ProposalAction.ROLL_BACK, by=by, at=now)
        return view_of(session, store.proposal(session, proposal_id))
    _must_hold(session, proposal, accepted.version if accepted else proposal.effect["applied_version"])
    before = plan_version(session, proposal.hall_id, proposal.base_version)
    if proposal.kind == INTRADAY:
        _still_today(session, proposal, now)
    version = _apply(session, proposal, before.entries, "rollback", by=by, clock=clock)
    effect = {**proposal.effect, "rolled_back_version": version}
    _move(session, proposal, ProposalAction.ROLL_BACK, by=by, at=now, effect=effect)
    return view_of(session, store.proposal(session, proposal_id))


def proposal_view(session: Session, proposal_id: ProposalId, *, by: Staff) -> ProposalView:
    """Return a proposal; raises ``ProposalNotFound``, ``WrongHall``."""
    proposal = store.proposal(session, proposal_id)
    may_look(proposal.hall_id, by)
    return view_of(session, proposal)


def proposals(session: Session, code: str, *, by: Staff) -> list[ProposalView]:
    """Return a hall's latest proposals, newest first; raises ``WrongHall``."""
    hall = catalogue.hall_by_code(session, code)
    may_look(hall.id, by)
    return [view_of(session, one) for one in store.proposals_of(session, hall.id, limit=KEPT_IN_LIST)]


def _apply(
    session: Session,
    proposal: StoredProposal,
    entries: Sequence[PlanEntry],
    source: str,
    *,
    by: Staff,
    clock: Clock,
) -> int:
    """Let a plan take the place of the one that holds on the weekday that was planned for."""
    hall_id, day = proposal.hall_id, proposal.for_day
    if proposal.kind == INTRADAY:
        return apply_for_a_day(session, hall_id, entries, day=day, source=source, by=by, clock=clock)
    return apply_plan(session, hall_id, entries, source=source, by=by, clock=clock, weekday=day.weekday())


def _from(
    session: Session, proposal: StoredProposal, from_minute: int | None, now: datetime
) -> Sequence[PlanEntry]:
    """Return the entries to apply: until the chosen minute those in force, from then on the proposed.

    What is past by now stays as it was, so the plan of the day tells what really held. Raises
    ``TimeHasPassed`` for a minute before the present one.
    """
    if proposal.kind != INTRADAY:
        return proposal.entries
    calendar = catalogue.calendar(session, proposal.hall_id)
    today = _still_today(session, proposal, now)
    minute = int(calendar.minute_of_day(now))
    if from_minute is not None and from_minute < minute:
        chosen = now - timedelta(minutes=minute - from_minute)
        raise TimeHasPassed(applies_at=chosen.replace(second=0, microsecond=0), now=now)
    begins = minute if from_minute is None else from_minute
    held = plan_in_force(session, proposal.hall_id, today.weekday(), on=today).entries
    return between(held, proposal.entries, begins, DAY_MINUTES)


def _still_today(session: Session, proposal: StoredProposal, now: datetime) -> date:
    """Return today; raises ``DayHasPassed`` when the proposal was for the rest of an earlier day."""
    today = catalogue.calendar(session, proposal.hall_id).local_day(now)
    if proposal.for_day != today:
        raise DayHasPassed(day=proposal.for_day, today=today)
    return today


def _locked(
    session: Session, proposal_id: ProposalId, action: ProposalAction, *, by: Staff, clock: Clock
) -> tuple[StoredProposal, datetime]:
    """Return a proposal that allows ``action``, read under its hall's lock, and now."""
    hall_id = store.proposal(session, proposal_id).hall_id
    by.must_work_in(hall_id)
    now = lock_hall(session, hall_id).tick(clock)
    proposal = store.proposal(session, proposal_id)
    if (proposal.status, action) not in PROPOSAL_TRANSITIONS:
        raise ProposalNotOpen(status=proposal.status)
    return proposal, now


def _must_hold(session: Session, proposal: StoredProposal, version: int) -> None:
    """Raise ``PlanChangedMeanwhile`` unless this plan holds on the weekday that was planned for."""
    current = version_in_force(session, proposal)
    if current != version:
        raise PlanChangedMeanwhile(base_version=version, version=current)


def _move(
    session: Session,
    proposal: StoredProposal,
    action: ProposalAction,
    *,
    by: Staff,
    at: datetime,
    **values: Any,
) -> None:
    """Move a proposal by its transition table; of two who decide at once one is refused."""
    status = PROPOSAL_TRANSITIONS.get((proposal.status, action))
    if status is None or not store.set_proposal(
        session,
        proposal.id,
        was=proposal.status,
        status=status.value,
        decided_at=at,
        decided_by=by.id,
        **values,
    ):
        raise ProposalNotOpen(status=store.proposal(session, proposal.id).status)
    note(
        session, f"proposal.{action}", by=by, hall_id=proposal.hall_id, at=at, subject=str(proposal.id),
        detail={"before": proposal.status.value, "after": status.value, "day": proposal.for_day.isoformat()},
    )  # fmt: skip
