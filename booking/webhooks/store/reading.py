"""How far the outbox was read for each endpoint.

A hall hands out its ``seq`` under the lock that orders it, and keeps that lock until the commit: who sees
event n sees all before it. So a cursor a hall is safe where one over ids would not be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, or_, select, update

from booking.webhooks.store.endpoints import cursors, webhooks
from kernel.ids import HallId, WebhookId
from kernel.inserting import insert_into
from kernel.tables import HallClockRow
from kernel.work_tables import OutboxRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlmodel import Session

clocks = HallClockRow.__table__
outbox = OutboxRow.__table__


def begin_here(session: Session, webhook_id: WebhookId, hall_id: HallId | None) -> None:
    """Let an endpoint be told what happens from now on, in one hall or in all there are."""
    halls = select(clocks.c.hall_id, clocks.c.seq)
    if hall_id is not None:
        halls = halls.where(clocks.c.hall_id == hall_id)
    rows = [
        {"webhook_id": webhook_id, "hall_id": row.hall_id, "seq": row.seq} for row in session.execute(halls)
    ]
    if rows:
        session.execute(insert(cursors), rows)


def behind(session: Session, webhook_ids: Collection[WebhookId], *, limit: int) -> list[HallId]:
    """Return halls in which something happened that one of these endpoints has no delivery of yet.

    Those come first in which most has happened since.
    """
    lag = clocks.c.seq - func.coalesce(cursors.c.seq, 0)
    rows = session.execute(
        select(clocks.c.hall_id)
        .join(webhooks, or_(webhooks.c.hall_id.is_(None), webhooks.c.hall_id == clocks.c.hall_id))
        .join(
            cursors,
            (cursors.c.webhook_id == webhooks.c.id) & (cursors.c.hall_id == clocks.c.hall_id),
            isouter=True,
        )
        # A hall that was added after the endpoint has no cursor yet: all its events are new.
        .where(webhooks.c.id.in_(webhook_ids), lag > 0)
        .group_by(clocks.c.hall_id)
        .order_by(func.max(lag).desc(), clocks.c.hall_id)
        .limit(limit)
    )
    return [HallId(row.hall_id) for row in rows]


def lock_cursors(
    session: Session, hall_id: HallId, webhook_ids: Collection[WebhookId]
) -> dict[WebhookId, int]:
    """Return and lock how far a hall was read for these endpoints; those another reader has are left to it.

    Without the lock two readers find the same events new; the key of the deliveries would let only one
    write each, and the other fail.
    """
    new = [{"webhook_id": own, "hall_id": hall_id, "seq": 0} for own in sorted(webhook_ids)]
    session.execute(insert_into(session, cursors).values(new).on_conflict_do_nothing())
    rows = session.execute(
        select(cursors.c.webhook_id, cursors.c.seq)
        .where(cursors.c.hall_id == hall_id, cursors.c.webhook_id.in_(webhook_ids))
        .order_by(cursors.c.webhook_id)
        .with_for_update(skip_locked=True)
    )
    return {WebhookId(row.webhook_id): row.seq for row in rows}


def move_cursors(session: Session, hall_id: HallId, webhook_ids: Collection[WebhookId], seq: int) -> None:
    """Note that a hall was read up to this event."""
    session.execute(
        update(cursors)
        .where(cursors.c.hall_id == hall_id, cursors.c.webhook_id.in_(webhook_ids), cursors.c.seq < seq)
        .values(seq=seq)
    )


def news_of(session: Session, hall_id: HallId, after: int, *, limit: int) -> Sequence[Any]:
    """Return a hall's events after one, in order: rows (seq, kind, payload, at)."""
    return session.execute(
        select(outbox.c.seq, outbox.c.kind, outbox.c.payload, outbox.c.at)
        .where(outbox.c.hall_id == hall_id, outbox.c.seq > after)
        .order_by(outbox.c.seq)
        .limit(limit)
    ).all()


def first_kept(session: Session, hall_id: HallId) -> int:
    """Return the number of the first event of a hall that is still kept, or the next one's."""
    first = select(func.min(outbox.c.seq)).where(outbox.c.hall_id == hall_id)
    found: int | None = session.execute(first).scalar_one()
    if found is not None:
        return found
    latest = select(clocks.c.seq).where(clocks.c.hall_id == hall_id)
    return int(session.execute(latest).scalar_one()) + 1
