"""The tables of the waiting list come and go on both databases and leave the others as they were."""

from __future__ import annotations

from sqlalchemy import inspect

from app.migrate import migrate
from app.schema import revisions
from booking.waitlist.tables import WaitlistEntryRow, WaitlistHallRow, WaitlistOfferRow
from kernel.database import Database
from tests.support.migrations import check_in_step, downgrade
from tests.waitlist.waiters import Waiters

OWN = {row.__tablename__ for row in (WaitlistEntryRow, WaitlistHallRow, WaitlistOfferRow)}


def names(database: Database) -> set[str]:
    with database.engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def test_the_waiting_list_goes_and_comes_back(waiters: Waiters) -> None:
    database = waiters.database
    taken = waiters.taken()
    waiters.join(1)
    downgrade(database, "0016")  # later revisions have tables of their own
    before = names(database)
    assert before >= OWN
    downgrade(database, revisions()[revisions().index("0016") - 1])
    assert names(database) == before - OWN
    migrate(database)
    check_in_step(database)
    assert waiters.entries() == []
    assert waiters.look_up(taken).code
