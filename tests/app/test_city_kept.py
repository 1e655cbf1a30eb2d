"""The city is read and its names are spelled beside the requests, and trouble does not end that."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

import app.city
import booking.city
from app.city import keep_city
from booking.city import city_of, forget_city, renew_city
from kernel.database import Database
from kernel.errors import Busy
from kernel.tables import ServiceRow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from sqlmodel import Session

    from tests.support.small_city import SmallCity


@pytest.fixture
async def kept(
    sqlite_database: Database, sqlite_city: SmallCity, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Database]:
    """A database whose city is kept fresh, and which is busy when it is first asked."""
    assert sqlite_city
    monkeypatch.setattr(app.city, "EVERY_S", 0.02)
    asked: list[object] = []
    read = sqlite_database.read

    async def first_busy(use_case: Callable[[Session], object]) -> object:
        asked.append(use_case)
        if len(asked) == 1:
            raise Busy
        return await read(use_case)

    monkeypatch.setattr(sqlite_database, "read", first_busy)
    keeping = asyncio.create_task(keep_city(sqlite_database))
    yield sqlite_database
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping


async def test_an_edit_of_the_catalogue_shows_without_waiting_for_a_request(kept: Database) -> None:
    table = ServiceRow.__table__  # type: ignore[attr-defined]
    kept.read_now(city_of)
    kept.write_now(lambda s: s.execute(update(table).where(table.c.code == "id-card").values(name_en="Card")))
    async with asyncio.timeout(10):
        while kept.read_now(city_of).services["id-card"].name_en != "Card":
            await asyncio.sleep(0.02)


async def test_what_was_read_before_a_change_is_not_kept_after_it(
    sqlite_database: Database, sqlite_city: SmallCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sqlite_city
    read = booking.city._read

    def changed_meanwhile(session: Session, before: booking.city.City | None) -> booking.city.City:
        found = read(session, before)
        forget_city(session)  # somebody changed the catalogue and committed
        return found

    monkeypatch.setattr(booking.city, "_read", changed_meanwhile)
    for look in (city_of, renew_city):
        sqlite_database.read_now(look)
        assert sqlite_database.read_now(lambda s: booking.city._kept.get(s.get_bind().engine)) is None


async def test_names_are_spelled_before_somebody_searches(
    kept: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.read_now(forget_city)
    spelled: list[tuple[str, ...]] = []
    monkeypatch.setattr(
        "booking.city.spelled",
        lambda texts: (spelled.append(texts), [("x", "y")] * len(texts))[1],  # type: ignore[func-returns-value]
    )
    kept.read_now(forget_city)
    async with asyncio.timeout(10):
        while len(spelled) < 2:  # services, and places that are typed
            await asyncio.sleep(0.02)
    kept.read_now(city_of).index.search("shenfenzheng")
    assert len(spelled) == 2


def test_who_reads_while_the_change_is_not_committed_keeps_no_old_city(
    sqlite_database: Database, sqlite_city: SmallCity
) -> None:
    assert sqlite_city
    table = ServiceRow.__table__  # type: ignore[attr-defined]

    def change(session: Session) -> None:
        session.execute(update(table).where(table.c.code == "id-card").values(name_en="Card"))
        forget_city(session)
        # Another request, of this very moment: it sees what stood before, as is right, and keeps it.
        assert sqlite_database.read_now(city_of).services["id-card"].name_en != "Card"

    sqlite_database.write_now(change)
    assert sqlite_database.read_now(city_of).services["id-card"].name_en == "Card"


def test_who_began_to_read_before_a_change_keeps_no_old_city(database: Database, city: SmallCity) -> None:
    assert city
    table = ServiceRow.__table__  # type: ignore[attr-defined]

    def change(session: Session) -> None:
        session.execute(update(table).where(table.c.code == "id-card").values(name_en="Card"))
        forget_city(session)

    def read(session: Session) -> str:
        session.execute(select(table.c.code)).all()  # from here on it sees the city as it is now
        database.write_now(change)
        return city_of(session).services["id-card"].name_en

    assert database.read_now(read) != "Card"
    assert database.read_now(city_of).services["id-card"].name_en == "Card"


def test_a_change_that_fails_forgets_nothing(sqlite_database: Database, sqlite_city: SmallCity) -> None:
    assert sqlite_city
    before = sqlite_database.read_now(city_of)

    def fails(session: Session) -> None:
        forget_city(session)
        raise Busy

    with pytest.raises(Busy):
        sqlite_database.write_now(fails)
    assert sqlite_database.read_now(city_of) is before
