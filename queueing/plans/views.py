"""A proposal as it is shown, and whether the plan that it was made on still holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kernel import catalogue, jobs
from kernel.identity import WrongHall
from queueing.plans.lifecycle import ProposalStatus
from queueing.plans.rules_now import rules_on
from queueing.store import plan_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from kernel.identity import Staff
    from kernel.ids import HallId
    from queueing.plans.store import StoredProposal

DAY, INTRADAY = "day", "intraday"  # for a weekday from now on; for the rest of one day


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal and, while it is computed, how far that is (0 to 1) and what was found so far.

    ``so_far``: objectives ``now`` and ``best``, minutes on the days searched on; empty before it began.
    ``overtaken``: it could be accepted, had the plan that it was made on not been replaced;
    ``rules_changed``: had the hall still the rules that it keeps. ``weekdays`` (0 = Monday): those that
    it would get, having the plan that it would replace; empty of what nobody can accept, or for one day.
    """

    proposal: StoredProposal
    status: ProposalStatus
    progress: float
    so_far: Mapping[str, float] = field(default_factory=dict)
    stopping: bool = False
    overtaken: bool = False
    rules_changed: bool = False
    weekdays: tuple[int, ...] = ()


def may_look(hall_id: HallId, by: Staff) -> None:
    """Raise ``WrongHall`` unless this person may look into the hall."""
    if not by.may_look_into(hall_id):
        raise WrongHall(hall=hall_id)


def version_in_force(session: Session, proposal: StoredProposal) -> int:
    """Return which plan holds on the weekday that was planned for, or today."""
    day = proposal.for_day
    weekday = catalogue.calendar(session, proposal.hall_id).counts_as(day)
    on = day if proposal.kind == INTRADAY else None
    return plan_of(session, proposal.hall_id, weekday, on=on).version


def weekdays_of(session: Session, proposal: StoredProposal) -> tuple[int, ...]:
    """Return the weekdays of the hall's opening that have the plan which a proposal was made on."""
    if proposal.kind == INTRADAY:
        return ()
    opened = sorted(catalogue.calendar(session, proposal.hall_id).hours)
    return tuple(
        weekday
        for weekday in opened
        if plan_of(session, proposal.hall_id, weekday).version == proposal.base_version
    )


def made_under(session: Session, proposal: StoredProposal) -> bool:
    """Return whether the hall still has the rules that a proposal keeps; one that names none has."""
    rules = (proposal.effect or {}).get("rules")
    return rules is None or rules == rules_on(session, proposal.hall_id, proposal.for_day)


def view_of(session: Session, proposal: StoredProposal) -> ProposalView:
    """Return the view; a proposal whose job has failed or is gone has failed too."""
    if proposal.status is not ProposalStatus.COMPUTING or proposal.job_id is None:
        open_still = proposal.status is ProposalStatus.SHOWN
        overtaken = open_still and version_in_force(session, proposal) != proposal.base_version
        changed = open_still and not made_under(session, proposal)
        return ProposalView(
            proposal, proposal.status, 1.0,
            overtaken=overtaken, rules_changed=changed,
            weekdays=weekdays_of(session, proposal) if open_still and not overtaken else (),
        )  # fmt: skip
    try:
        job = jobs.state(session, proposal.job_id)
    except jobs.JobNotFound:
        return ProposalView(proposal, ProposalStatus.FAILED, 1.0)
    if job.status == "failed":
        return ProposalView(proposal, ProposalStatus.FAILED, 1.0)
    return ProposalView(proposal, ProposalStatus.COMPUTING, job.progress, job.so_far, job.stop_asked)
