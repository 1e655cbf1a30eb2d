"""Whoever waits is offered what becomes free, in order, for a published time, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from booking import service
from booking.errors import PersonLimit, PhoneInvalid, SlotTaken
from booking.rules.appointments import AppointmentStatus
from booking.rules.waitlist import HANDOVER, WaitingStatus
from booking.service.views import PHONE_FIELD
from booking.tables import AppointmentRow
from booking.waitlist import service as waitlist
from booking.waitlist.errors import (
    ClosedThen,
    OfferOver,
    PlaceFree,
    WaitingLimit,
    WaitingNotFound,
    WaitingOver,
    WishInvalid,
)
from kernel.work_tables import OutboxRow
from queueing.tables import ExpectedArrivalRow
from tests.booking.booking_city import PHONES, local
from tests.support.statements import statements_of
from tests.waitlist.waiters import AT_TEN, SOCIAL, TOMORROW, Waiters, times

MINUTE = timedelta(minutes=1)
SUNDAY = TOMORROW + timedelta(days=3)


def test_a_cancelled_place_goes_to_the_first_and_is_never_seen_by_the_public(waiters: Waiters) -> None:
    taken = waiters.taken()
    first, second = waiters.join(1), waiters.join(2)
    assert (waiters.seen(first).ahead, waiters.seen(second).ahead) == (0, 1)
    assert waiters.round() == waitlist.Offered(0, 0)

    waiters.do(service.cancel, taken)
    assert waiters.free_at(AT_TEN, SOCIAL) == 0, "it rests until the list has been asked"
    assert waiters.round() == waitlist.Offered(1, 0)

    offer = waiters.seen(first).offer
    assert offer is not None
    assert (offer.starts_at, offer.expires_at) == (AT_TEN, waiters.clock.now() + 30 * MINUTE)
    assert waiters.seen(second).offer is None
    assert waiters.free_at(AT_TEN, SOCIAL) == 0
    with pytest.raises(SlotTaken):
        waiters.hold(AT_TEN, SOCIAL, number=9)
    assert waiters.round() == waitlist.Offered(0, 0), "a repeat does nothing"


def test_an_offer_that_is_taken_is_an_appointment_of_whoever_waited(waiters: Waiters) -> None:
    taken = waiters.taken()
    token = waiters.join(1, name="李雷", priority=True)
    waiters.do(service.cancel, taken)
    waiters.round()
    done = waiters.take(token)
    assert (done.status, done.booked_at) == (WaitingStatus.BOOKED, AT_TEN)
    assert done.booked_token is not None
    own = waiters.look_up(done.booked_token)
    assert (own.status, own.starts_at, own.priority) == (AppointmentStatus.CONFIRMED, AT_TEN, True)
    assert (own.name_masked, own.phone_masked) == ("李*", "138****8001")
    assert len(waiters.rows(ExpectedArrivalRow)) == 1
    kinds = [row.kind for row in waiters.rows(OutboxRow)]  # type: ignore[attr-defined]
    assert kinds[-2:] == ["place_offered", "appointment_confirmed"]
    waiters.clock.advance(31 * MINUTE)
    waiters.round()
    assert waiters.look_up(done.booked_token).status is AppointmentStatus.CONFIRMED
    with pytest.raises(OfferOver):
        waiters.take(token)


def test_the_moment_its_time_is_over_an_offer_is_no_more_and_the_next_is_asked(waiters: Waiters) -> None:
    taken = waiters.taken()
    first, second = waiters.join(1), waiters.join(2)
    waiters.do(service.cancel, taken)
    waiters.round()
    waiters.clock.advance(30 * MINUTE)
    assert waiters.seen(first).offer is None, "nobody has written anything yet"
    with pytest.raises(OfferOver):
        waiters.take(first)
    assert waiters.free_at(AT_TEN, SOCIAL) == 0
    assert waiters.round() == waitlist.Offered(1, 1)
    assert waiters.seen(second).offer is not None
    lapsed = waiters.seen(first)
    assert (lapsed.status, lapsed.lapses, lapsed.lapsed) == (WaitingStatus.WAITING, 1, True)
    assert lapsed.ahead == 1, "who lets an offer lapse stands behind the others"


def test_whoever_lets_two_offers_lapse_is_off_the_list(waiters: Waiters) -> None:
    ten, eleven = waiters.taken(), waiters.taken(local(10, 30, days=1), number=1)
    token = waiters.join(2, times(minutes=(600, 660)))
    waiters.do(service.cancel, ten)
    waiters.round()
    assert not waiters.seen(token).last_chance
    waiters.clock.advance(31 * MINUTE)
    waiters.round()
    waiters.do(service.cancel, eleven)
    assert waiters.round().made == 1
    assert waiters.seen(token).last_chance
    waiters.clock.advance(31 * MINUTE)
    waiters.round()
    gone = waiters.seen(token)
    assert (gone.status, gone.lapses, gone.phone_masked) == (WaitingStatus.DROPPED, 2, None)


def test_when_nobody_wants_it_the_place_is_free_for_all(waiters: Waiters) -> None:
    taken = waiters.taken()
    waiters.join(1)
    waiters.do(service.cancel, taken)
    waiters.round()
    waiters.clock.advance(30 * MINUTE)
    waiters.round()
    assert waiters.free_at(AT_TEN, SOCIAL) == 0
    waiters.clock.advance(HANDOVER)
    assert waiters.free_at(AT_TEN, SOCIAL) == 1
    assert waiters.round().made == 0, "nobody is offered the same time twice"


def test_a_place_that_is_late_to_be_offered_is_public_after_its_rest(waiters: Waiters) -> None:
    """The rounds stand still: the list loses its turn, nobody loses a place."""
    taken = waiters.taken()
    waiters.join(1)
    waiters.do(service.cancel, taken)
    waiters.clock.advance(HANDOVER)
    assert waiters.free_at(AT_TEN, SOCIAL) == 1


def test_without_anybody_who_waits_a_cancelled_place_is_free_at_once(waiters: Waiters) -> None:
    waiters.do(service.cancel, waiters.taken())
    assert waiters.free_at(AT_TEN, SOCIAL) == 1


def test_places_come_from_moves_from_holds_that_run_out_and_from_new_windows(waiters: Waiters) -> None:
    moved = waiters.taken()
    token = waiters.join(1)
    waiters.do(service.reschedule, moved, local(11, days=1))
    assert waiters.free_at(AT_TEN, SOCIAL) == 0
    waiters.round()
    assert waiters.seen(token).offer is not None

    held = waiters.hold(local(14, days=1), SOCIAL, number=3)
    second = waiters.join(2, times(minutes=(840, 870)))
    assert waiters.round().made == 0
    assert held.appointment.expires_at is not None
    waiters.clock.set(held.appointment.expires_at)
    waiters.round()
    assert waiters.seen(second).offer is not None

    waiters.taken(local(15, days=1), number=4)
    third = waiters.join(5, times(minutes=(900, 930)))
    waiters.set_policy(waiters.city, overbooking=0.5, appointment_share=0.9)
    waiters.round()
    assert waiters.seen(third).offer is not None


def test_saying_no_costs_nothing_but_the_same_time_is_not_offered_again(waiters: Waiters) -> None:
    taken = waiters.taken()
    first, second = waiters.join(1), waiters.join(2)
    waiters.do(service.cancel, taken)
    waiters.round()
    said = waiters.do(waitlist.decline, first)
    assert (said.status, said.lapses, said.offer, said.ahead) == (WaitingStatus.WAITING, 0, None, 0)  # type: ignore[attr-defined]
    with pytest.raises(OfferOver):
        waiters.do(waitlist.decline, first)
    waiters.round()
    assert waiters.seen(first).offer is None
    assert waiters.seen(second).offer is not None


def test_leaving_gives_a_kept_place_to_the_next_and_forgets_who_it_was(waiters: Waiters) -> None:
    taken = waiters.taken()
    first, second = waiters.join(1), waiters.join(2)
    waiters.do(service.cancel, taken)
    waiters.round()
    assert waiters.do(waitlist.leave, first).status is WaitingStatus.LEFT  # type: ignore[attr-defined]
    assert waiters.free_at(AT_TEN, SOCIAL) == 0
    waiters.round()
    assert waiters.seen(second).offer is not None
    row = next(own for own in waiters.entries() if own.status == "left")
    assert [row.name_sealed, row.phone_sealed, row.phone_hash, row.person_seat] == [None] * 4
    with pytest.raises(WaitingOver):
        waiters.do(waitlist.leave, first)
    with pytest.raises(WaitingNotFound):
        waiters.do(waitlist.leave, "never-was-one")


def test_one_person_has_one_open_offer_and_two_waits(waiters: Waiters) -> None:
    ten, two = waiters.taken(), waiters.taken(local(14, days=1), number=1)
    first = waiters.join(2)
    second = waiters.join(2, times(minutes=(840, 870)))
    with pytest.raises(WaitingLimit):
        waiters.join(2)
    waiters.do(service.cancel, ten)
    waiters.do(service.cancel, two)
    assert waiters.round().made == 1
    waiters.take(first)
    assert waiters.round().made == 1
    waiters.take(second)
    waiters.clock.advance(HANDOVER)
    assert waiters.join(2), "two waits have ended"


def test_nobody_is_offered_more_than_a_person_may_book(waiters: Waiters) -> None:
    """The list asks before it offers; taking asks again, should something be booked meanwhile."""
    full = waiters.taken()
    waiters.taken(local(14, days=1), number=2)
    waiters.taken(local(14, 30, days=1), number=2)
    token = waiters.join(2)
    waiters.do(service.cancel, full)
    assert waiters.round().made == 0

    other = waiters.taken(local(15, days=1), number=3)
    waiters.taken(local(9, days=1), number=4)
    second = waiters.join(4, times(minutes=(900, 930)))
    waiters.do(service.cancel, other)
    assert waiters.round().made == 1
    waiters.taken(local(11, days=1), number=4)
    with pytest.raises(PersonLimit):
        waiters.take(second)
    assert waiters.seen(second).offer is not None, "a refusal changes nothing"
    assert waiters.seen(token).status is WaitingStatus.WAITING


def test_nobody_waits_for_what_is_free(waiters: Waiters) -> None:
    with pytest.raises(PlaceFree) as refused:
        waiters.join(1)
    assert refused.value.facts["next_free"] == [AT_TEN.isoformat()]
    token = waiters.taken()
    wait = waiters.join(1)
    with pytest.raises(PlaceFree):
        waiters.do(waitlist.change_wish, wait, times(minutes=(600, 660)))
    with pytest.raises(PlaceFree):
        waiters.earlier(token, times(minutes=(0, 1440)))


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (times(TOMORROW, TOMORROW - timedelta(days=1)), "days"),
        (times(TOMORROW - timedelta(days=3), TOMORROW - timedelta(days=2)), "days"),
        (times(TOMORROW, TOMORROW + timedelta(days=14)), "days"),
        (times(minutes=(600, 600)), "times"),
        (times(minutes=(0, 1441)), "times"),
        (times(halls=()), "halls"),
    ],
)
def test_a_wish_that_cannot_come_true_is_refused(
    sqlite_waiters: Waiters, wish: waitlist.Times, field: str
) -> None:
    with pytest.raises(WishInvalid) as refused:
        sqlite_waiters.join(1, wish)
    assert refused.value.facts["field"] == field


@pytest.mark.parametrize("wish", [times(SUNDAY, minutes=(0, 1440)), times(minutes=(60, 120))])
def test_nobody_waits_where_every_door_is_closed(sqlite_waiters: Waiters, wish: waitlist.Times) -> None:
    with pytest.raises(ClosedThen):
        sqlite_waiters.join(1, wish)
    assert sqlite_waiters.entries() == []


def test_what_is_wrong_with_the_person_is_said_before_anything_is_kept(sqlite_waiters: Waiters) -> None:
    sqlite_waiters.taken()
    with pytest.raises(PhoneInvalid):
        sqlite_waiters.join(1, phone="12345")
    assert sqlite_waiters.entries() == []


def test_changing_the_wish_keeps_the_place_in_the_line(waiters: Waiters) -> None:
    waiters.taken()
    two = waiters.taken(local(14, days=1), number=1)
    first, second = waiters.join(2), waiters.join(3, times(minutes=(840, 870)))
    changed = waiters.do(waitlist.change_wish, first, times(minutes=(840, 870)))
    assert (changed.from_minute, changed.ahead) == (840, 0)  # type: ignore[attr-defined]
    assert waiters.seen(second).ahead == 1
    waiters.do(service.cancel, two)
    waiters.round()
    assert waiters.seen(first).offer is not None


def test_an_offer_lapses_in_a_hall_that_nobody_waits_in_any_more(waiters: Waiters) -> None:
    """Whoever waits elsewhere by now has an open offer there; left open, it would bar every other."""
    elder, town = ["elder-benefit"], times(halls=("town",))
    for number in range(2):
        waiters.book(AT_TEN, elder, number=number)
    given_back = waiters.book(AT_TEN, elder, hall="town", number=3)
    waiters.book(local(11, days=1), elder, hall="town", number=5)
    asked = waitlist.Asked(tuple(elder), town, waitlist_person(4))
    token = waiters.database.write_now(waitlist.join, asked, clock=waiters.clock, vault=waiters.vault).token
    waiters.do(service.cancel, given_back.token)
    assert waiters.round("town").made == 1
    waiters.do(waitlist.change_wish, token, times(halls=("city",)))
    waiters.clock.advance(30 * MINUTE)
    for hall_id in waiters.database.read_now(waitlist.halls_waited_for):
        waiters.database.write_now(waitlist.offer_places, hall_id, clock=waiters.clock, vault=waiters.vault)
    assert [own.status for own in waiters.offers()] == ["lapsed"]
    assert waiters.database.read_now(waitlist.halls_waited_for) == [waiters.city.halls["city"]]


def test_several_halls_are_asked_and_one_place_ends_the_wait(waiters: Waiters) -> None:
    """Both halls' queue for this service are full at ten; the second gives a place back."""
    both = ("city", "town")
    elder = ["elder-benefit"]
    for number in range(2):
        waiters.book(AT_TEN, elder, number=number)
    town = waiters.book(AT_TEN, elder, hall="town", number=3)
    asked = waitlist.Asked(tuple(elder), times(halls=both), waitlist_person(4))
    token = waiters.database.write_now(waitlist.join, asked, clock=waiters.clock, vault=waiters.vault).token
    assert [hall.code for hall in waiters.seen(token).halls] == ["city", "town"]
    waiters.do(service.cancel, town.token)
    assert waiters.round("city").made == 0
    assert waiters.round("town").made == 1
    offered = waiters.seen(token).offer
    assert offered is not None
    assert offered.hall.code == "town"
    done = waiters.take(token)
    assert done.booked_token is not None
    assert waiters.look_up(done.booked_token).hall.code == "town"
    assert waiters.database.read_now(waitlist.halls_waited_for) == []


def waitlist_person(number: int) -> service.Person:
    return service.Person("王小明", PHONES[number])


def test_a_wait_ends_with_its_last_day_and_forgets_who_it_was(waiters: Waiters) -> None:
    waiters.taken()
    token = waiters.join(1)
    phone = waiters.vault.digest("+86" + PHONES[1], field=PHONE_FIELD)
    assert waiters.entries()[0].phone_hash == phone
    waiters.clock.set(local(0, days=2))
    assert waiters.seen(token).status is WaitingStatus.PASSED
    waiters.round()
    row = waiters.entries()[0]
    assert (row.status, row.phone_hash, row.name_sealed) == ("passed", None, None)


def test_at_night_a_place_is_kept_until_the_morning(waiters: Waiters) -> None:
    early, late = waiters.taken(local(9, days=1), number=1), waiters.taken()
    waiters.clock.set(local(22))
    nine, ten = waiters.join(2, times(minutes=(540, 570))), waiters.join(3)
    waiters.do(service.cancel, early)
    waiters.do(service.cancel, late)
    assert waiters.round().made == 2
    for token in (nine, ten):
        offer = waiters.seen(token).offer
        assert offer is not None
        assert offer.expires_at == local(8, 30, days=1)
    waiters.clock.set(local(8, 29, days=1))
    assert waiters.take(ten).status is WaitingStatus.BOOKED


def test_an_appointment_that_is_over_keeps_no_wait_from_being_settled(waiters: Waiters) -> None:
    """The row that a wait names may change in any way; the round ends the wait all the same."""
    late = waiters.taken(local(11, days=1), number=1)
    waiters.taken()
    token = waiters.earlier(late, times())

    def came(session: object) -> None:
        row = AppointmentRow.__table__
        session.execute(update(row).where(row.c.starts_at == local(11, days=1)).values(status="no_show"))  # type: ignore[attr-defined]

    waiters.database.write_now(came)
    assert waiters.round().ended == 1
    assert waiters.seen(token).status is WaitingStatus.ENDED


def test_a_round_asks_the_database_as_often_for_many_as_for_few(waiters: Waiters) -> None:
    """It runs every five seconds in each hall, and hundreds may wait."""
    late = [waiters.taken(local(hour, days=2), number=hour) for hour in (14, 15)]
    waiters.taken()
    waiters.join(1)
    waiters.earlier(late[0], times())
    few = _statements_of_a_round(waiters)
    for number in range(2, 6):
        waiters.join(number)
    waiters.earlier(late[1], times())
    assert _statements_of_a_round(waiters) == few


def _statements_of_a_round(waiters: Waiters) -> int:
    asked = {"clock": waiters.clock, "vault": waiters.vault}
    return len(statements_of(waiters.database, waitlist.offer_places, waiters.city.halls["city"], **asked))
