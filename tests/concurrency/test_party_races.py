"""Parties that want the same places at once: one has all of them, none has half; beside it the naive way."""

from __future__ import annotations

from threading import Barrier
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from booking import service
from booking.errors import SlotTaken
from kernel.tables import ServiceRow
from tests.booking.booking_city import build_city, client
from tests.concurrency.test_booking_races import TEN, claims_at
from tests.support.races import answers_of

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

SERVICES = ServiceRow.__table__


def hold(database: Database, number: int, party: int, *, clock: ManualClock, vault: Vault) -> Any:
    return database.write_now(
        service.hold, "city", ["elder-benefit"], TEN,
        client=client(number), clock=clock, vault=vault, party=party,
    )  # fmt: skip


def _city_with_parties(database: Database) -> None:
    database.write_now(build_city)
    allowed = update(SERVICES).values(party="places", party_most=2)
    database.write_now(lambda session: session.execute(allowed) and None)


def test_of_parties_that_want_the_last_places_one_has_them_all(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    _city_with_parties(database)
    outcomes = answers_of(lambda n: hold(database, n, 2, clock=clock, vault=vault), rivals=4)
    held = [each for each in outcomes if isinstance(each, service.HeldAppointment)]
    refused = [each for each in outcomes if isinstance(each, SlotTaken)]
    assert (len(held), len(refused)) == (1, 3), outcomes
    assert claims_at(database, TEN) == 2


def test_parties_that_take_place_by_place_have_half_each(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    _city_with_parties(database)
    meet = Barrier(2)

    def naive(number: int) -> Any:
        hold(database, number, 1, clock=clock, vault=vault)
        meet.wait(10)
        return hold(database, number, 1, clock=clock, vault=vault)

    outcomes = answers_of(naive, rivals=2)
    assert all(isinstance(each, SlotTaken) for each in outcomes), "both stand there with half a party"
