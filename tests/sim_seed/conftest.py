"""One hall of the city, seeded once with two weeks of history; each test works on a copy of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from kernel.clock import ManualClock
from kernel.database import Database
from kernel.secrets import Vault
from sim.catalogue import City, load_city
from sim.seed.city import SeedReport, seed_city
from tests.conftest import FIELD_KEY, MORNING, TOKEN_KEY
from tests.support.postgres import Server

HALL = "441521"  # Haifeng: eight queues, twelve staffed windows
DAYS = 16
LEVEL = 1.15


@dataclass(frozen=True, slots=True)
class Seeded:
    """A database after seeding, with what was asked and what was reported."""

    database: Database
    city: City
    report: SeedReport
    steps: tuple[tuple[str, float], ...]


def one_hall() -> City:
    """The city with one of its halls and no terminal but its own."""
    city = load_city()
    near = tuple(terminal for terminal in city.terminals if terminal.near == HALL)
    return replace(city, halls={HALL: city.halls[HALL]}, terminals=near)


def seed(database: Database, *, days: int = DAYS) -> Seeded:
    """Seed one hall into an empty database, with the keys and the morning that all tests have."""
    steps: list[tuple[str, float]] = []
    city = one_hall()
    report = seed_city(
        database,
        Vault({1: FIELD_KEY}, TOKEN_KEY),
        ManualClock(MORNING),
        city=city,
        days=days,
        level=LEVEL,
        progress=lambda stage, done: steps.append((stage, done)),
    )
    return Seeded(database, city, report, tuple(steps))


@pytest.fixture(scope="session")
def sqlite_seed(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Seeded]:
    """A seeded SQLite file that nobody changes."""
    path = tmp_path_factory.mktemp("seed") / "seed.sqlite"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    made = seed(database)
    database.close()
    return path, made


@pytest.fixture(scope="session")
def postgres_seed(postgres_server: Server) -> tuple[str, Seeded]:
    """A seeded PostgreSQL database that nobody changes: the template of others."""
    url = postgres_server.lend()
    database = Database(url, pool_size=2)
    made = seed(database)
    database.close()
    return url, made


@pytest.fixture
def sqlite_seeded(sqlite_seed: tuple[Path, Seeded], tmp_path: Path) -> Iterator[Seeded]:
    """On SQLite, for what is not about persistence."""
    path, made = sqlite_seed
    shutil.copy(path, tmp_path / "seeded.sqlite")
    database = Database(f"sqlite:///{tmp_path / 'seeded.sqlite'}")
    yield replace(made, database=database)
    database.close()


@pytest.fixture
def postgres_seeded(request: pytest.FixtureRequest) -> Iterator[Seeded]:
    server: Server = request.getfixturevalue("postgres_server")
    template, made = request.getfixturevalue("postgres_seed")
    url = server.copy(template)
    database = Database(url)
    yield replace(made, database=database)
    database.close()
    server.drop(url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def seeded(request: pytest.FixtureRequest) -> Seeded:
    """A seeded database of each kind."""
    found: Seeded = request.getfixturevalue(f"{request.param}_seeded")
    return found
