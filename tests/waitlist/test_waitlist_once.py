"""The waiting list and services of which a person has one open appointment in the city."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from booking import service as booking
from booking.rules.waitlist import WaitingStatus
from booking.waitlist import service as waitlist
from kernel.tables import ServiceRow
from tests.booking.booking_city import local
from tests.messages.conftest import TERMS
from tests.waitlist.waiters import SOCIAL

if TYPE_CHECKING:
    from tests.waitlist.waiters import Waiters


def test_no_place_is_kept_for_whom_it_would_be_refused(waiters: Waiters) -> None:
    """Else it would lie idle twice, for as long as an offer lasts, before the next is asked."""
    waiters.database.carry(messages=TERMS)
    services = ServiceRow.__table__  # type: ignore[attr-defined]
    single = update(services).where(services.c.code == SOCIAL[0]).values(single=True)
    waiters.database.write_now(lambda session: session.execute(single) and None)
    full, theirs = waiters.taken(number=1), waiters.taken(local(14, days=1), number=2)
    has_one, has_none = waiters.join(2), waiters.join(3)
    waiters.do(booking.cancel, full)
    waiters.round()
    assert waiters.seen(has_one).offer is None
    assert waiters.seen(has_none).offer is not None
    waiters.do(booking.cancel, theirs)
    waiters.do(waitlist.decline, has_none)
    waiters.round()
    assert waiters.seen(has_one).offer is not None, "they have none any more"
    assert waiters.take(has_one).status is WaitingStatus.BOOKED
