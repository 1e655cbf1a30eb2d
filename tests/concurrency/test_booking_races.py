"""Two citizens never get one place; beside each race stands the twin that shows it without its guard.

On SQLite the one writer makes races impossible, so the twins go behind it: they look in one transaction and
write in another, on connections of their own, as code without a unit of work does.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlmodel import Session

from booking import service, store
from booking.errors import AppointmentNotPossible, HoldExpired, PersonLimit, SlotTaken
from booking.rules.appointments import TRANSITIONS, AppointmentAction, AppointmentStatus
from booking.rules.cancelling import CancelReason, Why
from booking.service import holding, person_limits, slots
from booking.tables import AppointmentRow, QuotaClaimRow, SlotClaimRow, SlotRow
from kernel.clock import ManualClock
from kernel.idempotency import Intention, once
from kernel.identity import CITIZEN, SYSTEM
from kernel.ids import uuid7
from queueing.service import IssuedTicket
from tests.booking.booking_city import BookingCity, build_city, client, local, person
from tests.support.races import answers_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kernel.database import Database
    from kernel.secrets import Vault

RIVALS = 6
TEN = local(10, 30)
APPOINTMENTS, CLAIMS = AppointmentRow.__table__, SlotClaimRow.__table__
QUOTAS, SLOTS = QuotaClaimRow.__table__, SlotRow.__table__


@pytest.fixture
def booking_city(database: Database) -> BookingCity:
    return database.write_now(build_city)


def hold(
    database: Database,
    starts_at: datetime,
    number: int,
    *,
    clock: ManualClock,
    vault: Vault,
    services: Sequence[str] = ("elder-benefit",),
) -> service.HeldAppointment:
    return database.write_now(
        service.hold, "city", services, starts_at, client=client(number), clock=clock, vault=vault
    )


def claims_at(database: Database, starts_at: datetime) -> int:
    statement = (
        select(func.count())
        .select_from(CLAIMS.join(SLOTS, SLOTS.c.id == CLAIMS.c.slot_id))
        .where(SLOTS.c.starts_at == starts_at)
    )
    return database.read_now(lambda session: session.execute(statement).scalar_one())


def test_two_citizens_never_get_one_place(
    database: Database, booking_city: BookingCity, clock: ManualClock, vault: Vault
) -> None:
    for turn, starts_at in enumerate((local(10, 30), local(11), local(14), local(14, 30), local(15))):
        outcomes = answers_of(
            lambda n, at=starts_at, first=turn * RIVALS: hold(
                database, at, first + n, clock=clock, vault=vault
            ),
            RIVALS,
        )
        held = [each for each in outcomes if isinstance(each, service.HeldAppointment)]
        refused = [each for each in outcomes if isinstance(each, SlotTaken)]
        assert (len(held), len(refused)) == (2, RIVALS - 2), outcomes
        assert claims_at(database, starts_at) == 2


def test_without_a_unit_of_work_the_race_for_a_place_is_real(
    database: Database, booking_city: BookingCity, clock: ManualClock, vault: Vault
) -> None:
    slot_id, appointment_id = _a_slot_with_one_place_left(database, clock, vault)
    looked = Barrier(RIVALS)

    def naive(number: int) -> bool:
        with Session(database.engine) as looking:
            taken = looking.execute(select(func.count()).where(CLAIMS.c.slot_id == slot_id)).scalar_one()
            looking.rollback()
        looked.wait()
        if taken < 2:
            with Session(database.engine) as writing:
                seat = 100 + number  # a seat of its own: the key of slot_claim is the other guard
                writing.execute(
                    insert(CLAIMS).values(slot_id=slot_id, seat=seat, appointment_id=appointment_id)
                )
                writing.commit()
        return taken < 2

    assert answers_of(naive, RIVALS) == [True] * RIVALS
    assert claims_at(database, TEN) > 2


def test_the_key_of_the_seats_holds_even_without_the_lock(
    database: Database,
    booking_city: BookingCity,
    clock: ManualClock,
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _a_slot_with_one_place_left(database, clock, vault)
    chosen = Barrier(RIVALS)
    find_seats = slots.find_seats

    def unlocked(session: Session, wanted: Any, **_: Any) -> Any:
        keys = {(key.queue_id, key.starts_at): key for key in wanted}
        rows = session.execute(select(SLOTS)).all()
        return {
            keys[row.queue_id, row.starts_at]: store.LockedSlot(row.id, row.capacity)
            for row in rows
            if (row.queue_id, row.starts_at) in keys
        }

    def all_choose_first(session: Session, wanted: Any, **kwargs: Any) -> Any:
        found = find_seats(session, wanted, **kwargs)
        chosen.wait()
        return found

    monkeypatch.setattr(store, "lock_slots", unlocked)
    monkeypatch.setattr(holding, "find_seats", all_choose_first)
    if database.is_sqlite:
        chosen = Barrier(1)  # its writer runs one unit at a time; PostgreSQL is where all stand there at once
    outcomes = answers_of(lambda n: hold(database, TEN, 10 + n, clock=clock, vault=vault), RIVALS)
    held = [each for each in outcomes if isinstance(each, service.HeldAppointment)]
    refused = [each for each in outcomes if isinstance(each, SlotTaken)]
    assert (len(held), len(refused)) == (1, RIVALS - 1), outcomes
    assert claims_at(database, TEN) == 2


def _a_slot_with_one_place_left(database: Database, clock: ManualClock, vault: Vault) -> tuple[Any, Any]:
    held = hold(database, TEN, 99, clock=clock, vault=vault)
    slot_id = database.read_now(lambda session: session.execute(select(CLAIMS.c.slot_id)).scalar_one())
    return slot_id, held.appointment.id


def test_a_place_whose_hold_runs_out_is_confirmed_or_given_away_never_both(
    database: Database, booking_city: BookingCity, clock: ManualClock, vault: Vault
) -> None:
    """Two machines whose clocks differ: to one the hold still runs, to the other it has ended."""
    social = ("social-card",)  # its queue has one place a slot
    starts = [
        local(hour, minute, days=day) for day in (1, 2, 5) for hour in (9, 10, 15) for minute in (0, 30)
    ]
    confirmed = given_away = 0
    for starts_at in starts:
        first = hold(database, starts_at, 1, clock=clock, vault=vault, services=social)
        ends_at = first.appointment.expires_at
        assert ends_at is not None
        behind, ahead = ManualClock(ends_at - timedelta(milliseconds=1)), ManualClock(ends_at)

        def race(
            number: int, first: Any = first, at: Any = starts_at, own: Any = (behind, ahead)
        ) -> service.AppointmentView | service.HeldAppointment:
            if number == 0:
                return database.write_now(
                    service.confirm, first.token, person(len(starts) + starts.index(at)),
                    clock=own[0], vault=vault,
                )  # fmt: skip
            return hold(database, at, 2, clock=own[1], vault=vault, services=social)

        kept, taken = answers_of(race, rivals=2)
        assert isinstance(kept, service.AppointmentView) != isinstance(taken, service.HeldAppointment)
        assert isinstance(kept, (service.AppointmentView, HoldExpired)), kept
        assert isinstance(taken, (service.HeldAppointment, SlotTaken)), taken
        assert claims_at(database, starts_at) == 1
        confirmed += isinstance(kept, service.AppointmentView)
        given_away += isinstance(taken, service.HeldAppointment)
        clock.advance(timedelta(minutes=6))
    assert confirmed + given_away == len(starts)


def test_a_confirmation_that_does_not_ask_for_its_seats_gives_one_place_to_two(
    database: Database, booking_city: BookingCity, clock: ManualClock, vault: Vault
) -> None:
    first = hold(database, TEN, 1, clock=clock, vault=vault, services=("social-card",))
    ends_at = first.appointment.expires_at
    assert ends_at is not None
    with Session(database.engine) as looking:
        still_runs = looking.execute(
            select(APPOINTMENTS.c.expires_at > ends_at - timedelta(milliseconds=1)).where(
                APPOINTMENTS.c.id == first.appointment.id
            )
        ).scalar_one()
        looking.rollback()
    second = hold(database, TEN, 2, clock=ManualClock(ends_at), vault=vault, services=("social-card",))
    assert still_runs
    with Session(database.engine) as writing:
        writing.execute(
            update(APPOINTMENTS)
            .where(APPOINTMENTS.c.id == first.appointment.id)
            .values(status=AppointmentStatus.CONFIRMED, expires_at=None)
        )
        writing.commit()
    late = ManualClock(ends_at + timedelta(minutes=1))
    database.write_now(service.confirm, second.token, person(2), clock=late, vault=vault)
    both = select(func.count()).where(APPOINTMENTS.c.status == AppointmentStatus.CONFIRMED)
    assert database.read_now(lambda session: session.execute(both).scalar_one()) == 2
    assert claims_at(database, TEN) == 1


def _booked(database: Database, *, clock: ManualClock, vault: Vault, key: str | None) -> bytes:
    """Hold a place, under an idempotency key if there is one, and return the answer."""

    def work(session: Session) -> bytes:
        held = service.hold(
            session, "city", ["elder-benefit"], TEN, client=client(), clock=clock, vault=vault
        )
        return held.token.encode()

    def unit(session: Session) -> bytes:
        if key is None:
            return work(session)
        intention = Intention("anybody", key, hashlib.sha256(b"the same request").digest())
        return once(session, intention, work, vault=vault, now=clock.now())

    return database.write_now(unit)


def test_one_key_never_books_twice(
    database: Database, booking_city: BookingCity, clock: ManualClock, vault: Vault
) -> None:
    answers = answers_of(lambda _: _booked(database, clock=clock, vault=vault, key="a key"), RIVALS)
    assert len(set(answers)) == 1
    assert isinstance(answers[0], bytes)
    assert claims_at(database, TEN) == 1


def test_without_the_key_a_repeated_request_books_twice(
    database: Database, booking_city: BookingCity, clock: ManualClock, vault: Vault
) -> None:
    answers = answers_of(lambda _: _booked(database, clock=clock, vault=vault, key=None), RIVALS)
    assert len({answer for answer in answers if isinstance(answer, bytes)}) == 2
    assert claims_at(database, TEN) == 2


def test_a_phone_number_gets_its_two_appointments_and_no_third(
    database: Database, booking_city: BookingCity, clock: ManualClock, vault: Vault
) -> None:
    held = _six_holds(database, clock, vault)
    outcomes = answers_of(
        lambda n: database.write_now(service.confirm, held[n].token, person(), clock=clock, vault=vault),
        RIVALS,
    )
    booked = [each for each in outcomes if isinstance(each, service.AppointmentView)]
    refused = [each for each in outcomes if isinstance(each, PersonLimit)]
    assert (len(booked), len(refused)) == (2, RIVALS - 2), outcomes


def test_counting_a_persons_appointments_before_writing_lets_a_third_through(
    database: Database, booking_city: BookingCity, clock: ManualClock, vault: Vault
) -> None:
    held = _six_holds(database, clock, vault)
    scope = person_limits.day_scope("+8613800138000", TEN.date(), vault)
    counted = Barrier(RIVALS)

    def naive(number: int) -> bool:
        with Session(database.engine) as looking:
            used = looking.execute(select(func.count()).where(QUOTAS.c.scope == scope)).scalar_one()
            looking.rollback()
        counted.wait()
        if used < 2:
            with Session(database.engine) as writing:
                own = held[number].appointment.id
                writing.execute(
                    insert(QUOTAS).values(scope=scope, seat=uuid7().int % 10**9, appointment_id=own)
                )
                writing.commit()
        return used < 2

    assert answers_of(naive, RIVALS) == [True] * RIVALS


@pytest.mark.parametrize("by_hall", [False, True])
def test_an_appointment_is_cancelled_or_checked_in_never_both(
    by_hall: bool, database: Database, booking_city: BookingCity, clock: ManualClock, vault: Vault
) -> None:
    for turn, starts_at in enumerate((local(10), local(10, 30), local(11), local(11, 30))):
        clock.set(starts_at - timedelta(minutes=40))
        held = hold(database, starts_at, turn, clock=clock, vault=vault)
        database.write_now(service.confirm, held.token, person(turn), clock=clock, vault=vault)

        def race(number: int, token: str = held.token, own: Any = held.appointment.id) -> Any:
            if number == 0 and by_hall:
                ids, why = [own], Why(CancelReason.CLOSED)
                return database.write_now(
                    service.cancel_by_hall, booking_city.halls["city"], ids, why,
                    by=SYSTEM, clock=clock, vault=vault,
                )  # fmt: skip
            if number == 0:
                return database.write_now(service.cancel, token, clock=clock, vault=vault)
            return database.write_now(service.check_in, token, by=CITIZEN, clock=clock, vault=vault)

        cancelled, ticket = answers_of(race, rivals=2)
        kept = cancelled == [] if by_hall else isinstance(cancelled, AppointmentNotPossible)
        assert kept != isinstance(ticket, AppointmentNotPossible)
        seen = database.read_now(service.look_up, held.token, now=clock.now(), vault=vault)
        came = isinstance(ticket, IssuedTicket)
        ended = AppointmentStatus.CANCELLED_BY_HALL if by_hall else AppointmentStatus.CANCELLED_BY_CITIZEN
        assert seen.status is (AppointmentStatus.CHECKED_IN if came else ended)


def test_without_the_lock_an_appointment_is_cancelled_and_checked_in(
    database: Database, booking_city: BookingCity, clock: ManualClock, vault: Vault
) -> None:
    held = hold(database, TEN, 0, clock=clock, vault=vault)
    database.write_now(service.confirm, held.token, person(), clock=clock, vault=vault)
    looked = Barrier(2)

    def naive(number: int) -> bool:
        after = (AppointmentStatus.CANCELLED_BY_CITIZEN, AppointmentStatus.CHECKED_IN)[number]
        mine = APPOINTMENTS.c.id == held.appointment.id
        with Session(database.engine) as looking:
            status = looking.execute(select(APPOINTMENTS.c.status).where(mine)).scalar_one()
            looking.rollback()
        looked.wait()
        if (AppointmentStatus(status), _ACTIONS[number]) in TRANSITIONS:
            with Session(database.engine) as writing:
                writing.execute(update(APPOINTMENTS).where(mine).values(status=after))
                writing.commit()
            return True
        return False

    assert answers_of(naive, rivals=2) == [True, True]


_ACTIONS = (AppointmentAction.CANCEL, AppointmentAction.CHECK_IN)


def _six_holds(database: Database, clock: ManualClock, vault: Vault) -> list[service.HeldAppointment]:
    starts = (local(10, 30), local(11), local(14), local(14, 30), local(15), local(15, 30))
    return [
        hold(database, starts_at, 50 + number, clock=clock, vault=vault)
        for number, starts_at in enumerate(starts)
    ]
