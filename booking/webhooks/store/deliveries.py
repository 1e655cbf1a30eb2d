"""Deliveries: waiting, claimed, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, exists, func, or_, select, update

from booking.rules.webhooks import (
    DELIVERY_TRANSITIONS,
    OPEN,
    DeliveryAction,
    DeliveryStatus,
    EndpointStatus,
)
from booking.webhooks.errors import DeliveryNotFound
from booking.webhooks.store.endpoints import deliveries, webhooks
from kernel.ids import DeliveryId, HallId, WebhookId
from kernel.inserting import insert_into
from kernel.touched import touched

if TYPE_CHECKING:
    from sqlmodel import Session

_S, _A = DeliveryStatus, DeliveryAction
_OPEN = sorted(own.value for own in OPEN)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as decisions and pages need it."""

    id: DeliveryId
    webhook_id: WebhookId
    hall_id: HallId | None
    seq: int | None
    kind: str
    body: str
    status: DeliveryStatus
    in_line: bool
    attempts: int
    created_at: datetime
    due_at: datetime
    not_after: datetime
    tried_at: datetime | None
    ended_at: datetime | None
    http_status: int | None
    error: str
    answer: str
    took_ms: int | None


_DELIVERY = [deliveries.c[name] for name in Delivery.__dataclass_fields__]


def _delivery(row: Any) -> Delivery:
    return Delivery(**{**row._mapping, "status": DeliveryStatus(row.status)})


def add_deliveries(session: Session, rows: list[dict[str, Any]]) -> None:
    """Write deliveries that are to go out; those that are there already stay as they are."""
    if not rows:
        return
    new = {"status": _S.WAITING.value, "attempts": 0, "error": "", "answer": ""}
    statement = insert_into(session, deliveries).on_conflict_do_nothing()
    session.execute(statement, [{**new, **row} for row in rows])


def _is_due(now: datetime) -> Any:
    return or_(
        and_(deliveries.c.status == _S.WAITING.value, deliveries.c.due_at <= now),
        and_(deliveries.c.status == _S.SENDING.value, deliveries.c.lease_until <= now),
    )


def _nobody_before() -> Any:
    """No delivery of the same hall that comes before it is still on its way to the same endpoint."""
    before = deliveries.alias("before")
    return ~exists().where(
        before.c.webhook_id == deliveries.c.webhook_id,
        before.c.hall_id == deliveries.c.hall_id,
        before.c.seq < deliveries.c.seq,
        before.c.in_line,
        before.c.status.in_(_OPEN),
    )


def _may_go(now: datetime) -> Any:
    # The first condition says nothing new; by it SQLite finds the open ones and passes over all that ended.
    is_open = deliveries.c.status.in_(_OPEN)
    return and_(is_open, _is_due(now), or_(~deliveries.c.in_line, _nobody_before()))


def any_due(session: Session, now: datetime) -> bool:
    """Return whether a delivery may go out, without holding the writer."""
    rested = or_(webhooks.c.rest_until.is_(None), webhooks.c.rest_until <= now)
    found = (
        select(deliveries.c.id)
        .join(webhooks, webhooks.c.id == deliveries.c.webhook_id)
        .where(webhooks.c.status == EndpointStatus.ACTIVE.value, rested, _may_go(now))
        .limit(1)
    )
    return session.execute(found).one_or_none() is not None


def lock_due(session: Session, webhook_id: WebhookId, now: datetime, *, limit: int) -> list[Delivery]:
    """Return and lock an endpoint's deliveries that have been due longest, one a hall and line.

    What another sender has locked is left to it. Every sender takes them this way and claims them in the
    same unit of work. Without the lock two senders both find a delivery waiting and both send it.
    """
    rows = session.execute(
        select(*_DELIVERY)
        .where(deliveries.c.webhook_id == webhook_id, _may_go(now))
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_delivery(row) for row in rows]


def on_their_way(session: Session, webhook_id: WebhookId, now: datetime) -> int:
    """Return how many deliveries to an endpoint some sender holds."""
    held = and_(deliveries.c.status == _S.SENDING.value, deliveries.c.lease_until > now)
    found = select(func.count()).where(deliveries.c.webhook_id == webhook_id, held)
    return int(session.execute(found).scalar_one())


def act(session: Session, own: Delivery, action: DeliveryAction, **values: object) -> None:
    """Move a delivery by its table and write what changes with it."""
    after = DELIVERY_TRANSITIONS[own.status, action]
    lease = {} if after is _S.SENDING else {"lease_until": None}
    session.execute(
        update(deliveries)
        .where(deliveries.c.id == own.id)
        .values(**{"status": after.value, **lease, **values})
    )


def claimed(session: Session, delivery_id: DeliveryId, attempt: int) -> Delivery | None:
    """Return and lock a delivery that is still claimed for this try; None for whoever comes too late."""
    row = session.execute(
        select(*_DELIVERY)
        .where(
            deliveries.c.id == delivery_id,
            deliveries.c.status == _S.SENDING.value,
            deliveries.c.attempts == attempt,
        )
        .with_for_update()
    ).one_or_none()
    return None if row is None else _delivery(row)


def delivery(session: Session, delivery_id: DeliveryId) -> Delivery:
    """Return and lock a delivery; raises ``DeliveryNotFound``."""
    row = session.execute(
        select(*_DELIVERY).where(deliveries.c.id == delivery_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise DeliveryNotFound(delivery=delivery_id)
    return _delivery(row)


def lock_set_aside(session: Session, webhook_id: WebhookId, *, limit: int) -> list[Delivery]:
    """Return and lock an endpoint's deliveries that were set aside, in the order of their making."""
    rows = session.execute(
        select(*_DELIVERY)
        .where(deliveries.c.webhook_id == webhook_id, deliveries.c.status == _S.SET_ASIDE.value)
        .order_by(deliveries.c.id)
        .limit(limit)
        .with_for_update()
    )
    return [_delivery(row) for row in rows]


def bring_forward(session: Session, webhook_id: WebhookId, now: datetime) -> None:
    """Let what waits for its next try go at once: its receiver is back."""
    waits = and_(deliveries.c.webhook_id == webhook_id, deliveries.c.status == _S.WAITING.value)
    session.execute(update(deliveries).where(waits, deliveries.c.due_at > now).values(due_at=now))


def set_aside_late(session: Session, now: datetime) -> int:
    """Set aside what was tried, or waited for a paused endpoint, for as long as it may; return how many."""
    after = DELIVERY_TRANSITIONS[_S.WAITING, _A.SET_ASIDE]
    late = and_(deliveries.c.status == _S.WAITING.value, deliveries.c.not_after < now)
    return touched(session, update(deliveries).where(late).values(status=after.value, ended_at=now))


def forget_ended(session: Session, status: DeliveryStatus, before: datetime, *, limit: int) -> int:
    """Delete deliveries that ended so before an instant; return how many."""
    old = (
        select(deliveries.c.id)
        .where(deliveries.c.status == status.value, deliveries.c.ended_at < before)
        .limit(limit)
    )
    return touched(session, delete(deliveries).where(deliveries.c.id.in_(old.scalar_subquery())))


def latest(
    session: Session, webhook_id: WebhookId, *, status: DeliveryStatus | None, limit: int
) -> list[Delivery]:
    """Return an endpoint's latest deliveries, newest first."""
    chosen = select(*_DELIVERY).where(deliveries.c.webhook_id == webhook_id)
    order = [deliveries.c.id.desc()]
    if status is not None:
        chosen = chosen.where(deliveries.c.status == status.value)
        # Not by the id alone: the index on it would lead through all others to the few that stand so.
        order = [deliveries.c.created_at.desc(), *order]
    return [_delivery(row) for row in session.execute(chosen.order_by(*order).limit(limit))]


def counts(session: Session) -> dict[tuple[WebhookId, DeliveryStatus], int]:
    """Return how many deliveries of each endpoint are on their way or set aside; the others are too many."""
    rows = session.execute(
        select(deliveries.c.webhook_id, deliveries.c.status, func.count().label("n"))
        .where(deliveries.c.status.in_((*_OPEN, _S.SET_ASIDE.value)))
        .group_by(deliveries.c.webhook_id, deliveries.c.status)
    )
    return {(WebhookId(row.webhook_id), DeliveryStatus(row.status)): row.n for row in rows}


def with_many_waiting(session: Session, most: int) -> set[WebhookId]:
    """Return the endpoints that have this many deliveries waiting, or more."""
    rows = session.execute(
        select(deliveries.c.webhook_id)
        .where(deliveries.c.status == _S.WAITING.value)
        .group_by(deliveries.c.webhook_id)
        .having(func.count() >= most)
    )
    return {WebhookId(row.webhook_id) for row in rows}


def due_since(session: Session, now: datetime) -> tuple[int, datetime | None]:
    """Return how many deliveries may go out by now, and since when the oldest of them is due."""
    rested = or_(webhooks.c.rest_until.is_(None), webhooks.c.rest_until <= now)
    found = (
        select(func.count(), func.min(deliveries.c.due_at))
        .join(webhooks, webhooks.c.id == deliveries.c.webhook_id)
        .where(webhooks.c.status == EndpointStatus.ACTIVE.value, rested, _may_go(now))
    )
    count, oldest = session.execute(found).one()
    return count, oldest
