"""Proposals as they are stored; no decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert, select, update

from kernel.ids import HallId, JobId, ProposalId, QueueId, WindowId, uuid7
from queueing.plans.errors import ProposalNotFound
from queueing.plans.lifecycle import ProposalStatus
from queueing.plans.tables import ProposalRow
from queueing.rules.windows import PlanEntry

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Row
    from sqlmodel import Session

_proposals = ProposalRow.__table__
KEPT_IN_LIST = 20


@dataclass(frozen=True, slots=True)
class StoredProposal:
    """A proposal as it is stored; ``reason`` is why it was declined, ``effect`` what was simulated."""

    id: ProposalId
    hall_id: HallId
    for_day: date
    kind: str
    status: ProposalStatus
    base_version: int
    job_id: JobId | None
    created_at: datetime
    decided_at: datetime | None
    decided_by: UUID | None
    reason: str
    entries: tuple[PlanEntry, ...]
    effect: dict[str, Any]


def add_proposal(
    session: Session, hall_id: HallId, *, for_day: date, base_version: int, job_id: JobId, at: datetime,
    proposal_id: ProposalId, kind: str = "day",
) -> None:  # fmt: skip
    """Write a proposal that is being computed."""
    session.execute(
        insert(_proposals).values(
            id=proposal_id, hall_id=hall_id, for_day=for_day, kind=kind,
            status=ProposalStatus.COMPUTING.value, base_version=base_version, job_id=job_id, created_at=at,
            reason="", plan=[], effect={},
        )
    )  # fmt: skip


def new_proposal_id() -> ProposalId:
    """Return an id for a proposal that is about to be asked for."""
    return ProposalId(uuid7())


def proposal(session: Session, proposal_id: ProposalId) -> StoredProposal:
    """Return a proposal; raises ``ProposalNotFound``."""
    row = session.execute(select(_proposals).where(_proposals.c.id == proposal_id)).one_or_none()
    if row is None:
        raise ProposalNotFound(proposal=proposal_id)
    return _stored(row)


def proposals_of(session: Session, hall_id: HallId) -> list[StoredProposal]:
    """Return a hall's latest proposals, newest first."""
    newest = _proposals.c.created_at.desc(), _proposals.c.id.desc()
    rows = session.execute(
        select(_proposals).where(_proposals.c.hall_id == hall_id).order_by(*newest).limit(KEPT_IN_LIST)
    )
    return [_stored(row) for row in rows]


def computing(session: Session, hall_id: HallId) -> list[StoredProposal]:
    """Return the hall's proposals that still say they are being computed."""
    rows = session.execute(
        select(_proposals).where(
            _proposals.c.hall_id == hall_id, _proposals.c.status == ProposalStatus.COMPUTING.value
        )
    )
    return [_stored(row) for row in rows]


def set_proposal(session: Session, proposal_id: ProposalId, *, was: ProposalStatus, **values: Any) -> bool:
    """Change a proposal that still has status ``was``; return whether it had."""
    changed = session.execute(
        update(_proposals)
        .where(_proposals.c.id == proposal_id, _proposals.c.status == was.value)
        .values(**values)
        .returning(_proposals.c.id)
    )
    return changed.one_or_none() is not None


def _stored(row: Row[Any]) -> StoredProposal:
    return StoredProposal(
        id=row.id, hall_id=row.hall_id, for_day=row.for_day, kind=row.kind, status=ProposalStatus(row.status),
        base_version=row.base_version, job_id=row.job_id, created_at=row.created_at,
        decided_at=row.decided_at, decided_by=row.decided_by, reason=row.reason,
        entries=tuple(entry_of(entry) for entry in row.plan), effect=row.effect,
    )  # fmt: skip


def entry_of(stored: dict[str, Any]) -> PlanEntry:
    """Return a plan entry from its plain JSON."""
    return PlanEntry(
        WindowId(UUID(stored["window_id"])),
        QueueId(UUID(stored["queue_id"])),
        stored["helping"],
        stored["from_minute"],
        stored["to_minute"],
    )


def plain_entry(entry: PlanEntry) -> dict[str, Any]:
    """Return a plan entry as plain JSON."""
    return {
        "window_id": str(entry.window_id),
        "queue_id": str(entry.queue_id),
        "helping": entry.helping,
        "from_minute": entry.from_minute,
        "to_minute": entry.to_minute,
    }
