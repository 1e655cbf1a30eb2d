"""What the worker found: proposals that are ready, and how accepted ones keep their promise."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kernel import jobs
from kernel.ids import ProposalId
from queueing.plans import store
from queueing.plans.lifecycle import PROPOSAL_TRANSITIONS, ProposalAction, ProposalStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.ids import HallId
    from queueing.plans.store import StoredProposal

MEASURE_JOB = "measure_proposal"
MEASURED_FOR = timedelta(days=9)  # a week of days and the nights after: then the verdict is final

_FOUND: Mapping[str, ProposalAction] = {
    "shown": ProposalAction.SHOW,
    "no_gain": ProposalAction.FIND_NO_GAIN,
    "failed": ProposalAction.FAIL,
}


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


def measure_accepted(session: Session, hall_id: HallId, *, now: datetime) -> int:
    """Ask the worker how the hall's accepted proposals keep their promise; return how many are measured."""
    due = [
        own
        for own in store.proposals_of(session, hall_id)
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
