"""What somebody has once in the whole city is told to whoever has the number's telephone, to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from booking.errors import AlreadyBooked
from booking.rules.appointments import AppointmentStatus
from kernel.tables import ServiceRow
from tests.activation.conftest import bookers_of
from tests.booking.booking_city import local

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.activation.bookers import Bookers

S = AppointmentStatus
LATER = local(10, days=5)


@pytest.fixture
def once(database: Database, clock: ManualClock, vault: Vault) -> Bookers:
    """A city whose halls ask for no code, where a person has one open appointment for the allowance."""
    made = bookers_of(database, clock, vault, activation=0)
    services = ServiceRow.__table__  # type: ignore[attr-defined]
    single = update(services).where(services.c.code == "elder-benefit").values(single=True)
    database.write_now(lambda session: session.execute(single) and None)
    return made


@pytest.mark.parametrize("owner", [None, b"somebody who is signed in"])
def test_who_types_anothers_number_is_told_nothing_about_them(once: Bookers, owner: bytes | None) -> None:
    first = once.asked()
    assert once.type(first, once.codes()[-1]).appointment is not None
    answers = []
    for number in (0, 1):  # one who has an appointment for it already, one who has none
        token = once.hold(LATER, number=number).token
        once.fill_in(token, number, owner=owner)
        answers.append(once.look_up(token).status)
    assert answers == [S.HELD, S.HELD]


def test_whoever_has_the_code_is_told_and_booked_where_nothing_stands_against_it(once: Bookers) -> None:
    first = once.asked()
    assert once.type(first, once.codes()[-1]).appointment is not None
    again = once.asked(LATER)
    with pytest.raises(AlreadyBooked):
        once.type(again, once.codes()[-1])
    other = once.asked(LATER, number=1)
    booked = once.type(other, once.codes()[-1]).appointment
    assert booked is not None
    assert booked.status is S.CONFIRMED


def test_for_anything_else_no_code_is_asked_for(once: Bookers) -> None:
    token = once.asked(services=["social-card"])
    assert once.look_up(token).status is S.CONFIRMED
