"""What a day taught is learned once, by whichever process comes first, and after a night without any."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from app.rounds import Rounds
from kernel.ids import uuid7
from kernel.work_tables import JobRow
from queueing.tables import TicketFactRow
from queueing.wait_tables import WaitProfileRow
from tests.booking.booking_city import ZONE

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

jobs, facts, profiles = (row.__table__ for row in (JobRow, TicketFactRow, WaitProfileRow))  # type: ignore[attr-defined]


def learning(parts: Parts) -> list[str]:
    asked = select(jobs.c.name).order_by(jobs.c.name)
    return list(parts.database.read_now(lambda session: session.execute(asked).scalars().all()))


def teach(parts: Parts, city: SmallCity, clock: ManualClock) -> None:
    yesterday = clock.now() - timedelta(days=1)
    values: dict[str, Any] = {
        "ticket_id": uuid7(), "hall_id": city.hall, "queue_id": city.queue_a, "day": yesterday.date(),
        "arrived_at": yesterday, "effective_at": yesterday, "outcome": "finished",
    }  # fmt: skip
    parts.database.write_now(lambda session: session.execute(insert(facts).values(**values)) and None)


async def come_round(parts: Parts, city: SmallCity) -> None:
    """What a process does at its first visit of the halls: it was not there at midnight."""
    rounds = Rounds(parts.database, parts.clock, parts.vault)
    for hall in (city.hall, city.other_hall):
        await rounds._roll_over(hall, parts.clock.now().astimezone(ZONE).date())


async def test_a_day_is_learned_once_by_whichever_process_comes_first(
    parts: Parts, city: SmallCity, clock: ManualClock
) -> None:
    await come_round(parts, city)
    assert learning(parts) == [], "nothing was taught yet"
    teach(parts, city, clock)
    for _ in range(3):
        await come_round(parts, city)
    assert learning(parts) == ["learn_correction", "learn_waits"]


async def test_what_was_learned_is_not_learned_again(
    parts: Parts, city: SmallCity, clock: ManualClock
) -> None:
    teach(parts, city, clock)

    def learned(session: Session) -> None:
        session.execute(
            insert(profiles).values(queue_id=city.queue_a, made_at=clock.now(), days=1, profile={})
        )

    parts.database.write_now(learned)
    await come_round(parts, city)
    assert learning(parts) == []
    clock.advance(timedelta(days=1))
    teach(parts, city, clock)
    await come_round(parts, city)
    assert learning(parts) == ["learn_correction", "learn_waits"]
