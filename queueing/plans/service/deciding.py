"""Proposals accepted, declined and taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from kernel import catalogue
from kernel.audit import note
from kernel.events import lock_hall
from queueing.errors import PlanChangedMeanwhile, TimeHasPassed
from queueing.plans import store
from queueing.plans.accepted import accepted_plan
from queueing.plans.errors import (
    DayHasPassed,
    ProposalNotOpen,
    ReasonMissing,
)
from queueing.plans.lifecycle import PROPOSAL_TRANSITIONS, ProposalAction
from queueing.plans.rules_now import must_be_made_under
from queueing.plans.views import DAY, INTRADAY, ProposalView, version_in_force, view_of
from queueing.rules.day_plans import between
from queueing.service import apply_for_a_day, apply_plan, cancel_plan, schedule_plan
from queueing.store import plan_in_force, plan_version

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import ProposalId
    from queueing.plans.store import StoredProposal
    from queueing.rules.windows import PlanEntry

DAY_MINUTES = 24 * 60


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
    publishes at the same moment would be overwritten unseen. Raises ``PlanChangedMeanwhile``, and
    ``RulesChangedMeanwhile`` where it was made under other rules than the hall's.
    """
    proposal, now = _locked(session, proposal_id, ProposalAction.ACCEPT, by=by, clock=clock)
    _must_hold(session, proposal, proposal.base_version)
    must_be_made_under(session, proposal.hall_id, proposal.for_day, proposal.effect.get("rules"))
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
    weekday = catalogue.calendar(session, hall_id).counts_as(day)
    return apply_plan(session, hall_id, entries, source=source, by=by, clock=clock, weekday=weekday)


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
    held = plan_in_force(session, proposal.hall_id, calendar, today).entries
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
