"""Webhooks for whoever answers for the city: register, pause, replace the secret, send again, remove."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from booking.rules.webhook_address import AddressRefused, address_of
from booking.rules.webhook_notices import ping_body
from booking.rules.webhook_signature import SECRET_BYTES, secret_of
from booking.rules.webhooks import (
    DELIVERY_TRANSITIONS,
    ENDPOINT_TRANSITIONS,
    MOST_ENDPOINTS,
    OLD_SECRET_LASTS,
    OPEN,
    PING,
    TRIED_FOR,
    DeliveryAction,
    DeliveryStatus,
    EndpointAction,
    EndpointStatus,
    WebhookKind,
)
from booking.webhooks import store
from booking.webhooks.errors import DeliveryNotFound, WebhookAddressRefused, WebhookNotPossible
from booking.webhooks.sending import SECRET_FIELD
from kernel import catalogue
from kernel.audit import note
from kernel.ids import WebhookId, uuid7

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlmodel import Session

    from booking.webhooks.store import Delivery, Endpoint
    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.identity import Actor, Staff
    from kernel.ids import DeliveryId, HallId
    from kernel.secrets import Vault

LISTED = 60  # deliveries of a page
REDELIVERED_AT_ONCE = 500

_F = EndpointAction


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """What somebody registers; ``hall`` None: all halls, those that are added later too."""

    name: str
    url: str
    kinds: frozenset[WebhookKind]
    hall: str | None


@dataclass(frozen=True, slots=True)
class WebhookView:
    """A webhook as its people see it, without its secrets; counts of deliveries that are still kept."""

    own: Endpoint
    hall: Hall | None
    waiting: int
    set_aside: int
    may: frozenset[EndpointAction]

    @property
    def host(self) -> str:
        return urlsplit(self.own.url).netloc

    @property
    def active(self) -> bool:
        """Return whether events are posted to it."""
        return self.own.status is EndpointStatus.ACTIVE

    def failing_seconds(self, now: datetime) -> float:
        """Return for how long every try has failed; 0 while it takes what is posted."""
        since = self.own.failing_since
        return 0.0 if since is None else (now - since).total_seconds()

    def two_secrets(self, now: datetime) -> bool:
        """Return whether the secret before this one still counts."""
        until = self.own.old_secret_until
        return until is not None and now < until


@dataclass(frozen=True, slots=True)
class Told:
    """A webhook and the secret that is shown this once."""

    webhook: WebhookView
    secret: str


@dataclass(frozen=True, slots=True)
class Deliveries:
    """A webhook's latest deliveries, newest first, with the halls they are from."""

    webhook: WebhookView
    listed: tuple[Delivery, ...]
    halls: Mapping[HallId, Hall]


def register(
    session: Session,
    wanted: NewWebhook,
    *,
    by: Staff | Actor,
    clock: Clock,
    vault: Vault,
    allowed: Collection[str],
) -> Told:
    """Register an endpoint; it is told what happens from now on.

    Raises ``WebhookAddressRefused``, ``HallNotFound``, ``TooManyWebhooks``.
    """
    now = clock.now()
    try:
        address_of(wanted.url, allowed)
    except AddressRefused as refused:
        raise WebhookAddressRefused(why=refused.why.value) from refused
    hall = catalogue.hall_by_code(session, wanted.hall) if wanted.hall else None
    secret, own = new_secret(), WebhookId(uuid7())
    store.add_endpoint(
        session,
        MOST_ENDPOINTS,
        id=own,
        name=wanted.name,
        url=wanted.url,
        kinds=sorted(kind.value for kind in wanted.kinds),
        hall_id=hall.id if hall else None,
        status_at=now,
        created_at=now,
        secret_sealed=vault.seal(secret, field=SECRET_FIELD),
    )
    store.begin_here(session, own, hall.id if hall else None)
    _noted(session, "webhook.registered", store.endpoint(session, own), by, now)
    return Told(one(session, own), secret)


def new_secret() -> str:
    """Return a random secret as receivers write it."""
    return secret_of(os.urandom(SECRET_BYTES))


def webhooks(session: Session) -> list[WebhookView]:
    """Return all webhooks in the order of their making."""
    counts, halls = store.counts(session), {hall.id: hall for hall in catalogue.halls(session)}
    return [
        _view(own, halls.get(own.hall_id) if own.hall_id else None, counts)
        for own in store.endpoints(session)
    ]


def untold(session: Session) -> list[str]:
    """Return the names of webhooks that were paused because they failed for too long."""
    return [own.name for own in store.endpoints(session) if own.status is EndpointStatus.FAILING]


def one(session: Session, webhook_id: WebhookId) -> WebhookView:
    """Return a webhook; raises ``WebhookNotFound``."""
    own = store.endpoint(session, webhook_id)
    hall = catalogue.hall(session, own.hall_id) if own.hall_id else None
    return _view(own, hall, store.counts(session))


def _view(
    own: Endpoint, hall: Hall | None, counts: dict[tuple[WebhookId, DeliveryStatus], int]
) -> WebhookView:
    return WebhookView(
        own,
        hall,
        waiting=sum(counts.get((own.id, status), 0) for status in OPEN),
        set_aside=counts.get((own.id, DeliveryStatus.SET_ASIDE), 0),
        may=frozenset(
            action
            for status, action in ENDPOINT_TRANSITIONS
            if status is own.status and action is not _F.GIVE_UP
        ),
    )


def deliveries(
    session: Session, webhook_id: WebhookId, *, status: DeliveryStatus | None = None, limit: int = LISTED
) -> Deliveries:
    """Return a webhook's latest deliveries; raises ``WebhookNotFound``."""
    found = one(session, webhook_id)
    halls = {hall.id: hall for hall in catalogue.halls(session)}
    return Deliveries(found, tuple(store.latest(session, webhook_id, status=status, limit=limit)), halls)


def move(
    session: Session, webhook_id: WebhookId, action: EndpointAction, *, by: Staff | Actor, clock: Clock
) -> WebhookView:
    """Pause or resume a webhook; what happened meanwhile is told when it goes on, as far as it is kept.

    Raises ``WebhookNotFound``, ``WebhookNotPossible``.
    """
    now = clock.now()
    own = store.lock_endpoint(session, webhook_id)
    after = ENDPOINT_TRANSITIONS.get((own.status, action))
    if after is None or action is _F.GIVE_UP:
        raise WebhookNotPossible(status=own.status)
    fresh = {"failures": 0, "failing_since": None, "rest_until": None}
    store.change(session, own.id, status=after.value, status_at=now, **(fresh if action is _F.RESUME else {}))
    if action is _F.RESUME:
        store.bring_forward(session, own.id, now)
    _noted(session, f"webhook.{action.value}", own, by, now)
    return one(session, own.id)


def replace_secret(
    session: Session, webhook_id: WebhookId, *, by: Staff | Actor, clock: Clock, vault: Vault
) -> Told:
    """Give a webhook another secret; for a day the one before signs too. Raises ``WebhookNotFound``."""
    now, secret = clock.now(), new_secret()
    own = store.lock_endpoint(session, webhook_id)
    store.change(
        session,
        own.id,
        secret_sealed=vault.seal(secret, field=SECRET_FIELD),
        old_secret_sealed=own.secret_sealed,
        old_secret_until=now + OLD_SECRET_LASTS,
    )
    _noted(session, "webhook.secret", own, by, now)
    return Told(one(session, own.id), secret)


def end_old_secret(
    session: Session, webhook_id: WebhookId, *, by: Staff | Actor, clock: Clock
) -> WebhookView:
    """Let the secret that was replaced sign no more: it may be known. Raises ``WebhookNotFound``."""
    now = clock.now()
    own = store.lock_endpoint(session, webhook_id)
    store.change(session, own.id, old_secret_sealed=None, old_secret_until=None)
    _noted(session, "webhook.old_secret_ended", own, by, now)
    return one(session, own.id)


def ping(session: Session, webhook_id: WebhookId, *, by: Staff | Actor, clock: Clock) -> WebhookView:
    """Send a test event; raises ``WebhookNotFound``, ``WebhookNotPossible`` for one that is paused."""
    now = clock.now()
    own = _active(session, webhook_id)
    times = {"created_at": now, "due_at": now, "not_after": now + TRIED_FOR}
    row = {"id": uuid7(), "webhook_id": own.id, "kind": PING, "body": ping_body(now), "in_line": False}
    store.add_deliveries(session, [row | times])
    store.change(session, own.id, rest_until=None)  # whoever tries it now wants to know now
    _noted(session, "webhook.pinged", own, by, now)
    return one(session, own.id)


def redeliver(
    session: Session, webhook_id: WebhookId, delivery_id: DeliveryId, *, by: Staff | Actor, clock: Clock
) -> WebhookView:
    """Send a delivery that has ended again, under its old id.

    Raises ``WebhookNotFound``, ``DeliveryNotFound``, ``WebhookNotPossible``.
    """
    own = _active(session, webhook_id)
    found = store.delivery(session, delivery_id)
    if found.webhook_id != own.id:
        raise DeliveryNotFound(delivery=delivery_id)
    if (found.status, DeliveryAction.REDELIVER) not in DELIVERY_TRANSITIONS:
        raise WebhookNotPossible(status=found.status)
    return _sent_again(session, own, [found], by, clock.now())


def redeliver_set_aside(
    session: Session, webhook_id: WebhookId, *, by: Staff | Actor, clock: Clock
) -> WebhookView:
    """Send again what was set aside, the oldest ``REDELIVERED_AT_ONCE`` first.

    Raises ``WebhookNotFound``, ``WebhookNotPossible``.
    """
    own = _active(session, webhook_id)
    found = store.lock_set_aside(session, webhook_id, limit=REDELIVERED_AT_ONCE)
    return _sent_again(session, own, found, by, clock.now())


def _active(session: Session, webhook_id: WebhookId) -> Endpoint:
    own = store.lock_endpoint(session, webhook_id)
    if own.status is not EndpointStatus.ACTIVE:
        raise WebhookNotPossible(status=own.status)
    return own


def _sent_again(
    session: Session, own: Endpoint, found: list[Delivery], by: Staff | Actor, now: datetime
) -> WebhookView:
    """Put deliveries back, out of line: their hall has gone on since."""
    for each in found:
        store.act(
            session,
            each,
            DeliveryAction.REDELIVER,
            attempts=0,
            in_line=False,
            due_at=now,
            not_after=now + TRIED_FOR,
            ended_at=None,
        )
    _noted(session, "webhook.redelivered", own, by, now, n=len(found))
    return one(session, own.id)


def remove(session: Session, webhook_id: WebhookId, *, by: Staff | Actor, clock: Clock) -> WebhookView:
    """Remove a webhook with all its deliveries; raises ``WebhookNotFound``. Returns what it was."""
    own = store.lock_endpoint(session, webhook_id)
    was = one(session, own.id)
    store.remove_endpoint(session, own.id)
    _noted(session, "webhook.removed", own, by, clock.now())
    return was


def _noted(session: Session, what: str, own: Endpoint, by: Staff | Actor, now: datetime, **more: int) -> None:
    """Write who did it; of the address its host alone, since a path may hold a token."""
    said = {"name": own.name, "host": urlsplit(own.url).netloc, **more}
    note(session, what, by=by, hall_id=own.hall_id, at=now, subject=str(own.id), detail=said)
