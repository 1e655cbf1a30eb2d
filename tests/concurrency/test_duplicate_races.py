"""One person, one service, two halls at the same moment: one appointment; beside it the naive way."""

from __future__ import annotations

from threading import Barrier
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update
from sqlmodel import Session

from booking import service
from booking.errors import AlreadyBooked
from booking.rules.appointments import AppointmentStatus
from booking.tables import AppointmentServiceRow
from kernel.tables import ServiceRow
from tests.booking.booking_city import build_city, client, local, person
from tests.concurrency.test_booking_races import APPOINTMENTS
from tests.messages.conftest import TERMS
from tests.support.races import answers_of

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

SERVICES, LEGS = ServiceRow.__table__, AppointmentServiceRow.__table__
OPEN = APPOINTMENTS.c.status == AppointmentStatus.CONFIRMED


def two_holds(database: Database, clock: ManualClock, vault: Vault) -> list[service.HeldAppointment]:
    """Keep a place in either hall for a service of which a person has one open appointment."""
    database.carry(messages=TERMS)
    database.write_now(build_city)
    once = update(SERVICES).where(SERVICES.c.code == "elder-benefit").values(single=True)
    database.write_now(lambda session: session.execute(once) and None)
    return [
        database.write_now(
            service.hold, hall, ["elder-benefit"], local(10, days=days),
            client=client(days), clock=clock, vault=vault,
        )
        for days, hall in ((1, "city"), (2, "town"))
    ]  # fmt: skip


def test_one_person_has_one_open_appointment_in_all_halls(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    held = two_holds(database, clock, vault)
    outcomes = answers_of(
        lambda n: database.write_now(service.confirm, held[n].token, person(), clock=clock, vault=vault),
        rivals=2,
    )
    booked = [each for each in outcomes if isinstance(each, service.AppointmentView)]
    refused = [each for each in outcomes if isinstance(each, AlreadyBooked)]
    assert (len(booked), len(refused)) == (1, 1), outcomes


def test_whoever_looks_for_another_before_booking_finds_none_in_either_hall(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    held = two_holds(database, clock, vault)
    looked = Barrier(2)

    def naive(number: int) -> Any:
        with Session(database.engine) as looking:
            joined = APPOINTMENTS.join(LEGS, LEGS.c.appointment_id == APPOINTMENTS.c.id)
            found = looking.execute(select(func.count()).select_from(joined).where(OPEN)).scalar_one()
            looking.rollback()
        looked.wait(10)
        if found:
            return False
        with Session(database.engine) as writing:
            mine = APPOINTMENTS.c.id == held[number].appointment.id
            writing.execute(update(APPOINTMENTS).where(mine).values(status=AppointmentStatus.CONFIRMED))
            writing.commit()
        return True

    assert answers_of(naive, rivals=2) == [True, True]
