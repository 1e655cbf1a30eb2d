"""The code against the lapse, guesses at once; each beside its unguarded twin."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlmodel import Session

from booking import service
from booking.activation import store
from booking.activation.views import Activated
from booking.errors import HoldExpired, SlotTaken
from booking.mine import owned
from booking.rules.activation import CODE_TRIES
from booking.rules.appointments import AppointmentStatus
from kernel.clock import ManualClock
from tests.activation.bookers import wrong_for
from tests.activation.conftest import bookers_of
from tests.booking.booking_city import client, local
from tests.concurrency.test_booking_races import APPOINTMENTS, claims_at
from tests.support.races import answers_of, behind_the_writer

if TYPE_CHECKING:
    from kernel.database import Database
    from kernel.secrets import Vault

SOCIAL = ["social-card"]  # its queue has one place a slot
MOMENT = timedelta(milliseconds=1)


def test_a_place_whose_code_comes_late_is_booked_or_given_away_never_both(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    """Two machines whose clocks differ: to one the code still counts, to the other the place is free."""
    bookers = bookers_of(database, clock, vault)
    starts = [local(hour, minute, days=day) for day in (1, 2) for hour in (9, 10) for minute in (0, 30)]
    for number, starts_at in enumerate(starts):
        token = bookers.asked(starts_at, number=number, services=SOCIAL)
        code, ends_at = bookers.codes()[-1], bookers.look_up(token).expires_at
        assert ends_at is not None
        clocks = (ManualClock(ends_at - MOMENT), ManualClock(ends_at))

        def race(which: int, at: Any = starts_at, own: Any = (token, code), by: Any = clocks) -> Any:
            if which == 0:
                return database.write_now(owned.activate, *own, owner=None, clock=by[0], vault=vault)
            return database.write_now(
                service.hold, "city", SOCIAL, at, client=client(99), clock=by[1], vault=vault
            )

        kept, taken = answers_of(race, rivals=2)
        assert isinstance(kept, (Activated, HoldExpired)), kept
        assert isinstance(taken, (service.HeldAppointment, SlotTaken)), taken
        assert isinstance(kept, Activated) != isinstance(taken, service.HeldAppointment)
        assert claims_at(database, starts_at) == 1
        clock.advance(timedelta(minutes=16))


def test_a_code_that_does_not_ask_for_its_seats_gives_one_place_to_two(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    bookers = bookers_of(database, clock, vault)
    token = bookers.asked(services=SOCIAL)
    first = bookers.look_up(token)
    assert first.expires_at is not None
    mine = APPOINTMENTS.c.id == first.id
    with Session(database.engine) as looking:
        still_waits = looking.execute(
            select(APPOINTMENTS.c.expires_at > first.expires_at - MOMENT).where(mine)
        ).scalar_one()
        looking.rollback()
    rival = database.write_now(
        service.hold, "city", SOCIAL, first.starts_at,
        client=client(99), clock=ManualClock(first.expires_at), vault=vault,
    )  # fmt: skip
    assert still_waits
    with Session(database.engine) as writing:
        writing.execute(
            update(APPOINTMENTS).where(mine).values(status=AppointmentStatus.CONFIRMED, expires_at=None)
        )
        writing.commit()
    assert bookers.look_up(token).status is AppointmentStatus.CONFIRMED
    assert rival.appointment.starts_at == first.starts_at
    assert claims_at(database, first.starts_at) == 1, "two were promised it"


def test_of_many_codes_typed_at_once_each_is_counted(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    bookers = bookers_of(database, clock, vault)
    token = bookers.asked()
    wrong = wrong_for(bookers.codes()[0])
    tried = answers_of(lambda _: bookers.type(token, wrong), rivals=CODE_TRIES + 2)
    counted = sorted(each.tries_left for each in tried if isinstance(each, Activated))
    assert counted == list(range(CODE_TRIES)), tried


def test_whoever_counts_what_was_read_lets_more_codes_through(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    bookers = bookers_of(database, clock, vault)
    bookers.asked()
    meet = Barrier(2)

    def naive(_: int) -> None:
        def unit(session: Session) -> None:
            left = session.execute(select(store.activations.c.tries_left)).scalar_one()
            meet.wait(10)
            session.execute(update(store.activations).values(tries_left=left - 1))

        behind_the_writer(database, unit)

    answers_of(naive, rivals=2)
    assert [row.tries_left for row in bookers.waiting()] == [CODE_TRIES - 1], "two guesses, one counted"
