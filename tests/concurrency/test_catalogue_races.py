"""Two imports at once, and an import beside somebody who books; without the guards both races are real."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session

import booking.service as appointments
from booking.catalogue import service, store, use
from booking.rules.catalogue import Difference, Standing, difference
from booking.service.holding import write_hold
from booking.service.slots import legs_for
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.errors import Refusal
from kernel.secrets import Vault
from tests.booking.booking_city import BookingCity, build_city, client, local
from tests.support.races import behind_the_writer

NOW, TEN = local(9, 30), local(10, 30)
NAMES = ("社保卡申领", "社保卡办理")


@pytest.fixture
def here(database: Database) -> BookingCity:
    return database.write_now(build_city)


def renamed(standing: Standing, name: str) -> Standing:
    card = {**standing.services["social-card"], "name_zh": name}
    return replace(standing, services={**standing.services, "social-card": card})


def without_company(standing: Standing) -> Standing:
    return replace(
        standing,
        services={code: own for code, own in standing.services.items() if code != "company-start"},
        offers={key: own for key, own in standing.offers.items() if key[1] != "company-start"},
    )


def shown(database: Database, wanted: Standing) -> Difference:
    return database.read_now(service.compare, wanted, now=NOW)[0]


def test_of_two_imports_at_once_one_wins_and_the_other_is_told(database: Database, here: BookingCity) -> None:
    assert here.halls
    standing = database.read_now(store.standing)
    catalogues = [renamed(standing, name) for name in NAMES]
    differences = [shown(database, wanted) for wanted in catalogues]
    gate = threading.Barrier(2)

    def import_one(place: int) -> str:
        gate.wait(5)
        try:
            database.write_now(service.change, catalogues[place], differences[place], clock=ManualClock(NOW))
        except Refusal as refused:
            return refused.code
        return NAMES[place]

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(import_one, range(2)))
    assert "catalogue-changed-meanwhile" in ended
    (winner,) = set(ended) & set(NAMES)
    assert database.read_now(store.standing).services["social-card"]["name_zh"] == winner


def test_without_the_edition_both_import_and_one_is_gone_without_a_word(
    database: Database, here: BookingCity
) -> None:
    assert here.halls
    standing = database.read_now(store.standing)
    catalogues = [renamed(standing, name) for name in NAMES]
    differences = [shown(database, wanted) for wanted in catalogues]
    both_compared, turn = threading.Barrier(2), threading.Lock()

    def naive_import(place: int) -> bool:
        compared: list[bool] = []

        def unit(session: Session) -> bool:
            same = difference(store.standing(session), catalogues[place]) == differences[place]
            if not compared:
                session.rollback()  # the read is over; nothing is held until the write
                compared.append(same)
                both_compared.wait(5)
            with turn:
                store.put_service(session, "social-card", catalogues[place].services["social-card"])
                session.commit()
            return compared[0]

        done: bool = behind_the_writer(database, unit)
        return done

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(naive_import, range(2))) == [True, True]


def test_nobody_has_booked_what_an_import_retired(
    database: Database, here: BookingCity, vault: Vault
) -> None:
    """Whoever comes first wins: a booking is seen by the import, or finds the service gone."""
    assert here.halls
    wanted = without_company(database.read_now(store.standing))
    differs = shown(database, wanted)
    gate = threading.Barrier(2)

    def book() -> str:
        gate.wait(5)
        database.write_now(
            appointments.hold, "city", ["company-start"], TEN,
            client=client(), clock=ManualClock(NOW), vault=vault,
        )  # fmt: skip
        return "booked"

    def take_away() -> str:
        gate.wait(5)
        database.write_now(service.change, wanted, differs, clock=ManualClock(NOW))
        return "retired"

    with ThreadPoolExecutor(2) as pool:
        ended = {_ended(future) for future in [pool.submit(book), pool.submit(take_away)]}
    assert ended in ({"booked", "catalogue-would-break"}, {"retired", "service-not-found"})


def _ended(future: Any) -> str:
    try:
        return str(future.result(20))
    except Refusal as refused:
        return refused.code


def test_without_the_halls_capacity_somebody_books_what_is_retired(
    database: Database, here: BookingCity, vault: Vault
) -> None:
    """The booking reads what is offered, the import sees nobody and retires it, the booking is written."""
    wanted = without_company(database.read_now(store.standing))
    differs = shown(database, wanted)
    read, retired = threading.Event(), threading.Event()

    def naive_book() -> None:
        legs: list[Any] = []

        def unit(session: Session) -> None:
            if not legs:
                legs.extend(legs_for(session, here.halls["city"], ["company-start"]))
                session.rollback()
                read.set()
                retired.wait(10)
            write_hold(
                session, legs, hall_id=here.halls["city"], token_hash=vault.digest("x", field="t"),
                starts_at=TEN, created_at=NOW, expires_at=local(9, 40),
            )  # fmt: skip

        behind_the_writer(database, unit)

    with ThreadPoolExecutor(1) as pool:
        booking = pool.submit(naive_book)
        read.wait(10)
        made = database.write_now(service.change, wanted, differs, clock=ManualClock(NOW))
        retired.set()
        booking.result(20)
    assert made == differs
    held = database.read_now(lambda session: use.coming_appointments(session, now=NOW))
    assert held == {("city", "company-start"): 1}
