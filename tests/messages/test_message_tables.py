"""The migration of messages goes up and down on each database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from sqlalchemy import inspect

from app import migrate

if TYPE_CHECKING:
    from kernel.database import Database

TABLES = {"message", "message_contact", "message_budget"}


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def test_messages_can_be_taken_back_and_brought_again(database: Database) -> None:
    assert tables(database) >= TABLES
    with database.engine.connect() as connection, connection.begin():
        config = migrate._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0012")
    assert tables(database).isdisjoint(TABLES)
    migrate.migrate(database)
    assert tables(database) >= TABLES
    migrate.check_in_step(database)
