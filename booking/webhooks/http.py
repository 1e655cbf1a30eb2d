"""Routes of webhooks, for whoever answers for the city."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from booking.rules.webhooks import DeliveryStatus, EndpointAction
from booking.webhooks import service
from booking.webhooks.errors import (
    DeliveryNotFound,
    TooManyWebhooks,
    WebhookAddressRefused,
    WebhookNotFound,
    WebhookNotPossible,
)
from booking.webhooks.schemas import DeliveriesOut, WebhookIn, WebhookOut, WebhookSecretOut, WebhooksOut
from kernel.events import HallNotFound
from kernel.ids import DeliveryId, WebhookId
from kernel.web.access import Supervisor
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db, PartsDep
from kernel.web.problems import refuses

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])

_FOUND = refuses(WebhookNotFound)
_CHANGED = refuses(WebhookNotFound, WebhookNotPossible)


@router.get("")
async def webhooks(_supervisor: Supervisor, db: Db) -> WebhooksOut:
    """Return all webhooks."""
    return WebhooksOut.of(await db.read(service.webhooks))


@router.post(
    "",
    response_model=WebhookSecretOut,
    responses=refuses(WebhookAddressRefused, HallNotFound, TooManyWebhooks),
)
async def register(asked: WebhookIn, supervisor: Supervisor, here: PartsDep, once: Once) -> Response:
    """Register an endpoint and return its secret, which is told this once."""
    return await once.write(
        WebhookSecretOut.of,
        service.register,
        asked.wanted(),
        by=supervisor,
        clock=here.clock,
        vault=here.vault,
        allowed=here.settings.webhooks.allow_hosts,
    )


@router.get("/{webhook_id}", responses=_FOUND)
async def one(webhook_id: UUID, _supervisor: Supervisor, db: Db) -> WebhookOut:
    """Return a webhook."""
    return WebhookOut.of(await db.read(service.one, WebhookId(webhook_id)))


@router.post("/{webhook_id}/pause", response_model=WebhookOut, responses=_CHANGED)
async def pause(webhook_id: UUID, supervisor: Supervisor, once: Once, clock: ClockDep) -> Response:
    """Send nothing for the time being."""
    own, action = WebhookId(webhook_id), EndpointAction.PAUSE
    return await once.write(WebhookOut.of, service.move, own, action, by=supervisor, clock=clock)


@router.post("/{webhook_id}/resume", response_model=WebhookOut, responses=_CHANGED)
async def resume(webhook_id: UUID, supervisor: Supervisor, once: Once, clock: ClockDep) -> Response:
    """Go on where it was paused, as far back as events are kept (26 hours)."""
    own, action = WebhookId(webhook_id), EndpointAction.RESUME
    return await once.write(WebhookOut.of, service.move, own, action, by=supervisor, clock=clock)


@router.post("/{webhook_id}/secret", response_model=WebhookSecretOut, responses=_FOUND)
async def replace_secret(webhook_id: UUID, supervisor: Supervisor, here: PartsDep, once: Once) -> Response:
    """Replace the secret and return the new one, which is told this once; for a day both sign."""
    return await once.write(
        WebhookSecretOut.of,
        service.replace_secret,
        WebhookId(webhook_id),
        by=supervisor,
        clock=here.clock,
        vault=here.vault,
    )


@router.post("/{webhook_id}/secret/end-old", response_model=WebhookOut, responses=_FOUND)
async def end_old_secret(webhook_id: UUID, supervisor: Supervisor, once: Once, clock: ClockDep) -> Response:
    """Let the secret that was replaced sign no more, before its day is over."""
    own = WebhookId(webhook_id)
    return await once.write(WebhookOut.of, service.end_old_secret, own, by=supervisor, clock=clock)


@router.post("/{webhook_id}/ping", response_model=WebhookOut, responses=_CHANGED)
async def ping(webhook_id: UUID, supervisor: Supervisor, once: Once, clock: ClockDep) -> Response:
    """Send a test event."""
    return await once.write(WebhookOut.of, service.ping, WebhookId(webhook_id), by=supervisor, clock=clock)


@router.post("/{webhook_id}/remove", response_model=WebhookOut, responses=_FOUND)
async def remove(webhook_id: UUID, supervisor: Supervisor, once: Once, clock: ClockDep) -> Response:
    """Remove a webhook with all its deliveries."""
    return await once.write(WebhookOut.of, service.remove, WebhookId(webhook_id), by=supervisor, clock=clock)


@router.get("/{webhook_id}/deliveries", responses=_FOUND)
async def deliveries(
    webhook_id: UUID,
    _supervisor: Supervisor,
    db: Db,
    status: DeliveryStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = service.LISTED,
) -> DeliveriesOut:
    """Return a webhook's latest deliveries, newest first."""
    found = await db.read(service.deliveries, WebhookId(webhook_id), status=status, limit=limit)
    return DeliveriesOut.of(found)


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver",
    response_model=WebhookOut,
    responses=refuses(WebhookNotFound, WebhookNotPossible, DeliveryNotFound),
)
async def redeliver(
    webhook_id: UUID, delivery_id: UUID, supervisor: Supervisor, once: Once, clock: ClockDep
) -> Response:
    """Send a delivery that has ended again, under the same `webhook-id`."""
    own, wanted = WebhookId(webhook_id), DeliveryId(delivery_id)
    return await once.write(WebhookOut.of, service.redeliver, own, wanted, by=supervisor, clock=clock)


@router.post("/{webhook_id}/redeliver", response_model=WebhookOut, responses=_CHANGED)
async def redeliver_all(webhook_id: UUID, supervisor: Supervisor, once: Once, clock: ClockDep) -> Response:
    """Send again what was set aside, the oldest 500 first."""
    own = WebhookId(webhook_id)
    return await once.write(WebhookOut.of, service.redeliver_set_aside, own, by=supervisor, clock=clock)
