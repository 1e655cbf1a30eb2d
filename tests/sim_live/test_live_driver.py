"""Simulated citizens and clerks keep a seeded hall moving, through the real app, without one wrong word."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

import queueing.tables as q
import queueing.window_tables as w
from booking.tables import AppointmentRow
from kernel import catalogue
from kernel.bus import InProcessBus
from kernel.clock import ManualClock, ShiftedClock
from kernel.database import Database
from kernel.secrets import Vault
from kernel.web.parts import Parts
from queueing.service import board
from sim.catalogue import City, load_city
from sim.live import shift
from sim.live.api import Answer, Unreachable
from sim.live.citizens import give_up_if_waiting
from sim.live.driver import Driver
from sim.live.tokens import DemoKeys
from sim.seed.city import seed_city
from tests.conftest import CHINA, FIELD_KEY, MORNING, TOKEN_KEY, client_of, test_settings

HALL = "441521"


def one_hall() -> City:
    city = load_city()
    return replace(city, halls={HALL: city.halls[HALL]}, terminals=())


def seed_at(database: Database, vault: Vault, now: datetime) -> DemoKeys:
    report = seed_city(
        *(database, vault, ManualClock(now)), city=one_hall(), days=2, level=1.15, progress=lambda *_: None
    )
    return report.keys


@pytest.fixture(scope="session")
def seeded_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoKeys]:
    path = tmp_path_factory.mktemp("live") / "seed.sqlite"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    keys = seed_at(database, Vault({1: FIELD_KEY}, TOKEN_KEY), MORNING)
    database.close()
    return path, keys


@asynccontextmanager
async def living(
    database: Database, keys: DemoKeys, vault: Vault, *, speed: float
) -> AsyncIterator[tuple[Driver, httpx2.AsyncClient]]:
    """The real app over a seeded database with the driver at work; ends both."""
    clock = ShiftedClock(keys.start, speed=speed)
    parts = Parts(test_settings(), database, clock, vault, InProcessBus())
    async with client_of(parts) as client:
        driver = Driver(one_hall(), keys, client=client, clock=clock, speed=speed)
        task = asyncio.create_task(driver.run())
        try:
            yield driver, client
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def until(met: Callable[[], bool], *, seconds: float = 120.0) -> None:
    async with asyncio.timeout(seconds):
        while not met():
            await asyncio.sleep(0.1)


@pytest.fixture
def database(seeded_file: tuple[Path, DemoKeys], tmp_path: Path) -> Any:
    shutil.copy(seeded_file[0], tmp_path / "live.sqlite")
    opened = Database(f"sqlite:///{tmp_path / 'live.sqlite'}")
    yield opened
    opened.close()


def live_log(database: Database) -> Counter[str]:
    """How often each thing happened since the driver began."""
    table = q.TicketEventRow.__table__  # type: ignore[attr-defined]
    statement = select(table.c.what).where(table.c.source == "live")
    return Counter(database.read_now(lambda session: session.execute(statement).scalars().all()))


def live_tickets(database: Database) -> list[Any]:
    table = q.TicketRow.__table__  # type: ignore[attr-defined]
    return list(database.read_now(lambda s: s.execute(select(table)).all()))


@pytest.mark.slow
async def test_a_hall_lives_on_without_one_unexpected_refusal(
    database: Database, seeded_file: tuple[Path, DemoKeys], vault: Vault
) -> None:
    keys = seeded_file[1]
    before = {ticket.id: ticket.status for ticket in live_tickets(database)}
    async with living(database, keys, vault, speed=100) as (driver, _):
        enough = {"issue": 5, "call": 5, "start": 5, "finish": 8}
        await until(lambda: all(live_log(database)[what] >= n for what, n in enough.items()))
        assert (driver.errors, driver.api.counts["unexpected"]) == (0, 0)
    at_windows = [ticket_id for ticket_id, status in before.items() if status in ("called", "serving")]
    after = {ticket.id: ticket.status for ticket in live_tickets(database)}
    went_on = [ticket_id for ticket_id in at_windows if after[ticket_id] != before[ticket_id]]
    assert len(went_on) > len(at_windows) / 2  # who stood at a window when it began is served to the end


@pytest.mark.slow
async def test_each_window_has_one_ticket_and_each_ticket_one_window(
    database: Database, seeded_file: tuple[Path, DemoKeys], vault: Vault
) -> None:
    async with living(database, seeded_file[1], vault, speed=120):
        await until(lambda: live_log(database)["call"] >= 10)
    hall_id = database.read_now(catalogue.hall_by_code, HALL).id
    table = q.TicketRow.__table__  # type: ignore[attr-defined]
    at_window = select(table.c.label).where(table.c.status.in_(("called", "serving")))
    shown, present = database.read_now(  # one reading: a request that was under way may still be committed
        lambda s: (board(s, hall_id, now=MORNING + timedelta(hours=1)), s.execute(at_window).scalars().all())
    )
    numbers = [sign.number for sign in shown.windows if sign.number]
    assert sorted(numbers) == sorted(present)


@pytest.mark.slow
async def test_whoever_has_booked_comes_and_others_book(
    database: Database, seeded_file: tuple[Path, DemoKeys], vault: Vault
) -> None:
    table = AppointmentRow.__table__  # type: ignore[attr-defined]

    def booked(status: str) -> int:
        statement = select(table.c.id).where(table.c.status == status, table.c.changed_at >= MORNING)
        return len(database.read_now(lambda s: s.execute(statement).all()))

    async with living(database, seeded_file[1], vault, speed=200) as (driver, _):
        await until(lambda: booked("checked_in") >= 2 and booked("confirmed") >= 1)
        assert driver.errors == 0


@pytest.mark.slow
async def test_the_simulated_clerk_steps_aside_for_a_visitor(
    database: Database, seeded_file: tuple[Path, DemoKeys], vault: Vault
) -> None:
    """A visitor signs in as the clerk of window 1 and pauses it: the simulated clerk leaves it paused."""
    keys = seeded_file[1]
    clerk = next(key for key in keys.halls[0].clerks if key.window == "1")
    window = keys.halls[0].windows["1"]
    mine = {"Authorization": f"Bearer {clerk.token}"}
    async with living(database, keys, vault, speed=90) as (driver, client):
        await until(lambda: live_log(database)["call"] >= 2)
        paused = await client.post(
            f"/api/v1/windows/{window}/pause", headers={**mine, "Idempotency-Key": "visitor"}
        )
        assert paused.status_code == 200
        calls = live_log(database)["call"]
        await until(lambda: live_log(database)["call"] >= calls + 6)
        found = (await client.get(f"/api/v1/windows/{window}/desk", headers=mine)).json()["window"]
        assert found["status"] == "paused"
        assert driver.errors == 0


def evening_in(database: Database, vault: Vault) -> DemoKeys:
    return seed_at(database, vault, datetime.combine(MORNING.date(), time(17, 10), CHINA))


def open_windows(database: Database) -> int:
    windows = w.WindowRow.__table__  # type: ignore[attr-defined]
    statement = select(windows.c.id).where(windows.c.status != "closed")
    return len(database.read_now(lambda session: session.execute(statement).all()))


@pytest.mark.slow
async def test_the_evening_drains_and_the_windows_close(sqlite_database: Database, vault: Vault) -> None:
    """A clerk who is idle when the plan ends closes at once, though nobody comes who would wake it."""
    keys = evening_in(sqlite_database, vault)
    assert open_windows(sqlite_database) == 12
    async with living(sqlite_database, keys, vault, speed=600) as (driver, _):
        await until(lambda: open_windows(sqlite_database) == 0)
        assert driver.errors == 0
    closing = max(ticket.arrived_at for ticket in live_tickets(sqlite_database))
    assert closing.astimezone(CHINA).time() < time(17, 30)


@pytest.mark.slow
async def test_a_window_whose_clerk_stumbles_at_closing_time_is_closed_by_the_next_look(
    sqlite_database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shift, "LOOK_S", 1.0)
    keys = evening_in(sqlite_database, vault)
    async with living(sqlite_database, keys, vault, speed=600) as (driver, _):
        post = driver.api.post
        stumbled: list[Any] = []

        async def stumbling(path: str, *args: Any, **kwargs: Any) -> Answer:
            if path.endswith("/close") and not stumbled:
                stumbled.append(path)
                raise Unreachable(path)
            return await post(path, *args, **kwargs)

        driver.api.post = stumbling  # type: ignore[method-assign]
        await until(lambda: bool(stumbled) and open_windows(sqlite_database) == 0)


@pytest.mark.slow
async def test_the_night_passes_and_the_morning_opens_the_windows(
    sqlite_database: Database, vault: Vault
) -> None:
    keys = seed_at(sqlite_database, vault, datetime.combine(MORNING.date(), time(23, 58), CHINA))
    assert open_windows(sqlite_database) == 0
    async with living(sqlite_database, keys, vault, speed=3000) as (driver, _):
        await until(lambda: open_windows(sqlite_database) >= 8)
        await until(lambda: any(t.day > MORNING.date() for t in live_tickets(sqlite_database)))
        assert driver.errors == 0


@pytest.mark.slow
async def test_a_citizen_who_goes_home_while_the_call_is_on_its_way_is_no_visitor(
    database: Database, seeded_file: tuple[Path, DemoKeys], vault: Vault
) -> None:
    """The clerk of a window that the citizen never reached calls the next one, and does not step aside."""
    async with living(database, seeded_file[1], vault, speed=100) as (driver, _):
        post = driver.api.post
        crossed: set[Any] = set()
        again: set[Any] = set()

        async def crossing(path: str, *args: Any, **kwargs: Any) -> Answer:
            answer = await post(path, *args, **kwargs)
            if path.endswith("/call-next") and answer.done:
                if path in crossed:
                    again.add(path)
                elif len(crossed) < 3 and answer.body["id"] in driver.halls[HALL].waiting:
                    crossed.add(path)
                    await give_up_if_waiting(driver.halls[HALL], answer.body["id"])
            return answer

        driver.api.post = crossing  # type: ignore[method-assign]
        await until(lambda: len(crossed) >= 3 and crossed <= again)
        assert driver.errors == 0


@pytest.mark.slow
@pytest.mark.drill  # sixteen hours at 600 times take a minute and a half
async def test_the_evening_drains_the_windows_close_and_the_morning_opens_them_again(
    sqlite_database: Database, vault: Vault
) -> None:
    keys = evening_in(sqlite_database, vault)
    async with living(sqlite_database, keys, vault, speed=600) as (driver, _):
        await until(lambda: open_windows(sqlite_database) == 0)
        await until(lambda: open_windows(sqlite_database) >= 8, seconds=180)
        await until(lambda: any(t.day > MORNING.date() for t in live_tickets(sqlite_database)), seconds=60)
        assert driver.errors == 0
