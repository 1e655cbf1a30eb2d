"""Rows that are equal in what they are ordered by keep their order whatever is rewritten (PostgreSQL moves
a row that is updated to the end of its table; the board would reorder under the eyes of the hall)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from kernel import catalogue
from kernel.tables import QueueRow
from queueing import service, store
from queueing.window_tables import WindowRow

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from tests.support.small_city import SmallCity


def level(session: Session) -> None:
    """Give every window and queue the same rank, as two set up at one time may have."""
    for row in (WindowRow, QueueRow):
        session.execute(update(row.__table__).values(rank=0))  # type: ignore[attr-defined]


def rewrite(session: Session, row: type, key: object) -> None:
    table = row.__table__  # type: ignore[attr-defined]
    session.execute(update(table).where(table.c.id == key).values(rank=0))


def test_windows_and_queues_of_one_rank_stand_still(
    database: Database, city: SmallCity, clock: ManualClock
) -> None:
    database.write_now(level)

    def orders(session: Session) -> list[object]:
        board = service.board(session, city.hall, now=clock.now())
        return [
            [own.label for own in board.windows],
            [own.serves for own in board.windows],
            [own.queue_id for own in board.queues],
            [own.id for own in store.windows_of(session, city.hall)],
            [own.id for own in catalogue.queues(session, city.hall)],
            store.plan_of(session, city.hall, 0).entries,
        ]

    before = database.read_now(orders)
    for window in city.windows[:2]:
        database.write_now(rewrite, WindowRow, window)
        assert database.read_now(orders) == before
    for queue in (city.queue_a, city.queue_b):
        database.write_now(rewrite, QueueRow, queue)
        assert database.read_now(orders) == before
