"""Requests and responses of webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from booking.rules.webhook_address import LONGEST_URL
from booking.rules.webhooks import WebhookKind
from booking.webhooks.service import NewWebhook
from kernel.web.schemas import In, Out

if TYPE_CHECKING:
    from collections.abc import Mapping

    from booking.webhooks.service import Deliveries, Told, WebhookView
    from booking.webhooks.store import Delivery
    from kernel.catalogue import Hall
    from kernel.ids import HallId

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class WebhookIn(In):
    """An endpoint: ``hall`` is a hall's code; without one it is told of all halls."""

    name: Name
    url: str = Field(min_length=8, max_length=LONGEST_URL)
    kinds: frozenset[WebhookKind] = Field(min_length=1)
    hall: str | None = Field(default=None, max_length=32)

    def wanted(self) -> NewWebhook:
        return NewWebhook(self.name, self.url, self.kinds, self.hall)


class WebhookOut(Out):
    """A webhook without its secret.

    ``status``: active, paused (by a person) or failing (paused because it failed for a day, or answered 410);
    ``failing_since``: since when no delivery was taken; ``missed``: events that were no longer kept when it
    was resumed. ``waiting`` and ``set_aside`` count deliveries.
    """

    id: UUID
    name: str
    url: str
    kinds: list[WebhookKind]
    hall: str | None
    status: str
    status_at: datetime
    created_at: datetime
    old_secret_until: datetime | None
    failures: int
    failing_since: datetime | None
    delivered_at: datetime | None
    error: str
    missed: int
    waiting: int
    set_aside: int

    @classmethod
    def of(cls, found: WebhookView) -> Self:
        own = found.own
        plain = {name: getattr(own, name) for name in cls.model_fields if hasattr(own, name)}
        counts = {"waiting": found.waiting, "set_aside": found.set_aside}
        return cls(**plain | counts | {"hall": found.hall.code if found.hall else None})


class WebhookSecretOut(Out):
    """A webhook and its secret, which is told this once."""

    webhook: WebhookOut
    secret: str

    @classmethod
    def of(cls, told: Told) -> Self:
        return cls(webhook=WebhookOut.of(told.webhook), secret=told.secret)


class WebhooksOut(Out):
    webhooks: list[WebhookOut]

    @classmethod
    def of(cls, found: list[WebhookView]) -> Self:
        return cls(webhooks=[WebhookOut.of(own) for own in found])


class DeliveryOut(Out):
    """A delivery: ``id`` is its ``webhook-id``.

    ``status``: waiting, sending, delivered or set_aside; ``http_status`` and ``answer`` (its first 200
    characters) are the last try's, ``error`` says why there was no answer.
    """

    id: UUID
    kind: str
    hall: str | None
    seq: int | None
    status: str
    attempts: int
    created_at: datetime
    due_at: datetime
    tried_at: datetime | None
    ended_at: datetime | None
    http_status: int | None
    error: str
    answer: str
    took_ms: int | None
    body: str

    @classmethod
    def shown(cls, own: Delivery, halls: Mapping[HallId, Hall]) -> Self:
        plain = {name: getattr(own, name) for name in cls.model_fields if hasattr(own, name)}
        return cls(**plain | {"hall": halls[own.hall_id].code if own.hall_id else None})


class DeliveriesOut(Out):
    """The latest deliveries of a webhook, newest first."""

    webhook: WebhookOut
    deliveries: list[DeliveryOut]

    @classmethod
    def of(cls, found: Deliveries) -> Self:
        return cls(
            webhook=WebhookOut.of(found.webhook),
            deliveries=[DeliveryOut.shown(own, found.halls) for own in found.listed],
        )
