"""Endpoints: who is told, and how it stands with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, or_, select, text, update

from booking.rules.webhooks import EndpointStatus, WebhookKind
from booking.webhooks.errors import TooManyWebhooks, WebhookNotFound
from booking.webhooks.tables import WebhookCursorRow, WebhookDeliveryRow, WebhookRow
from kernel.ids import HallId, WebhookId

if TYPE_CHECKING:
    from sqlmodel import Session

webhooks = WebhookRow.__table__
cursors = WebhookCursorRow.__table__
deliveries = WebhookDeliveryRow.__table__

_ADDING = 20_268_026  # any number of our own: who adds an endpoint waits for whoever adds another


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as decisions need it; its secrets stay sealed."""

    id: WebhookId
    name: str
    url: str
    kinds: tuple[WebhookKind, ...]
    hall_id: HallId | None
    status: EndpointStatus
    status_at: datetime
    created_at: datetime
    secret_sealed: bytes
    old_secret_sealed: bytes | None
    old_secret_until: datetime | None
    failures: int
    failing_since: datetime | None
    rest_until: datetime | None
    delivered_at: datetime | None
    error: str
    missed: int


_ENDPOINT = [webhooks.c[name] for name in Endpoint.__dataclass_fields__]


def _endpoint(row: Any) -> Endpoint:
    kinds = tuple(own for own in WebhookKind if own.value in row.kinds)
    return Endpoint(**{**row._mapping, "kinds": kinds, "status": EndpointStatus(row.status)})


def add_endpoint(session: Session, most: int, **values: object) -> WebhookId:
    """Write an endpoint and return its id; raises ``TooManyWebhooks`` where there are ``most``.

    Without the lock two people who both see one place left both take it.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADDING})
    if len(session.execute(select(webhooks.c.id)).all()) >= most:
        raise TooManyWebhooks(most=most)
    new = {"failures": 0, "error": "", "missed": 0, "status": EndpointStatus.ACTIVE.value, **values}
    session.execute(insert(webhooks).values(**new))
    return WebhookId(new["id"])  # type: ignore[arg-type]


def endpoints(session: Session) -> list[Endpoint]:
    """Return all endpoints in the order of their making."""
    return [_endpoint(row) for row in session.execute(select(*_ENDPOINT).order_by(webhooks.c.id))]


def active(session: Session) -> list[Endpoint]:
    """Return the endpoints that are to be told."""
    return [own for own in endpoints(session) if own.status is EndpointStatus.ACTIVE]


def endpoint(session: Session, webhook_id: WebhookId) -> Endpoint:
    """Return an endpoint; raises ``WebhookNotFound``."""
    row = session.execute(select(*_ENDPOINT).where(webhooks.c.id == webhook_id)).one_or_none()
    if row is None:
        raise WebhookNotFound(webhook=webhook_id)
    return _endpoint(row)


def lock_endpoint(session: Session, webhook_id: WebhookId) -> Endpoint:
    """Return an endpoint that nobody else changes until this unit ends; raises ``WebhookNotFound``.

    Whoever changes its state takes it. Without it a person's "resume" is undone by a sender that has seen
    it failing a moment before.
    """
    found = lock_endpoints(session, [webhook_id])
    if not found:
        raise WebhookNotFound(webhook=webhook_id)
    return found[0]


def lock_endpoints(session: Session, webhook_ids: list[WebhookId]) -> list[Endpoint]:
    """Return and lock those of these endpoints that are there, in the order of their ids."""
    rows = session.execute(
        select(*_ENDPOINT).where(webhooks.c.id.in_(webhook_ids)).order_by(webhooks.c.id).with_for_update()
    )
    return [_endpoint(row) for row in rows]


def change(session: Session, webhook_id: WebhookId, **values: object) -> None:
    """Write what changed about an endpoint that is locked."""
    session.execute(update(webhooks).where(webhooks.c.id == webhook_id).values(**values))


def remove_endpoint(session: Session, webhook_id: WebhookId) -> None:
    """Delete an endpoint with all that was to be told to it."""
    session.execute(delete(deliveries).where(deliveries.c.webhook_id == webhook_id))
    session.execute(delete(cursors).where(cursors.c.webhook_id == webhook_id))
    session.execute(delete(webhooks).where(webhooks.c.id == webhook_id))


def sendable(session: Session, now: datetime) -> list[Endpoint]:
    """Return the endpoints that may be tried now: active, and not left alone after failures."""
    rested = or_(webhooks.c.rest_until.is_(None), webhooks.c.rest_until <= now)
    rows = session.execute(
        select(*_ENDPOINT)
        .where(webhooks.c.status == EndpointStatus.ACTIVE.value, rested)
        .order_by(webhooks.c.id)
    )
    return [_endpoint(row) for row in rows]


def long_failing(session: Session, before: datetime) -> list[WebhookId]:
    """Return the active endpoints that have taken nothing since they failed, and failed before an instant."""
    rows = session.execute(
        select(webhooks.c.id).where(
            webhooks.c.status == EndpointStatus.ACTIVE.value, webhooks.c.failing_since <= before
        )
    )
    return [WebhookId(row.id) for row in rows]
