"""What a sender does with the database: claim what is due, then say what became of it.

A delivery is claimed before it goes out. A sender that dies in between leaves it claimed until the lease is
over; then it is claimed again and goes out under the same id, so that the receiver can drop the repeat.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from booking.rules.webhook_address import AddressRefused, address_of
from booking.rules.webhook_signature import headers_of
from booking.rules.webhooks import (
    ANSWER_KEPT,
    AT_ONCE,
    ENDPOINT_TRANSITIONS,
    GIVES_UP_AFTER,
    GONE,
    KEPT_DELIVERED,
    KEPT_SET_ASIDE,
    LEASE,
    OUR_FAULT,
    REST_AFTER,
    SECRET_UNREADABLE,
    DeliveryAction,
    DeliveryStatus,
    EndpointAction,
    EndpointStatus,
    again_at,
    is_taken,
    leaves_line,
    rest_after,
)
from booking.webhooks import store
from booking.webhooks.handing_on import anything_new
from kernel.clock import wall
from kernel.secrets import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlmodel import Session

    from booking.rules.webhooks import Answered
    from booking.webhooks.store import Delivery, Endpoint
    from kernel.clock import Clock
    from kernel.ids import DeliveryId, WebhookId
    from kernel.secrets import Vault

log = structlog.get_logger(__name__)

SECRET_FIELD = "webhook.secret"
AT_MOST = 40  # claimed by one unit of work
FORGOTTEN_AT_ONCE = 2_000

_A = DeliveryAction


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed delivery, signed and ready: ``attempt`` counts from 1; ``named``: see ``Address``."""

    id: DeliveryId
    webhook_id: WebhookId
    attempt: int
    url: str
    named: bool
    body: str
    headers: dict[str, str] = field(repr=False)


def anything_to_do(session: Session, now: datetime) -> bool:
    """Return whether there is something to hand on or to send, without holding the writer."""
    return anything_new(session) or store.any_due(session, now)


def claim_due(session: Session, *, clock: Clock, vault: Vault, allowed: Collection[str]) -> list[Outgoing]:
    """Claim deliveries that have been due longest, to each endpoint only as many as it takes at once.

    What comes back is this sender's until ``LEASE`` is over. After failures in a row an endpoint gets one
    delivery, to see whether it is back.
    """
    now, sent_at = clock.now(), wall(clock)
    claimed: list[Outgoing] = []
    for own in store.sendable(session, now):
        secrets = _secrets(own, vault, now)
        if not secrets:
            store.change(session, own.id, error=SECRET_UNREADABLE)
            _given_up(session, own, now)
            continue
        most = AT_ONCE if own.failures < REST_AFTER else 1
        room = min(most - store.on_their_way(session, own.id, now), AT_MOST - len(claimed))
        if room > 0:
            due = store.lock_due(session, own.id, now, limit=room)
            claimed += [
                _claim(session, own, each, now=now, sent_at=sent_at, secrets=secrets, allowed=allowed)
                for each in due
            ]
    return claimed


def _claim(
    session: Session,
    own: Endpoint,
    due: Delivery,
    *,
    now: datetime,
    sent_at: datetime,
    secrets: list[str],
    allowed: Collection[str],
) -> Outgoing:
    """Claim one; it is signed for ``sent_at``, the time that its receiver's clock shows."""
    attempt = due.attempts + 1
    store.act(session, due, _A.CLAIM, attempts=attempt, tried_at=now, lease_until=now + LEASE)
    try:
        named = address_of(own.url, allowed).named
    except AddressRefused:
        named = False  # the poster refuses it; a setting was taken back since it was registered
    headers = headers_of(secrets, str(due.id), int(sent_at.timestamp()), due.body)
    return Outgoing(due.id, own.id, attempt, own.url, named, due.body, headers)


def _secrets(own: Endpoint, vault: Vault, now: datetime) -> list[str]:
    """Return what signs for an endpoint, the present secret first; none where that cannot be read.

    One that cannot be read keeps no other endpoint from its deliveries.
    """
    old = own.old_secret_sealed
    counts = old is not None and own.old_secret_until is not None and now < own.old_secret_until
    secrets = []
    try:
        secrets.append(vault.open(own.secret_sealed, field=SECRET_FIELD))
        if old is not None and counts:
            secrets.append(vault.open(old, field=SECRET_FIELD))
    except UNREADABLE:
        log.error("a webhook's secret cannot be read", webhook=str(own.id))
    return secrets


def settle(session: Session, sent: Outgoing, answered: Answered, *, clock: Clock, share: float) -> None:
    """Write what became of a claimed delivery; what another sender has claimed since is left to it.

    ``share`` in 0 to 1 spreads the next try.
    """
    now = clock.now()
    # The endpoint first, as whoever removes or pauses it takes them.
    held = store.lock_endpoints(session, [sent.webhook_id])
    due = store.claimed(session, sent.id, sent.attempt)
    if due is None or not held:
        return
    own = held[0]
    said = {
        "http_status": answered.status,
        "error": answered.error[:40],
        "answer": answered.answer[:ANSWER_KEPT],
        "took_ms": answered.took_ms,
    }
    if is_taken(answered.status):
        store.act(session, due, _A.ACCEPT, ended_at=now, **said)
        _well(session, own, now)
        return
    if answered.error != OUR_FAULT:
        _unwell(session, own, answered, now)
    again = again_at(due.attempts, now=now, not_after=due.not_after, share=share)
    if again is None or answered.status == GONE:
        store.act(session, due, _A.SET_ASIDE, ended_at=now, **said)
    else:
        in_line = due.in_line and not _overtaken(due, own, answered)
        store.act(session, due, _A.RETRY, due_at=again, in_line=in_line, **said)


def _overtaken(due: Delivery, own: Endpoint, answered: Answered) -> bool:
    refused = answered.status is not None and 400 <= answered.status < 500
    others = own.delivered_at is not None and own.delivered_at >= due.created_at
    return leaves_line(due.attempts, refused=refused, others_taken=others)


def _well(session: Session, own: Endpoint, now: datetime) -> None:
    well = {"failures": 0, "failing_since": None, "rest_until": None, "error": ""}
    store.change(session, own.id, delivered_at=now, **well)
    if own.failures >= REST_AFTER:
        store.bring_forward(session, own.id, now)


def _unwell(session: Session, own: Endpoint, answered: Answered, now: datetime) -> None:
    """Count a failure; those that were sent at the same time as one that let it rest are no more of it."""
    if own.rest_until is not None and now < own.rest_until and answered.status != GONE:
        return
    failures = own.failures + 1
    since = own.failing_since or now
    rest = rest_after(failures)
    said = answered.error or f"status-{answered.status}"
    until = now + rest if rest else None
    store.change(session, own.id, failures=failures, failing_since=since, rest_until=until, error=said[:40])
    if answered.status == GONE and own.status is EndpointStatus.ACTIVE:
        _given_up(session, own, now)


def _given_up(session: Session, own: Endpoint, now: datetime) -> None:
    after = ENDPOINT_TRANSITIONS[own.status, EndpointAction.GIVE_UP]
    store.change(session, own.id, status=after.value, status_at=now, rest_until=None)


def tidy(session: Session, *, clock: Clock) -> int:
    """Set aside what is past its time, pause who failed for too long, forget what ended long ago.

    Returns how many were forgotten.
    """
    now = clock.now()
    for own in store.lock_endpoints(session, store.long_failing(session, now - GIVES_UP_AFTER)):
        if own.status is EndpointStatus.ACTIVE and own.failing_since is not None:
            _given_up(session, own, now)
    store.set_aside_late(session, now)
    kept = {DeliveryStatus.DELIVERED: KEPT_DELIVERED, DeliveryStatus.SET_ASIDE: KEPT_SET_ASIDE}
    return sum(
        store.forget_ended(session, status, now - age, limit=FORGOTTEN_AT_ONCE)
        for status, age in kept.items()
    )
