"""Rows that are equal in what they are ordered by keep their order whatever is rewritten (PostgreSQL moves
a row that is updated to the end of its table; the board would reorder under the eyes of the hall)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, text, update

from kernel import catalogue
from kernel.devices import add_device, registered_devices
from kernel.identity import CITIZEN
from kernel.identity_tables import DeviceRow
from kernel.tables import QueueRow
from queueing import service, store
from queueing.notices.service import NewNotice, post_notice
from queueing.notices.store import not_over
from queueing.notices.tables import HallNoticeRow
from queueing.store.tickets import places_in
from queueing.tables import TicketRow
from queueing.window_tables import WindowRow

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
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


def known_as_small(session: Session) -> None:
    """Let the planner know how small the tables are, as it does after a while: it reads them whole."""
    session.execute(text("ANALYZE"))


def written(session: Session, row: type, key: object) -> None:
    """Write a row as it is."""
    table = row.__table__  # type: ignore[attr-defined]
    session.execute(update(table).where(table.c.id == key).values(id=key))


def test_who_came_to_two_queues_at_one_instant_stand_still(
    database: Database, city: SmallCity, clock: ManualClock, vault: Vault
) -> None:
    for subject in ("id-card", "insurance"):
        asked = city.hall, [city.services[subject]]
        by = {"by": CITIZEN, "clock": clock, "vault": vault}
        database.write_now(service.issue_ticket, *asked, priority=False, **by)

    def line(session: Session) -> list[object]:
        return [own.id for own in store.waiting_in(session, [city.queue_a, city.queue_b])]

    database.write_now(known_as_small)
    before = database.read_now(line)
    assert len(before) == 2
    for key in before:
        database.write_now(written, TicketRow, key)
        assert database.read_now(line) == before


def test_notices_of_one_end_stand_still(database: Database, city: SmallCity, clock: ManualClock) -> None:
    for words in ("今天系统升级", "3号窗口关闭"):
        wanted = NewNotice(words, "", None, clock.now() + timedelta(hours=1))
        database.write_now(post_notice, "H1", wanted, by=city.manager, clock=clock)

    def notices(session: Session) -> list[object]:
        return [own.id for own in not_over(session, city.hall, clock.now())]

    database.write_now(known_as_small)
    before = database.read_now(notices)
    for key in before:
        database.write_now(written, HallNoticeRow, key)
        assert database.read_now(notices) == before


def test_screens_of_one_name_stand_still(database: Database, city: SmallCity, vault: Vault) -> None:
    for _ in range(2):
        database.write_now(add_device, city.hall, kind="lobby", name="twin", vault=vault)
    table = DeviceRow.__table__  # type: ignore[attr-defined]
    database.write_now(known_as_small)
    twins = database.read_now(
        lambda session: session.scalars(
            select(table.c.id).where(table.c.name == "twin").order_by(table.c.id)
        ).all()
    )

    def shut(session: Session) -> list[bool]:
        return [own.disabled for own in registered_devices(session) if own.name == "twin"]

    def lock_out(session: Session) -> None:
        session.execute(update(table).where(table.c.id == twins[0]).values(disabled=True))

    database.write_now(lock_out)
    assert database.read_now(shut) == [True, False]


def test_of_one_instant_and_number_each_has_a_place_of_their_own(
    database: Database, city: SmallCity, clock: ManualClock, vault: Vault
) -> None:
    """One of queue B was sent to queue A, where somebody has the same number of the same instant."""
    by = {"by": CITIZEN, "clock": clock, "vault": vault}
    for subject in ("id-card", "insurance", "id-card"):
        database.write_now(service.issue_ticket, city.hall, [city.services[subject]], priority=False, **by)
    table = TicketRow.__table__  # type: ignore[attr-defined]
    database.write_now(
        lambda session: (
            session.execute(
                update(table).where(table.c.queue_id == city.queue_b).values(queue_id=city.queue_a)
            )
            and None
        )
    )
    database.write_now(known_as_small)

    def line(session: Session) -> list[store.Ticket]:
        return store.waiting_in(session, [city.queue_a])

    before = database.read_now(line)
    assert [own.number for own in before] == [1, 1, 2]
    for key in (before[1].id, before[0].id):
        database.write_now(written, TicketRow, key)
        assert database.read_now(line) == before
    assert [database.read_now(store.ahead_of, own) for own in before] == [0, 1, 2]
    assert [len(database.read_now(store.followers, own, 5)) for own in before] == [2, 1, 0]
    assert database.read_now(places_in, [city.queue_a]) == {own.id: place for place, own in enumerate(before)}
    database.write_now(service.open_window, city.windows[0], by=city.clerks[0], clock=clock)
    for own in before:
        called = database.write_now(service.call_next, city.windows[0], by=city.clerks[0], clock=clock)
        assert called is not None
        assert called.id == own.id
        database.write_now(service.miss, own.id, by=city.clerks[0], clock=clock)
