"""Webhooks go out: one leader hands events on, claims what is due, lets the courier post it, and settles."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

import structlog

from app.child import Child, ChildDied
from booking.rules.webhooks import OUR_FAULT, Answered
from booking.webhooks import handing_on, sending
from kernel.bus import BusDown
from kernel.clock import monotonic
from kernel.errors import Refusal

if TYPE_CHECKING:
    from booking.webhooks.sending import Outgoing
    from kernel.web.parts import Parts

log = structlog.get_logger(__name__)

EVERY_S = 1.0  # an event is posted within two seconds of its commit
LEADS_FOR_S = 30.0
IDLE_FOR_S = 120.0  # a city without webhooks keeps no courier
TIDIED_EVERY_S = 60.0
ANSWERS_WITHIN_S = 30.0  # the courier itself gives up after half of it


class Carrier(Protocol):
    """Posts a delivery; never raises for a receiver that is away."""

    async def post(self, own: Outgoing) -> Answered: ...

    async def rest(self) -> None: ...


class Courier:
    """The carrier of an installation: a process of its own, started with the first delivery."""

    def __init__(self) -> None:
        self._child: Child | None = None
        self._waiting: dict[str, asyncio.Future[Answered]] = {}
        self._listening: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The courier's process, while there is one."""
        return self._child.pid if self._child is not None and self._child.alive else None

    async def post(self, own: Outgoing) -> Answered:
        """Let the courier post; one that died has perhaps posted it: it is tried again under the same id."""
        key = f"{own.id}/{own.attempt}"
        self._waiting[key] = asyncio.get_running_loop().create_future()
        try:
            child = await self._running()
            words = {"url": own.url, "body": own.body, "headers": own.headers, "named": own.named}
            await child.send({"id": key, **words})
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                return await self._waiting[key]
        except (ChildDied, TimeoutError, OSError):
            await self.rest()
            return Answered(None, OUR_FAULT)
        finally:
            self._waiting.pop(key, None)

    async def _running(self) -> Child:
        async with self._starting:
            if self._child is None or not self._child.alive:
                await self.rest()
                self._child = await Child.start("app.courier")
                self._listening = asyncio.create_task(self._listen(self._child))
            return self._child

    async def _listen(self, child: Child) -> None:
        with suppress(ChildDied):
            while True:
                frame = await child.receive()
                waiting = self._waiting.get(frame["id"])
                if waiting is not None and not waiting.done():
                    waiting.set_result(Answered(**frame["answered"]))
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ChildDied("the courier is gone"))

    async def rest(self) -> None:
        """End the process; the next delivery starts another."""
        child, self._child = self._child, None
        if child is not None:
            await child.stop()
        if self._listening is not None:
            listening, self._listening = self._listening, None
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening


class Webhooks:
    """Keeps deliveries going. Killed at any point, it loses none: what it had claimed is claimed again.

    The leader lock only saves work: two of them share halls and deliveries by cursors and claims.
    """

    def __init__(self, parts: Parts, carrier: Carrier) -> None:
        self._parts = parts
        self._carrier = carrier
        self._holder = uuid4().hex
        self._woken = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._away = False
        self._tidied = float("-inf")
        self._busy_at = monotonic()

    async def run(self) -> None:
        """Go round until cancelled."""
        try:
            while True:
                self._woken.clear()
                if await self._leads():
                    await self._once_in_a_while()
                with suppress(TimeoutError):
                    async with asyncio.timeout(EVERY_S):
                        await self._woken.wait()
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)
            await self._carrier.rest()
            with suppress(BusDown):
                await self._parts.bus.resign("webhooks", self._holder)

    async def _leads(self) -> bool:
        """Return whether this process sends; without the bus each does, since nobody knows who leads."""
        try:
            return await self._parts.bus.lead("webhooks", self._holder, ttl_s=LEADS_FOR_S)
        except BusDown:
            return True

    async def _once_in_a_while(self) -> None:
        """Do a round; what goes wrong is tried again with the next one, and the log says it once."""
        try:
            await self.round()
        except Refusal as refused:
            if not self._away:
                log.warning("webhooks wait", code=refused.code)
            self._away = True
        except Exception:
            if not self._away:
                log.exception("an error of ours while sending webhooks")
            self._away = True
        else:
            self._away = False

    async def round(self) -> None:
        """Hand events on and send what is due; who answers slowly keeps nobody else waiting."""
        here = self._parts
        await self._tidy()
        if not await here.database.read(sending.anything_to_do, here.clock.now()):
            await self._rest()
            return
        while await here.database.write(handing_on.hand_on, clock=here.clock) == handing_on.HALLS_AT_ONCE:
            pass
        claimed = await here.database.write(
            sending.claim_due,
            clock=here.clock,
            vault=here.vault,
            allowed=here.settings.webhooks.allow_hosts,
        )
        for own in claimed:
            task = asyncio.create_task(self._deliver(own))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def settled(self) -> None:
        """Wait until what is under way has been answered; for tests."""
        while self._under_way:
            await asyncio.gather(*self._under_way)

    async def _deliver(self, own: Outgoing) -> None:
        """Post one delivery and write what became of it; an error of ours costs its receiver nothing."""
        try:
            answered = await self._carrier.post(own)
        except Exception:
            log.exception("an error of ours while posting", delivery=str(own.id))
            answered = Answered(None, OUR_FAULT)
        here, share = self._parts, random.random()  # noqa: S311 - spreads tries, hides nothing
        try:
            await here.database.write(sending.settle, own, answered, clock=here.clock, share=share)
        except Refusal as refused:  # it stays claimed, and is claimed again when its lease is over
            log.warning("delivery not settled", code=refused.code)
        except Exception:
            log.exception("an error of ours while settling", delivery=str(own.id))
        self._busy_at = monotonic()
        self._woken.set()  # the next of its hall may go

    async def _tidy(self) -> None:
        if monotonic() - self._tidied < TIDIED_EVERY_S:
            return
        self._tidied = monotonic()
        here = self._parts
        while await here.database.write(sending.tidy, clock=here.clock) >= sending.FORGOTTEN_AT_ONCE:
            await asyncio.sleep(0.2)

    async def _rest(self) -> None:
        if not self._under_way and monotonic() - self._busy_at > IDLE_FOR_S:
            await self._carrier.rest()
            self._busy_at = monotonic()
