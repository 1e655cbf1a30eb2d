"""Places that are kept for the first on the list."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select, update

from booking.rules.waitlist import OfferStatus
from booking.waitlist.store.entries import entries, offers
from kernel.ids import AppointmentId, HallId, WaitingId, uuid7
from kernel.inserting import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Offer:
    """A place that is kept for somebody until ``expires_at``; ``hold_id`` has its seats."""

    id: UUID
    entry_id: WaitingId
    hall_id: HallId
    hold_id: AppointmentId
    starts_at: datetime
    made_at: datetime
    expires_at: datetime


_COLUMNS = tuple(offers.c[name] for name in Offer.__slots__)


def add_offer(session: Session, *, person: bytes, **values: object) -> UUID | None:
    """Write an offer and return its id; None if the person has an open one.

    Needs no lock: two halls that offer to one person at the same moment meet at the key of ``person``.
    """
    added = session.execute(
        insert_into(session, offers)
        .values(id=uuid7(), status=OfferStatus.OPEN, person=person, **values)
        .on_conflict_do_nothing(index_elements=[offers.c.person])
        .returning(offers.c.id)
    )
    found: UUID | None = added.scalar_one_or_none()
    return found


def open_offer(session: Session, waiting_id: WaitingId) -> Offer | None:
    """Return the offer of a wait that nobody has closed, over by now or not."""
    row = session.execute(
        select(*_COLUMNS).where(offers.c.entry_id == waiting_id, offers.c.status == OfferStatus.OPEN)
    ).one_or_none()
    return _offer(row) if row is not None else None


def latest_offer(session: Session, waiting_id: WaitingId) -> tuple[Offer, OfferStatus] | None:
    """Return the last offer of a wait with how it stands, or None."""
    row = session.execute(
        select(*_COLUMNS, offers.c.status)
        .where(offers.c.entry_id == waiting_id)
        .order_by(offers.c.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    *values, status = row
    return Offer(*values), OfferStatus(status)


def latest_offers(
    session: Session, waiting_ids: Collection[WaitingId]
) -> dict[WaitingId, tuple[Offer, OfferStatus]]:
    """Return the last offer of each of these waits that had one, in one statement."""
    rows = session.execute(
        select(offers.c.entry_id.label("of"), *_COLUMNS, offers.c.status)
        .where(offers.c.entry_id.in_(waiting_ids))
        .order_by(offers.c.id)
    )
    return {WaitingId(of): (Offer(*values), OfferStatus(status)) for of, *values, status in rows}


def hall_of_open_offer(session: Session, token_hash: bytes) -> HallId | None:
    """Return the hall of the open offer behind a wait's token, to lock it first; None where there is none."""
    found: HallId | None = session.execute(
        select(offers.c.hall_id)
        .join(entries, entries.c.id == offers.c.entry_id)
        .where(entries.c.token_hash == token_hash, offers.c.status == OfferStatus.OPEN)
    ).scalar_one_or_none()
    return found


def run_out(session: Session, hall_id: HallId, *, now: datetime) -> list[Offer]:
    """Return a hall's offers whose time is over, though nobody has written it."""
    rows = session.execute(
        select(*_COLUMNS)
        .where(offers.c.hall_id == hall_id, offers.c.status == OfferStatus.OPEN, offers.c.expires_at <= now)
        .order_by(offers.c.expires_at, offers.c.id)
    )
    return [_offer(row) for row in rows]


def close_offer(session: Session, offer_id: UUID, status: OfferStatus, *, at: datetime) -> bool:
    """Write how an open offer ended; False if somebody else has closed it.

    The condition decides between taking and lapsing even where the locks are missing.
    """
    closed = session.execute(
        update(offers)
        .where(offers.c.id == offer_id, offers.c.status == OfferStatus.OPEN)
        .values(status=status, person=None, ended_at=at)
        .returning(offers.c.id)
    )
    return closed.one_or_none() is not None


def starts_offered(
    session: Session, hall_id: HallId, waiting_ids: Collection[WaitingId]
) -> dict[WaitingId, set[datetime]]:
    """Return the starts in a hall that were offered to these people before: none is offered twice."""
    found: defaultdict[WaitingId, set[datetime]] = defaultdict(set)
    for entry_id, starts_at in session.execute(
        select(offers.c.entry_id, offers.c.starts_at).where(
            offers.c.hall_id == hall_id, offers.c.entry_id.in_(waiting_ids)
        )
    ):
        found[entry_id].add(starts_at)
    return dict(found)


def _offer(row: Any) -> Offer:
    return Offer(**row._mapping)
