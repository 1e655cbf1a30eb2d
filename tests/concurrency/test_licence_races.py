"""Two devices that agree at once; a consent taken back while somebody looks. Each beside its twin."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from booking.licences import store
from kernel.ids import uuid7
from tests.support.races import at_once, behind_the_writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from tests.support.small_city import SmallCity

LONG_ENOUGH_S = 0.4  # for a rival that nobody holds up


def values_of(city: SmallCity, clock: ManualClock) -> dict[str, Any]:
    return {"hall_id": city.hall, "given_at": clock.now(), "holder_sealed": b"sealed"}


def consents(database: Database) -> list[Any]:
    return database.read_now(lambda session: list(session.execute(select(store.consents))))


def test_two_devices_that_agree_at_once_leave_one_consent(
    database: Database, city: SmallCity, clock: ManualClock
) -> None:
    subject = uuid7()

    def agree() -> UUID:
        return database.write_now(store.write_consent, subject, **values_of(city, clock))

    came = at_once(*[agree] * 4)
    (left,) = consents(database)
    assert left.id in came


def test_whoever_looks_before_writing_a_consent_fails(
    database: Database, city: SmallCity, clock: ManualClock
) -> None:
    subject, gate = uuid7(), threading.Barrier(2)

    def naive(session: Session) -> None:
        if store.consent_of(session, subject) is None:
            gate.wait(5)
            row = {"id": uuid7(), "subject": subject, **values_of(city, clock)}
            session.execute(insert(store.consents).values(**row))

    failed = 0

    def run() -> None:
        nonlocal failed
        try:
            behind_the_writer(database, naive)
        except IntegrityError:
            failed += 1

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failed == 1


def taken_back_meanwhile(
    database: Database, city: SmallCity, clock: ManualClock, run: Callable[..., Any], *, lock: bool
) -> bool:
    """Return whether a consent could be taken back between the look's question and its line."""
    subject = uuid7()
    database.write_now(store.write_consent, subject, **values_of(city, clock))
    asked, taken = threading.Event(), threading.Event()

    def look(session: Session) -> bool:
        found = store.consent_of(session, subject, lock=lock)
        assert found is not None
        assert found.in_force
        asked.set()
        return taken.wait(LONG_ENOUGH_S)

    def take_back() -> None:
        asked.wait(5)
        run(database, lambda session: store.withdraw(session, subject, clock.now()))
        taken.set()

    rival = threading.Thread(target=take_back)
    rival.start()
    came = run(database, look)
    rival.join(20)
    assert consents(database)[0].withdrawn_at is not None
    return bool(came)


def by_the_writer(database: Database, unit: Callable[[Session], Any]) -> Any:
    return database.write_now(unit)


@pytest.mark.slow
def test_a_consent_is_not_taken_back_between_question_and_line(
    database: Database, city: SmallCity, clock: ManualClock
) -> None:
    assert not taken_back_meanwhile(database, city, clock, by_the_writer, lock=True)


def test_without_the_lock_it_is_taken_back_in_between(
    database: Database, city: SmallCity, clock: ManualClock
) -> None:
    assert taken_back_meanwhile(database, city, clock, behind_the_writer, lock=False)


def test_giving_leave_twice_at_once_gives_it_once(
    database: Database, city: SmallCity, clock: ManualClock
) -> None:
    who, by = city.clerks[0].id, city.manager.id

    def give() -> bool:
        return database.write_now(store.allow, who, by=by, at=clock.now())

    assert sorted(at_once(give, give)) == [False, True]
    with pytest.raises(IntegrityError):
        database.write_now(
            lambda session: session.execute(
                insert(store.permissions).values(staff_id=who, given_by=by, since=clock.now())
            )
        )
