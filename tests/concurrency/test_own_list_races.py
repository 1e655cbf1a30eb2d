"""A code typed twice, guesses at once, two devices adding the same; each beside its unguarded twin."""

from __future__ import annotations

from threading import Barrier
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from booking.mine import opening, sessions, store
from booking.mine.codes import ASKED_FIELD, CODE_FIELD
from booking.mine.errors import CodeEnded
from booking.rules.own_list import CODE_TRIES, About, Way
from tests.booking.booking_city import build_city, local
from tests.messages.conftest import TERMS
from tests.mine.owners import Owners
from tests.support.races import behind_the_writer, side_by_side

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

TOMORROW = local(10, 30, days=1)
_codes, _items = store.codes, store.items


def some(database: Database, clock: ManualClock, vault: Vault) -> Owners:
    database.carry(messages=TERMS)
    return Owners(database, clock, vault, database.write_now(build_city))


def at_once(work: Any, many: int = 2) -> list[Any]:
    """Run these side by side; that a code has ended is an answer too."""

    def answered(number: int) -> Any:
        try:
            return work(number)
        except CodeEnded:
            return "ended"

    return side_by_side(answered, many)


def test_of_one_code_typed_twice_at_once_one_opens_the_list(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    owners = some(database, clock, vault)
    owners.book_as(None, TOMORROW)
    asked, (code,) = owners.ask(), owners.sent()
    came = at_once(lambda _: owners.redeem(asked, code))
    assert came.count("ended") == 1
    assert len(owners.session_rows()) == 1


def test_whoever_looks_first_and_deletes_afterwards_opens_it_twice(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    owners = some(database, clock, vault)
    owners.book_as(None, TOMORROW)
    asked, (code,) = owners.ask(), owners.sent()
    meet = Barrier(2)

    def naive(_: int) -> Any:
        def unit(session: Session) -> str | None:
            which = _codes.c.token_hash == vault.digest(asked.token, field=ASKED_FIELD)
            row = session.execute(select(_codes).where(which)).one()
            meet.wait(10)
            if bytes(row.code_hash) != vault.digest(f"{asked.token}|{code}", field=CODE_FIELD):
                return None
            session.execute(delete(_codes).where(which))
            return sessions.open_list(session, Way.FOUND, row.phone_hash, wall=clock.now(), vault=vault)

        return behind_the_writer(database, unit)

    assert None not in at_once(naive)
    assert len(owners.session_rows()) == 2


def test_of_many_guesses_at_once_each_is_counted(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    owners = some(database, clock, vault)
    owners.book_as(None, TOMORROW)
    asked, (code,) = owners.ask(), owners.sent()
    wrong = "000000" if code != "000000" else "111111"
    came = at_once(lambda _: owners.redeem(asked, wrong), many=CODE_TRIES + 3)
    assert (came.count(None), came.count("ended")) == (CODE_TRIES, 3)


def test_whoever_counts_what_was_read_lets_more_guesses_through(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    owners = some(database, clock, vault)
    owners.book_as(None, TOMORROW)
    asked = owners.ask()
    which = _codes.c.token_hash == vault.digest(asked.token, field=ASKED_FIELD)
    meet = Barrier(2)

    def naive(_: int) -> None:
        def unit(session: Session) -> None:
            left = session.execute(select(_codes.c.tries_left).where(which)).scalar_one()
            meet.wait(10)
            session.execute(update(_codes).where(which).values(tries_left=left - 1))

        behind_the_writer(database, unit)

    at_once(naive)
    assert [row.tries_left for row in owners.code_rows()] == [CODE_TRIES - 1], "two guesses, one counted"


def test_two_devices_that_add_the_same_appointment_put_it_there_once(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    owners = some(database, clock, vault)
    link = owners.book_as(None, TOMORROW)
    devices = [owners.known(owners.sign_in()) for _ in range(2)]

    def add(number: int) -> UUID:
        return database.write_now(
            opening.add_by_link, devices[number], About.APPOINTMENT, link, clock=clock, vault=vault
        )

    first, second = at_once(add)
    assert first == second
    assert len(owners.items()) == 1


def test_whoever_looks_before_adding_finds_it_missing_on_both(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    """Only the table's key keeps the second out, with an error of ours in place of an answer."""
    owners = some(database, clock, vault)
    link = owners.book_as(None, TOMORROW)
    person = owners.person()
    thing = database.read_now(opening.thing_of, About.APPOINTMENT, link, now=clock.now(), vault=vault)
    meet = Barrier(2)

    def naive(_: int) -> str:
        def unit(session: Session) -> bool:
            there = store.has_item(session, person, thing.subject)
            meet.wait(10)
            session.execute(
                insert(_items).values(
                    person=person, subject=thing.subject, about=thing.about, hall_id=thing.hall_id,
                    path_sealed=b"-", added_at=clock.now(),
                )
            )  # fmt: skip
            return there

        try:
            return f"there before: {behind_the_writer(database, unit)}"
        except Exception as refused:  # the test looks at what it was
            return type(refused).__name__

    assert sorted(at_once(naive)) == ["IntegrityError", "there before: False"]
