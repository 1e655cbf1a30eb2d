"""What tests of webhooks share: a city whose events are posted to a receiver on loopback."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from app.webhooks import Webhooks
from booking.rules.webhooks import WebhookKind
from booking.webhooks import service as hooks
from booking.webhooks.posting import Poster
from booking.webhooks.tables import WebhookDeliveryRow, WebhookRow
from kernel.identity import CITIZEN, SYSTEM
from kernel.settings import WebhookSettings
from queueing import service
from tests.support.receiver import loopback_receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from booking.rules.webhooks import Answered
    from booking.webhooks.sending import Outgoing
    from kernel.database import Database
    from kernel.ids import HallId, WebhookId
    from kernel.web.parts import Parts
    from tests.support.receiver import Receiver
    from tests.support.small_city import SmallCity

HOOKS, DELIVERIES = WebhookRow.__table__, WebhookDeliveryRow.__table__  # type: ignore[attr-defined]
ALLOWED = frozenset({"127.0.0.1"})
EVERYTHING = frozenset(WebhookKind)


class InThisProcess:
    """A carrier without a process of its own."""

    def __init__(self) -> None:
        self._poster = Poster()

    async def post(self, own: Outgoing) -> Answered:
        return await self._poster.post(own.url, own.body, own.headers, named=own.named)

    async def rest(self) -> None:
        """There is nothing to end."""


@dataclass
class Town:
    """A city with its webhooks: what people do in it, and what becomes of it outside."""

    parts: Parts
    city: SmallCity

    @property
    def database(self) -> Database:
        return self.parts.database

    def register(self, url: str, **changes: Any) -> hooks.Told:
        wanted = {"name": "platform", "url": url, "kinds": EVERYTHING, "hall": None, **changes}
        return self.database.write_now(
            hooks.register, hooks.NewWebhook(**wanted), by=SYSTEM, clock=self.parts.clock,
            vault=self.parts.vault, allowed=ALLOWED,
        )  # fmt: skip

    def issue(self, hall: HallId | None = None) -> str:
        issued = self.database.write_now(
            service.issue_ticket, hall or self.city.hall, [self.city.services["id-card"]],
            priority=False, by=CITIZEN, clock=self.parts.clock, vault=self.parts.vault,
        )  # fmt: skip
        return issued.ticket.label

    def sender(self) -> Webhooks:
        return Webhooks(self.parts, InThisProcess())

    async def send(self, rounds: int = 1) -> None:
        sender = self.sender()
        for _ in range(rounds):
            await sender.round()
            await sender.settled()

    def rows(self) -> list[Any]:
        return self.database.read_now(
            lambda session: list(session.execute(select(DELIVERIES).order_by(DELIVERIES.c.id)))
        )

    def hook(self, webhook_id: WebhookId) -> hooks.WebhookView:
        return self.database.read_now(hooks.one, webhook_id)

    def do(self, use_case: Any, *args: Any, **kwargs: Any) -> Any:
        return self.database.write_now(use_case, *args, by=SYSTEM, clock=self.parts.clock, **kwargs)


@pytest.fixture
def town(parts: Parts, city: SmallCity) -> Town:
    settings = parts.settings.model_copy(update={"webhooks": WebhookSettings(allow_hosts=ALLOWED)})
    return Town(replace(parts, settings=settings), city)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with loopback_receiver() as made:
        yield made
