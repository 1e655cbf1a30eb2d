"""The plan that an accepted proposal became, which may still wait for its time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from queueing.store.plans import plan_versions

if TYPE_CHECKING:
    from sqlmodel import Session

    from queueing.plans.store import StoredProposal
    from queueing.store import PlanVersion

LATEST = 500  # versions that are looked through


def accepted_plan(session: Session, proposal: StoredProposal) -> PlanVersion | None:
    """Return the version that a proposal became; None if it was never accepted.

    One accepted for a time got another number if a plan was published while it waited, so it is known by
    its time and by the plan that it replaces.
    """
    versions = plan_versions(session, proposal.hall_id, limit=LATEST)
    number, at = proposal.effect.get("applied_version"), proposal.effect.get("applies_at")
    if at is None:
        return next((own for own in versions if own.version == number), None)
    instant = datetime.fromisoformat(at)
    return next(
        (
            own
            for own in versions
            if own.applies_at == instant
            and own.base_version == proposal.base_version
            and own.source == "proposal"
            and own.ended != "cancelled"
        ),
        None,
    )
