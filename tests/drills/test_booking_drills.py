"""Many people want the same few places: nobody gets one twice, nobody loses the one that was promised."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, insert, select
from sqlmodel import Session

from booking import service
from booking.errors import SlotTaken
from booking.rules.appointments import AppointmentStatus
from booking.service import Client
from booking.tables import AppointmentRow, SlotClaimRow, SlotRow
from kernel.errors import Busy, Refusal
from kernel.ids import uuid7
from tests.booking.booking_city import build_city, local, person

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.figures import Figures

pytestmark = [pytest.mark.drill, pytest.mark.timeout(1800)]

ATTEMPTS, AT_ONCE, SEED = 20_000, 50, 7
STARTS = [
    local(hour, minute, days=days)
    for days in (1, 2, 5, 6, 7)
    for hour, minute in ((10, 30), (11, 0), (11, 30), (14, 0), (14, 30), (15, 0))
]
appointments, claims, slots = (
    row.__table__  # type: ignore[attr-defined]
    for row in (AppointmentRow, SlotClaimRow, SlotRow)
)


def test_a_rush_for_few_places_gives_each_to_one(
    database: Database, clock: ManualClock, vault: Vault, figures: Figures
) -> None:
    database.write_now(build_city)
    chance, told, lock = random.Random(SEED), Counter[str](), Lock()
    wanted = [chance.choice(STARTS) for _ in range(ATTEMPTS)]
    parts = {"clock": clock, "vault": vault}

    def want(number: int) -> Any:
        who = Client(browser=f"browser {number}", address=f"address {number}")
        try:
            held = database.write_now(
                service.hold, "city", ["elder-benefit"], wanted[number], client=who, **parts
            )
            booked = database.write_now(
                service.confirm, held.token, person(phone=f"139{number:08d}"), **parts
            )
        except Refusal as refused:
            with lock:
                told[refused.code] += 1
            return None
        return booked.code

    with ThreadPoolExecutor(AT_ONCE) as people:
        codes = [code for code in people.map(want, range(ATTEMPTS)) if code is not None]
    kept = database.read_now(
        lambda session: (
            session.execute(
                select(appointments.c.code).where(appointments.c.status == AppointmentStatus.CONFIRMED)
            )
            .scalars()
            .all()
        )
    )
    assert Counter(kept) == Counter(codes), "what was promised is what is kept"
    taken = database.read_now(
        lambda session: session.execute(
            select(slots.c.starts_at, slots.c.capacity, func.count(claims.c.seat).label("n"))
            .join(claims, claims.c.slot_id == slots.c.id)
            .group_by(slots.c.id, slots.c.starts_at, slots.c.capacity)
        ).all()
    )
    assert all(row.n <= row.capacity for row in taken)
    assert sum(row.n for row in taken) == len(codes), "no place was lost to somebody who got none"
    assert told[SlotTaken.code] + told[Busy.code] + len(codes) == ATTEMPTS, told
    figures.note(attempts=ATTEMPTS, booked=len(codes), slots=len(taken), busy=told[Busy.code])


def test_without_a_unit_of_work_the_rush_overbooks(
    database: Database, clock: ManualClock, vault: Vault, figures: Figures
) -> None:
    """The twin looks in one transaction and writes in another; were nothing overbooked, the drill is void."""
    database.write_now(build_city)
    held = database.write_now(
        service.hold, "city", ["elder-benefit"], STARTS[0],
        client=Client(browser="b", address="a"), clock=clock, vault=vault,
    )  # fmt: skip
    assert held
    slot, owner = database.read_now(
        lambda session: session.execute(select(claims.c.slot_id, claims.c.appointment_id)).one()
    )
    most = database.read_now(lambda session: session.execute(select(slots.c.capacity)).scalars().first()) or 0

    looked = Barrier(AT_ONCE)

    def naive(_: int) -> None:
        with Session(database.engine) as looking:
            taken = looking.execute(select(func.count()).where(claims.c.slot_id == slot)).scalar_one()
        looked.wait(30)
        if taken < most:
            with Session(database.engine) as writing:
                seat = 1_000 + uuid7().int % 1_000_000  # past the key on the seats, which is the other guard
                writing.execute(insert(claims).values(slot_id=slot, seat=seat, appointment_id=owner))
                writing.commit()

    with ThreadPoolExecutor(AT_ONCE) as people:
        list(people.map(naive, range(AT_ONCE)))
    over = database.read_now(
        lambda session: session.execute(select(func.count()).where(claims.c.slot_id == slot)).scalar_one()
    )
    figures.note(places=most, taken=over)
    assert over > most
