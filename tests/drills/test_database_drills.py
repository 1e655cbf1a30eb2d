"""PostgreSQL crashes under clients that repeat: nothing acknowledged is lost, nothing is done twice."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from typing import TYPE_CHECKING

import pytest

from kernel.database import Database
from kernel.secrets import Vault
from tests.support.followers import following
from tests.support.postgres import Crashing, packaged_server
from tests.support.program import program
from tests.support.reckoning import reckon
from tests.support.small_city import seed_small_city
from tests.support.traffic import PATIENCE_S, Traffic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.clock import ManualClock
    from tests.support.figures import Figures
    from tests.support.program import Program

pytestmark = [pytest.mark.drill, pytest.mark.postgres, pytest.mark.timeout(600)]

CRASHES = 5
BACK_WITHIN_S = 5.0  # the service after the database
AWAY_S = 4.0  # longer than a request waits for a connection, so that some are answered while it is away
SCREENS = 10


@pytest.fixture(scope="module")
def crashing() -> Iterator[Crashing]:
    """A PostgreSQL of these drills' own, as careful about the disk as a city's."""
    if "JINBAN_TEST_POSTGRES" in os.environ:
        pytest.skip("a server that is not ours is not crashed")
    packaged = packaged_server(tempfile.mkdtemp(prefix="jinban-crash-"))
    yield Crashing(packaged)
    packaged.cleanup()


@pytest.fixture
def crashed(crashing: Crashing, vault: Vault) -> Iterator[Database]:
    url = crashing.server.lend()
    database = Database(url, pool_size=2)
    database.carry(vault=vault)
    yield database
    database.close()
    crashing.server.drop(url)


async def answer_of(running: Program) -> tuple[int, float]:
    """Return what ``/readyz`` answers and how long it took."""
    begun = time.monotonic()
    return await asyncio.to_thread(running.ready), time.monotonic() - begun


@pytest.mark.parametrize("away_s", [0.0, AWAY_S], ids=["restarted at once", "away for a while"])
async def test_a_database_that_crashes_loses_nothing_and_is_back_without_a_hand(
    crashing: Crashing, crashed: Database, vault: Vault, clock: ManualClock, figures: Figures, away_s: float
) -> None:
    city = crashed.write_now(seed_small_city, vault=vault, clock=clock)
    back, refused, slowest_ready = [], 0, 0.0
    with program(crashed) as running:
        traffic = Traffic([running.url], city)
        async with following([running.live()], SCREENS) as screens:
            async with traffic.running(kiosks=4, desks=3, citizens=3):
                for _ in range(CRASHES):
                    await asyncio.sleep(3)
                    if away_s:
                        await asyncio.to_thread(crashing.crash)
                        gone_at = time.monotonic()
                        status, took = await answer_of(running)
                        refused += status == 503
                        slowest_ready = max(slowest_ready, took)
                        await asyncio.sleep(max(0.0, gone_at + away_s - time.monotonic()))
                        await asyncio.to_thread(crashing.start)
                    else:
                        await asyncio.to_thread(crashing.restart)
                    there_at = time.monotonic()
                    async with asyncio.timeout(30):
                        while traffic.tally.acknowledged_at < there_at:
                            await asyncio.sleep(0.02)
                    back.append(traffic.tally.acknowledged_at - there_at)
            status, _ = await answer_of(running)
            kept = reckon(crashed, traffic)
            newest = traffic.called[-1]
            shown_after_s = await screens.until(lambda own: newest in own.seen_at, 10)
    tally = traffic.tally
    figures.note(
        crashes=CRASHES, **tally.figures, **kept, back_s=max(back), shown_after_s=shown_after_s,
        slowest_readyz_s=slowest_ready,
    )  # fmt: skip
    assert min(kept.values()) > 5
    assert max(back) < BACK_WITHIN_S
    assert (tally.faults[:3], tally.hung, status) == ([], 0, 200)
    assert tally.slowest_s < PATIENCE_S
    if away_s:
        assert (refused, slowest_ready < PATIENCE_S) == (CRASHES, True)
        assert tally.statuses[503] > 0
    assert {own.went_back for own in screens.all} == {0}
