"""An appointment is brought forward when an earlier place becomes free, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from booking import service
from booking.errors import AppointmentNotPossible
from booking.rules.waitlist import HANDOVER, OfferStatus, WaitingStatus
from booking.waitlist.errors import (
    AlreadyWaiting,
    OfferOver,
)
from kernel.tables import ServiceRow
from tests.booking.booking_city import client, local
from tests.booking.desk import ELDER
from tests.waitlist.waiters import AT_TEN, SOCIAL, Waiters, times

MINUTE = timedelta(minutes=1)


@pytest.mark.slow
def test_an_earlier_time_moves_the_appointment_and_frees_the_old_one_for_the_list(waiters: Waiters) -> None:
    late, early = waiters.taken(local(11, days=1), number=1), waiters.taken()
    token = waiters.earlier(late, times())
    behind = waiters.join(2, times(minutes=(660, 690)))
    with pytest.raises(AlreadyWaiting):
        waiters.earlier(late, times())
    waiters.do(service.cancel, early)
    waiters.round()
    assert waiters.look_up(late).starts_at == local(11, days=1), "an offer moves nothing"
    done = waiters.take(token)
    assert (done.status, done.booked_at, done.booked_token) == (WaitingStatus.BOOKED, AT_TEN, None)
    own = waiters.look_up(late)
    assert (own.status, own.starts_at, own.services[0].starts_at) == ("confirmed", AT_TEN, AT_TEN)
    assert waiters.free_at(local(11, days=1), SOCIAL) == 0
    assert waiters.round().made == 1
    offered = waiters.seen(behind).offer
    assert offered is not None
    assert offered.starts_at == local(11, days=1)
    waiters.do(service.cancel, late)
    assert waiters.round().made == 0


def test_an_earlier_time_may_share_slots_with_the_appointment_it_brings_forward(waiters: Waiters) -> None:
    """Forty minutes touch two slots: one that somebody gives back and one that is the person's own."""
    company = ["company-start"]
    early = waiters.book(local(9, 30, days=1), SOCIAL, number=1).token
    own = waiters.book(local(10, days=1), company, number=2).token
    token = waiters.earlier(own, times(minutes=(570, 600)))
    waiters.do(service.cancel, early)
    assert waiters.round().made == 1
    waiters.take(token)
    assert waiters.look_up(own).starts_at == local(9, 30, days=1)
    waiters.clock.advance(HANDOVER)
    free = {at: waiters.free_at(at, SOCIAL) for at in (local(9, 30, days=1), AT_TEN, local(10, 30, days=1))}
    assert list(free.values()) == [0, 0, 1]


def test_a_party_is_offered_places_for_all_of_them_or_none(waiters: Waiters) -> None:
    services = ServiceRow.__table__  # type: ignore[attr-defined]
    allowed = update(services).where(services.c.code == "elder-benefit").values(party="places", party_most=3)
    waiters.database.write_now(lambda session: session.execute(allowed) and None)
    singles = [waiters.book(AT_TEN, ELDER, number=number).token for number in (1, 2)]
    eleven = local(11, days=1)
    own = waiters.database.write_now(
        service.hold, "city", ELDER, eleven,
        client=client(3), clock=waiters.clock, vault=waiters.vault, party=2,
    ).token  # fmt: skip
    waiters.confirm(own, number=3)
    waiters.do(service.cancel, singles[0])
    token = waiters.earlier(own, times())  # one place is free, and no use to two
    assert waiters.round().made == 0
    waiters.do(service.cancel, singles[1])
    assert waiters.round().made == 1
    assert waiters.free_at(AT_TEN, ELDER) == 0, "both places are kept"
    waiters.take(token)
    moved = waiters.look_up(own)
    assert (moved.starts_at, moved.party) == (AT_TEN, 2)
    waiters.clock.advance(HANDOVER)
    assert (waiters.free_at(AT_TEN, ELDER), waiters.free_at(eleven, ELDER)) == (0, 2)
    waiters.do(service.cancel, own)
    waiters.clock.advance(HANDOVER)
    assert waiters.free_at(AT_TEN, ELDER) == 2


def test_whoever_moved_the_appointment_themselves_loses_nothing_by_an_old_offer(waiters: Waiters) -> None:
    late, early = waiters.taken(local(11, days=1), number=1), waiters.taken()
    token = waiters.earlier(late, times())
    waiters.do(service.cancel, early)
    waiters.round()
    waiters.do(service.reschedule, late, local(9, days=1))
    assert waiters.seen(token).offer is None
    with pytest.raises(OfferOver):
        waiters.take(token)
    assert waiters.look_up(late).starts_at == local(9, days=1)
    waiters.clock.advance(31 * MINUTE)
    waiters.round()
    assert (waiters.seen(token).lapses, waiters.offers()[0].status) == (0, OfferStatus.WITHDRAWN)


def test_the_wait_for_an_earlier_time_ends_with_its_appointment(waiters: Waiters) -> None:
    late, early = waiters.taken(local(11, days=1), number=1), waiters.taken()
    token = waiters.earlier(late, times())
    waiters.do(service.cancel, early)
    waiters.round()
    waiters.do(service.cancel, late)
    assert waiters.seen(token).status is WaitingStatus.ENDED, "before anybody has written it"
    with pytest.raises(OfferOver):
        waiters.take(token)
    waiters.round()
    assert [own.status for own in waiters.offers()] == [OfferStatus.WITHDRAWN]
    waiters.clock.advance(HANDOVER)
    assert waiters.free_at(AT_TEN, SOCIAL) == 1


def test_who_has_only_a_hold_has_no_appointment_to_be_earlier(waiters: Waiters) -> None:
    waiters.taken()
    held = waiters.hold(local(11, days=1), SOCIAL, number=1)
    with pytest.raises(AppointmentNotPossible):
        waiters.earlier(held.token, times())
    assert waiters.entries() == []
