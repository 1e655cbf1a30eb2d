"""Messages go out: one leader claims what is due, hands it to the gateway, and writes what became of it."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from booking.messages import sending, tickets
from booking.messages.gateway import BATCH, Delivery
from booking.messages.sending import Outcome
from booking.messages.store import any_due
from kernel.bus import BusDown
from kernel.clock import monotonic
from kernel.errors import Refusal

if TYPE_CHECKING:
    from booking.messages.gateway import Gateway
    from booking.messages.sending import Outgoing
    from kernel.web.parts import Parts

log = structlog.get_logger(__name__)

EVERY_S = 1.0  # a confirmation is there within 60 s; most of that is the operator's
LEADS_FOR_S = 30.0  # longer than a gateway may take over a batch
SOON_EVERY_S = 5.0  # who is three places from the call has minutes


class Sender:
    """Sends what is due. Killed at any point, it loses nothing: what it had claimed is claimed again.

    The leader lock only saves work: two senders share the messages by their claims.
    """

    def __init__(self, parts: Parts, gateway: Gateway | None) -> None:
        self._parts = parts
        self._gateway = gateway
        self._holder = uuid4().hex
        self._looked = float("-inf")
        self._away = False

    async def run(self) -> None:
        """Send until cancelled; return at once where no messages are set up."""
        if self._gateway is None:
            return
        try:
            while True:
                if await self._leads():
                    await self._once_in_a_while()
                await asyncio.sleep(EVERY_S)
        finally:
            with suppress(BusDown):
                await self._parts.bus.resign("messages", self._holder)

    async def _leads(self) -> bool:
        """Return whether this process sends; without the bus each does, since nobody knows who leads."""
        try:
            return await self._parts.bus.lead("messages", self._holder, ttl_s=LEADS_FOR_S)
        except BusDown:
            return True

    async def _once_in_a_while(self) -> None:
        """Do a round; what goes wrong is tried again with the next one, and the log says it once.

        Even an error of ours must not end the process that also calls people: what was claimed is claimed
        again when its lease is over.
        """
        try:
            if monotonic() - self._looked >= SOON_EVERY_S:
                self._looked = monotonic()
                await self.look_at_tickets()
            while await self.send_due() == BATCH:
                pass
        except Refusal as refused:
            if not self._away:
                log.warning("messages wait", code=refused.code)
            self._away = True
        except Exception:
            if not self._away:
                log.exception("an error of ours while sending messages")
            self._away = True
        else:
            self._away = False

    async def look_at_tickets(self) -> None:
        """Plan the message of every ticket that is soon due, and forget the numbers of those that ended."""
        here = self._parts
        now = here.clock.now()
        found = await here.database.read(tickets.look_round, now=now)
        if found:
            await here.database.write(tickets.follow_up, found, clock=here.clock, vault=here.vault)

    async def send_due(self) -> int:
        """Send one batch of what is due and return how many messages were claimed."""
        here, gateway = self._parts, self._gateway
        if gateway is None or not await here.database.read(any_due, here.clock.now()):
            return 0
        room = gateway.room
        if room == 0:
            return 0
        claimed = await here.database.write(sending.claim_due, clock=here.clock, vault=here.vault, limit=room)
        outcomes = await asyncio.gather(*(self._send(gateway, own) for own in claimed))
        await here.database.write(sending.settle, outcomes, clock=here.clock)
        failed = [own.delivery.reason for own in outcomes if not own.delivery.accepted]
        if failed:
            log.warning("messages not taken over", n=len(failed), reasons=sorted(set(failed)))
        return len(claimed)

    async def _send(self, gateway: Gateway, message: Outgoing) -> Outcome:
        """Send one message; an error of ours is a failed try of this one and spoils no other of its batch."""
        try:
            delivery = await gateway.send(message)
        except Exception:
            log.exception("an error of ours while sending a message", key=str(message.key))
            delivery = Delivery(accepted=False, reason="our-error")
        return Outcome(message, delivery, random.random())  # noqa: S311 - spreads tries, hides nothing
