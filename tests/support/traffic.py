"""Clients that do not give up: each intention has one key and is asked for until it is answered."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.support.small_city import SmallCity

PATIENCE_S = 10.0  # an answer of whatever kind comes within this, or it counts as hung
AGAIN_AFTER_S = 0.15


@dataclass(slots=True)
class Tally:
    """What the clients saw: ``statuses`` of all answers, ``broken`` tries without one, ``hung`` ones."""

    asked: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    broken: int = 0
    hung: int = 0
    slowest_s: float = 0.0
    longest_gap_s: float = 0.0
    acknowledged_at: float = field(default_factory=time.monotonic)

    def answered(self, answer: httpx2.Response, took_s: float) -> None:
        self.statuses[answer.status_code] += 1
        self.slowest_s = max(self.slowest_s, took_s)
        if answer.status_code >= 500:
            self._judge(answer)
        if answer.status_code == 200:
            now = time.monotonic()
            self.longest_gap_s = max(self.longest_gap_s, now - self.acknowledged_at)
            self.acknowledged_at = now

    def _judge(self, answer: httpx2.Response) -> None:
        """A server that cannot serve says so as a problem document, and when to come again."""
        kind = answer.headers.get("content-type", "")
        if answer.status_code != 503 or "retry-after" not in answer.headers or "problem+json" not in kind:
            self.faults.append(f"{answer.status_code} {answer.text[:200]}")

    @property
    def figures(self) -> dict[str, Any]:
        """The figures that every drill tells."""
        return {
            "requests": self.asked,
            "ok": self.statuses[200],
            "busy": self.statuses[503],
            "broken": self.broken,
            "faults": len(self.faults),
            "hung": self.hung,
            "slowest_s": self.slowest_s,
            "longest_outage_s": self.longest_gap_s,
        }


class Traffic:
    """A hall's life by its public API, over one or several processes that serve it.

    ``urls`` may change meanwhile, as a front server's list does; ``called_at``: when a call was acknowledged.
    """

    def __init__(self, urls: list[str], city: SmallCity, *, repeats: bool = True) -> None:
        self._urls = urls
        self._city = city
        self._repeats = repeats
        self._stop = False
        self._turn = 0
        self.tally = Tally()
        self.issued: list[str] = []
        self.called: list[str] = []
        self.called_at: dict[str, float] = {}
        self.booked: list[str] = []

    @asynccontextmanager
    async def running(
        self, *, kiosks: int = 4, desks: int = 3, citizens: int = 0, pause_s: float = 0.05
    ) -> AsyncIterator[Traffic]:
        """Let them come until the block ends; what has begun is seen to its end."""
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=50)
        async with httpx2.AsyncClient(timeout=PATIENCE_S, limits=limits) as http:
            work = [self._kiosk(http, pause_s) for _ in range(kiosks)]
            work += [self._desk(http, place, pause_s) for place in range(desks)]
            work += [self._citizen(http, number, citizens, pause_s) for number in range(citizens)]
            self.tally.acknowledged_at = time.monotonic()
            tasks = [asyncio.create_task(own) for own in work]
            try:
                yield self
            finally:
                self._stop = True
                await asyncio.gather(*tasks)

    def stop(self) -> None:
        """Let nobody begin anything new."""
        self._stop = True

    async def ask(
        self, http: httpx2.AsyncClient, path: str, body: dict[str, Any] | None, token: str = "", **more: str
    ) -> httpx2.Response | None:
        """Return the answer that is no 503; None from clients that do not repeat and got none."""
        headers = {"Idempotency-Key": uuid4().hex, **more}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        while True:
            answer = await self._try(http, path, body, headers)
            if answer is not None and answer.status_code < 500:
                return answer
            if not self._repeats:
                return answer
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _try(
        self, http: httpx2.AsyncClient, path: str, body: Any, headers: dict[str, str]
    ) -> httpx2.Response | None:
        self._turn += 1
        begun = time.monotonic()
        self.tally.asked += 1
        url = self._urls[self._turn % len(self._urls)]
        try:
            answer = await http.post(f"{url}/api/v1{path}", json=body, headers=headers)
        except httpx2.TimeoutException:
            self.tally.hung += 1
            return None
        except httpx2.HTTPError:
            self.tally.broken += 1
            return None
        self.tally.answered(answer, time.monotonic() - begun)
        return answer

    async def _until_stopped(self, once: Callable[[], Awaitable[None]], pause_s: float) -> None:
        while not self._stop:
            await once()
            await asyncio.sleep(pause_s)

    async def _kiosk(self, http: httpx2.AsyncClient, pause_s: float) -> None:
        async def take_a_number() -> None:
            answer = await self.ask(
                http, "/halls/H1/tickets", {"services": ["id-card"]}, self._city.tokens["kiosk"]
            )
            if answer is not None and answer.status_code == 200:
                self.issued.append(answer.json()["ticket"]["label"])

        await self._until_stopped(take_a_number, pause_s)

    async def _desk(self, http: httpx2.AsyncClient, place: int, pause_s: float) -> None:
        window, token = self._city.windows[place], self._city.tokens[f"clerk{place + 1}"]
        await self.ask(http, f"/windows/{window}/open", None, token)

        async def serve_one() -> None:
            called = await self.ask(http, f"/windows/{window}/call-next", None, token)
            if called is None or called.status_code != 200:
                return
            ticket = called.json()
            self.called.append(ticket["label"])
            self.called_at[ticket["label"]] = time.monotonic()
            for step in ("start", "finish"):
                await self.ask(http, f"/tickets/{ticket['id']}/{step}", None, token)

        await self._until_stopped(serve_one, pause_s)

    async def _citizen(self, http: httpx2.AsyncClient, number: int, of: int, pause_s: float) -> None:
        times = await self._free_times(http)
        turn = 0

        async def book() -> None:
            nonlocal turn
            mine = number + of * turn
            turn += 1
            if mine >= len(times):  # all taken: nothing is left to ask for
                return
            address = {"X-Forwarded-For": f"203.0.{mine // 250}.{mine % 250}"}
            asked = {"hall": "H1", "services": ["id-card"], "starts_at": times[mine]}
            held = await self.ask(http, "/appointments/holds", asked, **address)
            if held is None or held.status_code != 200:
                return
            person = {"token": held.json()["token"], "name": "王小明", "phone": f"1380013{mine:04d}"}
            done = await self.ask(http, "/appointments/confirm", person, **address)
            if done is not None and done.status_code == 200:
                self.booked.append(done.json()["id"])

        await self._until_stopped(book, pause_s)

    async def _free_times(self, http: httpx2.AsyncClient) -> list[str]:
        """Return when a place is free, a time as often as it has places."""
        while True:
            with suppress(httpx2.HTTPError):
                answer = await http.get(f"{self._urls[0]}/api/v1/halls/H1/slots?service=id-card&days=7")
                if answer.status_code == 200:
                    slots = [slot for day in answer.json()["days"] for slot in day["slots"]]
                    return [slot["starts_at"] for slot in slots for _ in range(slot["free"])]
            await asyncio.sleep(AGAIN_AFTER_S)
