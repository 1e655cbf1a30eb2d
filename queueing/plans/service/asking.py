"""Proposals asked for, stopped and looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel import catalogue, jobs
from kernel.audit import note
from kernel.events import lock_hall
from queueing.plans import store
from queueing.plans.errors import (
    ClosedOnThatDay,
    DayHasPassed,
    ProposalNotOpen,
    ProposalUnderway,
)
from queueing.plans.lifecycle import PROPOSAL_TRANSITIONS, ProposalAction, ProposalStatus
from queueing.plans.studies import hall_and_day
from queueing.plans.views import DAY, INTRADAY, ProposalView, may_look, view_of
from queueing.store import plan_in_force, plan_of

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import HallId, ProposalId

JOB = "propose_window_plan"
REPLAN_JOB = "replan_today"


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
    weekday = catalogue.calendar(session, hall.id).counts_as(for_day)
    base = plan_of(session, hall.id, weekday).version
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
    base = plan_in_force(session, hall.id, calendar, today).version
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


def proposal_view(session: Session, proposal_id: ProposalId, *, by: Staff) -> ProposalView:
    """Return a proposal; raises ``ProposalNotFound``, ``WrongHall``."""
    proposal = store.proposal(session, proposal_id)
    may_look(proposal.hall_id, by)
    return view_of(session, proposal)


def proposals(session: Session, code: str, *, by: Staff) -> list[ProposalView]:
    """Return a hall's latest proposals, newest first; raises ``WrongHall``."""
    hall = catalogue.hall_by_code(session, code)
    may_look(hall.id, by)
    return [view_of(session, one) for one in store.proposals_of(session, hall.id)]
