"""A simulated clerk at a window: opens it, calls, waits for the citizen, serves, and closes by plan."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from math import log, sqrt
from typing import TYPE_CHECKING, Any

from sim.live.demand import MISSED_SHARE
from sim.live.raters import leave

if TYPE_CHECKING:
    from random import Random

    from sim.live.api import Answer
    from sim.live.hall import Hall
    from sim.live.tokens import ClerkKey

IDLE_S = 120.0  # real seconds after which an idle clerk tries by itself, should all news have been missed
QUIET_S = 90.0  # real seconds without a touch after which a window that a visitor worked at is taken back
LOOK_S = 15.0
PARKED_SHARE, TRANSFER_SHARE, REINSTATED_SHARE = 0.015, 0.01, 0.6
BREAK_SHARE = 0.01  # of finished tickets after which the clerk steps out for some minutes
WALK_CV = 0.4

_MOVED = ("not-possible-now", "not-your-window", "ticket-not-found", "window-busy")
_WINDOW = ("not-possible-now", "window-taken", "window-busy")


class SomebodyElse(Exception):
    """A visitor of the demo works at this window: the simulated clerk keeps its hands off."""


class GoneHome(Exception):
    """The citizen gave up while the call was on its way: nobody else is at work here."""


class Clerk:
    """One clerk at one window until the plan closes it."""

    def __init__(self, hall: Hall, key: ClerkKey, window_id: str) -> None:
        self._hall, self._key, self._window = hall, key, window_id
        self._chance, self._pace = hall.chance, hall.pace

    async def work(self) -> None:
        """Open the window, serve until the plan closes it and nobody is left, then close it."""
        while True:
            try:
                if not await self._open():
                    return
                await self._serve_all()
                await self._window_post("close")
                return
            except SomebodyElse:
                await self._until_quiet()

    # --- the window ---------------------------------------------------------------------------------

    async def _open(self) -> bool:
        """Make the window ready; whoever is at it already is served first. False: a colleague has it."""
        window = (await self._desk())["window"]
        if window["clerk_id"] not in (None, self._key.id):
            return False
        if window["status"] != "open":
            answer = await self._window_post("open" if window["status"] == "closed" else "resume")
            return answer.done
        if window["ticket"] is not None:
            with suppress(GoneHome):
                await self._serve(window["ticket"])
        return True

    async def _desk(self) -> Any:
        return (await self._hall.api.get(f"/windows/{self._window}/desk", token=self._key.token)).body

    async def _window_post(self, verb: str) -> Answer:
        path = f"/windows/{self._window}/{verb}"
        return await self._hall.api.post(path, token=self._key.token, expects=_WINDOW)

    async def _until_quiet(self) -> None:
        """Wait until nobody has touched the window for a while."""
        while True:
            await self._pace.sleep_real(LOOK_S)
            since = (await self._desk())["window"]["since"]
            touched = datetime.fromisoformat(since) if since else None
            if touched is None or self._pace.now() - touched > self._pace.real(QUIET_S):
                return

    async def _break(self) -> None:
        if (await self._window_post("pause")).done:
            await self._minutes(self._chance.uniform(4, 9))
            if not (await self._window_post("resume")).done:
                raise SomebodyElse

    # --- citizens -----------------------------------------------------------------------------------

    async def _serve_all(self) -> None:
        while True:
            called = await self._hall.api.post(
                f"/windows/{self._window}/call-next",
                token=self._key.token,
                expects=("nobody-waiting", "window-not-open", "window-taken", "window-busy"),
            )
            if called.done:
                with suppress(GoneHome):
                    await self._serve(called.body)
                await self._minutes(self._chance.uniform(0.05, 0.2))
            elif called.refusal != "nobody-waiting":
                raise SomebodyElse
            elif self._window not in self._hall.staffed():
                return
            else:
                await self._hall.wait_for_somebody(self._window, IDLE_S)

    async def _serve(self, ticket: Any) -> None:
        """See one citizen through, from the call on or from wherever the ticket stands."""
        self._hall.waiting.pop(ticket["id"], None)
        if ticket["status"] == "called":
            if self._chance.random() < MISSED_SHARE:
                return await self._miss(ticket)
            await self._minutes(lognormal(self._chance, self._hall.plan.demand.walk_seconds / 60, WALK_CV))
            await self._move(ticket, "start")
            share = 1.0
        else:
            share = self._chance.random()  # somewhere in the middle of it when the demo began
        return await self._at_window(ticket, self._minutes_of(ticket) * share)

    async def _at_window(self, ticket: Any, minutes: float) -> None:
        fate = self._chance.random()
        if fate < PARKED_SHARE:
            await self._minutes(minutes * 0.3)
            await self._move(ticket, "park")
            self._later(ticket, "resume", self._chance.uniform(8, 25))
        elif fate < PARKED_SHARE + TRANSFER_SHARE and self._other_queues(ticket):
            await self._minutes(minutes * 0.5)
            queue_id = self._chance.choice(self._other_queues(ticket))
            await self._move(ticket, "transfer", {"queue_id": queue_id})
            self._hall.somebody_came(queue_id)
        else:
            await self._minutes(minutes)
            await self._move(ticket, "finish")
            leave(self._hall, ticket)
            if self._chance.random() < BREAK_SHARE:
                await self._break()

    async def _miss(self, ticket: Any) -> None:
        """Call once more, wait a minute, give the call up; some come back and are put back in line."""
        await self._minutes(self._chance.uniform(0.5, 1.0))
        await self._move(ticket, "recall")
        await self._minutes(1.0)
        await self._move(ticket, "miss")
        if self._chance.random() < REINSTATED_SHARE:
            self._later(ticket, "reinstate", self._chance.uniform(2, 10))

    async def _move(self, ticket: Any, verb: str, body: dict[str, object] | None = None) -> None:
        """Do something to the ticket at the window.

        Raises ``GoneHome`` when the citizen was quicker, ``SomebodyElse`` when a visitor was.
        """
        answer = await self._hall.api.post(
            f"/tickets/{ticket['id']}/{verb}", body, token=self._key.token, expects=_MOVED
        )
        if not answer.done:
            raise GoneHome if ticket["id"] in self._hall.gone else SomebodyElse

    def _later(self, ticket: Any, verb: str, minutes: float) -> None:
        async def deed() -> None:
            path = f"/tickets/{ticket['id']}/{verb}"
            answer = await self._hall.api.post(path, token=self._key.token, expects=_MOVED)
            if answer.done:
                self._hall.somebody_came(answer.body["queue_id"])

        self._hall.agenda.within(minutes, deed)

    def _other_queues(self, ticket: Any) -> list[str]:
        open_now = {queue for queues in self._hall.staffed().values() for queue in queues}
        return sorted(open_now - {ticket["queue_id"]})

    def _minutes_of(self, ticket: Any) -> float:
        """Draw how long this citizen's service takes."""
        item = self._hall.city.services[ticket["services"][0]["code"]]
        return lognormal(self._chance, item.minutes * self._hall.plan.demand.service_factor, item.cv)

    async def _minutes(self, minutes: float) -> None:
        await self._pace.sleep(timedelta(minutes=minutes))


def lognormal(chance: Random, mean: float, cv: float) -> float:
    """Draw from the lognormal distribution with this mean and coefficient of variation."""
    variance = log(1 + cv**2)
    return chance.lognormvariate(log(mean) - variance / 2, sqrt(variance))
