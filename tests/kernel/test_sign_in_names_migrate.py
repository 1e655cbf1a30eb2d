"""Sign-in names get their key by the migration; names that differ only in case are told and keep working."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from sqlalchemy import text

from app.migrate import migrate
from kernel import accounts
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.secrets import Vault
from kernel.signing_in import Entered
from tests.support.migrations import downgrade
from tests.support.people import PASSWORD, asking, enter, give_passwords


@pytest.mark.slow
def test_names_that_differ_only_in_case_are_told_and_each_keeps_working(
    database: Database,
    city: Any,
    vault: Vault,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    give_passwords(database)
    downgrade(database, "0012")
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE staff SET username = 'CLERK1' WHERE username = 'clerk2'"))
        connection.execute(text("UPDATE staff SET username = 'Manager' WHERE username = 'manager'"))
    with caplog.at_level(logging.WARNING):
        migrate(database)
    assert [line for line in caplog.messages if "CLERK1, clerk1" in line]

    def enters(name: str) -> bool:
        done = enter(database, name, PASSWORD, asking(vault, clock))
        return isinstance(done, Entered)

    assert [enters(name) for name in ("clerk1", "CLERK1", "Clerk1")] == [True, True, False]
    assert [enters(name) for name in ("manager", "MANAGER", "Clerk3")] == [True, True, True]
    told = {own.username for own in database.read_now(accounts.accounts) if own.exact_name}
    assert told == {"clerk1", "CLERK1"}
    with pytest.raises(accounts.UsernameTaken):
        database.write_now(accounts.rename, "CLERK1", "Clerk3")
    database.write_now(accounts.rename, "CLERK1", "clerk.two")
    assert [enters(name) for name in ("Clerk1", "Clerk.Two")] == [True, True]
