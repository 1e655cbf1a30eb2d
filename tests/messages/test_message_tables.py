"""The migration of messages goes up and down on each database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect

from app.migrate import migrate
from tests.support.migrations import check_in_step, downgrade

if TYPE_CHECKING:
    from kernel.database import Database

TABLES = {"message", "message_contact", "message_budget"}


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


@pytest.mark.slow
def test_messages_can_be_taken_back_and_brought_again(database: Database) -> None:
    assert tables(database) >= TABLES
    downgrade(database, "0012")
    assert tables(database).isdisjoint(TABLES)
    migrate(database)
    assert tables(database) >= TABLES
    check_in_step(database)
