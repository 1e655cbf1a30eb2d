"""One release up and down again under requests and screens: nobody is answered with an error of ours."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tarfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app.schema import revisions
from tests.support.followers import following
from tests.support.migrations import downgrade
from tests.support.program import Program, environment
from tests.support.reckoning import reckon
from tests.support.traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.database import Database
    from tests.support.figures import Figures
    from tests.support.followers import Followers

pytestmark = [pytest.mark.drill, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
BETWEEN_S = 3.0
SCREENS = 20
PROCESSES = {"sqlite": 1, "postgres": 2}  # SQLite has one writer


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def release_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program as it was before its newest migration came."""
    newest = f"app/migrations/versions/{revisions()[-1]}_*.py"
    try:
        came = git("log", "--first-parent", "-m", "-1", "--format=%H", "--diff-filter=A", "--", newest)
        before = git("rev-parse", f"{came.strip()}^").strip()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("the history of the program is not here")
    folder = tmp_path_factory.mktemp("before")
    git("archive", "--output", str(folder / "before.tar"), before)
    with tarfile.open(folder / "before.tar") as archive:
        archive.extractall(folder, filter="data")
    return folder


def newest_of(release: Path) -> str:
    """Return the revision that a release knows as its newest."""
    return max(path.name.split("_")[0] for path in (release / "app/migrations/versions").glob("[0-9]*.py"))


class Front:
    """What a front server does: it sends to who is ready, and lets a process finish before it ends."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        self.live: list[str] = []
        self.running: list[Program] = []

    def take(self, own: Program) -> None:
        self.running.append(own)
        self.urls.append(own.url)
        self.live.append(own.live())

    async def exchange(self, old: Program, new: Program, *, overlap: bool) -> None:
        """Put a process in another's place; where only one may run, there is a gap."""
        if overlap:
            await asyncio.to_thread(new.start)
            self.take(new)
        self.urls.remove(old.url)
        self.live.remove(old.live())
        if not overlap:
            self.urls.append(new.url)
            self.live.append(new.live())
        self.running.remove(old)
        old.tell_to_end()
        assert await asyncio.to_thread(old.ended, 12) in (0, -15), (
            "releases before this one ended by the signal"
        )
        if not overlap:
            await asyncio.to_thread(new.start)
            self.running.append(new)


@pytest.fixture
def front() -> Iterator[Front]:
    made = Front()
    yield made
    for own in made.running:
        own.kill()


def migrate_up(database: Database) -> None:
    """As an operator does it."""
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "app", "migrate"]
    subprocess.run(command, cwd=ROOT, env=environment(url), check=True, capture_output=True)


async def test_a_release_up_and_down_under_traffic_answers_nobody_with_an_error(
    database: Database, city: Any, release_before: Path, front: Front, figures: Figures
) -> None:
    """Up: tables first, then the processes one by one. Down: the processes first, then the tables."""
    url = database.url.render_as_string(hide_password=False)
    settings = {"demo__origin": repr(time.time())}
    count = PROCESSES["sqlite" if database.is_sqlite else "postgres"]
    earlier = newest_of(release_before)
    downgrade(database, earlier)
    for _ in range(count):
        front.take(Program(url, folder=release_before, **settings))
        front.running[-1].start()
    traffic = Traffic(front.urls, city)
    begun = time.monotonic()
    async with AsyncExitStack() as waiting:
        screens: Followers = await waiting.enter_async_context(following(front.live, SCREENS))
        await waiting.enter_async_context(traffic.running(kiosks=4, desks=3, citizens=3))
        await asyncio.sleep(BETWEEN_S)
        await asyncio.to_thread(migrate_up, database)
        for folder in (None, release_before):
            await asyncio.sleep(BETWEEN_S)
            for old in list(front.running):
                new = Program(url, folder=folder, **settings)
                await front.exchange(old, new, overlap=count > 1)
            await asyncio.sleep(BETWEEN_S)
        await asyncio.to_thread(downgrade, database, earlier)
        await asyncio.sleep(BETWEEN_S)
        traffic.stop()
        newest = traffic.called[-1]
        shown_after_s = await screens.until(lambda own: newest in own.seen_at, 10)
    kept = reckon(database, traffic)
    tally = traffic.tally
    statuses = {status: number for status, number in tally.statuses.items() if status >= 500}
    figures.note(
        revisions=f"{earlier}-{revisions()[-1]}", processes=count, lasted_s=time.monotonic() - begun,
        **tally.figures, **kept, errors=sum(statuses.values()), sockets_away_s=max(screens.away_s),
        shown_after_s=shown_after_s,
    )  # fmt: skip
    assert (statuses, tally.hung) == ({}, 0)
    assert min(kept.values()) > 10
    if count > 1:
        assert max(screens.away_s) < BETWEEN_S
    assert {own.went_back for own in screens.all} == {0}
