"""Simulated citizens who rate do so by their own ticket, with what the API takes, and some stay silent."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from booking.ratings.schemas import RatingIn
from booking.ratings.tables import RatingRow
from booking.rules.ratings import Level
from kernel.database import Database
from kernel.secrets import Vault
from sim.live.raters import LEVELS, LONG_WAIT_MINUTES, leave, opinion
from tests.conftest import MORNING
from tests.sim_live.test_live_driver import living, seed_at, until


class Agenda:
    def __init__(self) -> None:
        self.deeds: list[Any] = []

    def within(self, minutes: float, deed: Any) -> None:
        assert minutes >= 0
        self.deeds.append(deed)


class Hall:
    """As much of a hall as somebody needs who leaves it."""

    def __init__(self) -> None:
        self.chance, self.agenda, self.tokens = (
            Random(5),
            Agenda(),
            {str(n): f"token {n}" for n in range(500)},
        )


def ticket(number: int) -> dict[str, Any]:
    return {"id": str(number), "arrived_at": "2026-11-18T09:00:00+08:00", "called_at": None}


def test_some_rate_and_some_stay_silent_and_nobody_without_a_token() -> None:
    hall = Hall()
    for number in range(600):
        leave(hall, ticket(number))  # type: ignore[arg-type]
    assert 100 < len(hall.agenda.deeds) < 400
    assert hall.tokens == {}


def test_what_they_say_is_what_the_api_takes_and_a_long_wait_shows() -> None:
    chance = Random(7)
    said = {
        waited: [RatingIn(token="a" * 16, **opinion(chance, waited)) for _ in range(400)]
        for waited in (3.0, LONG_WAIT_MINUTES + 1)
    }
    assert tuple(LEVELS) == tuple(Level)
    bad = {waited: sum(own.level.is_bad for own in all_) for waited, all_ in said.items()}
    assert 0 < bad[3.0] < bad[LONG_WAIT_MINUTES + 1]
    assert all(own.call_back is None for all_ in said.values() for own in all_ if not own.level.is_bad)


@pytest.mark.slow
async def test_visits_of_before_and_of_now_are_rated_through_the_api(
    sqlite_database: Database, vault: Vault
) -> None:
    keys = seed_at(sqlite_database, vault, MORNING)
    assert keys.served, "somebody was served before the demo began"
    async with living(sqlite_database, keys, vault, speed=60) as (driver, _):
        await until(lambda: rated(sqlite_database) >= 0.2 * len(keys.served))
        assert (driver.errors, driver.api.counts["unexpected"]) == (0, 0)


def rated(database: Database) -> int:
    statement = select(func.count()).select_from(RatingRow.__table__)  # type: ignore[attr-defined]
    return int(database.read_now(lambda session: session.execute(statement).scalar_one()))
