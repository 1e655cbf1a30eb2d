"""A test's PostgreSQL database is as new, though another test had it before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from tests.support.postgres import Server

pytestmark = pytest.mark.postgres

WRITE = "INSERT INTO theme (code, name_zh, name_en, service_codes) VALUES ('t', '主题', 'theme', '[]')"
COUNT = "SELECT count(*) FROM theme"


def said(url: str, *statements: str) -> object:
    """Run statements in a connection of their own; return what the last one selects, if it does."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        answers = [connection.execute(text(statement)) for statement in statements]
        return answers[-1].scalar() if answers[-1].returns_rows else None


def test_what_was_written_is_gone(postgres_server: Server) -> None:
    url = postgres_server.lend()
    said(url, WRITE)
    postgres_server.take_back(url)
    again = postgres_server.lend()
    assert (again, said(again, COUNT)) == (url, 0)
    postgres_server.take_back(again)


def test_who_still_writes_is_thrown_out(postgres_server: Server) -> None:
    url = postgres_server.lend()
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text(WRITE))  # never committed
        postgres_server.take_back(url)
        connection.invalidate()
    assert said(url, COUNT) == 0
    engine.dispose()


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE theme ADD COLUMN more text",
        "DROP INDEX ix_queue_hall_id",
        "ALTER TABLE queue DISABLE TRIGGER ALL",
        "UPDATE alembic_version SET version_num = '0001'",
    ],
)
def test_a_database_whose_schema_was_changed_is_not_lent_again(postgres_server: Server, change: str) -> None:
    url = postgres_server.lend()
    said(url, change)
    postgres_server.take_back(url)
    fresh = postgres_server.lend()
    assert fresh != url
    postgres_server.take_back(fresh)
