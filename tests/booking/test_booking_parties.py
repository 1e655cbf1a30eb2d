"""Several people at once, and who books for somebody else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from booking import service
from booking.errors import PartyTooLarge, PersonLimit, SlotTaken
from booking.rules.appointments import AppointmentStatus
from booking.rules.slots import Leg, SlotKey, choose_seats, needed_places
from booking.tables import SlotClaimRow, SlotRow
from kernel.tables import ServiceRow
from tests.booking.booking_city import client, local, person
from tests.booking.desk import ELDER, TEN

if TYPE_CHECKING:
    from datetime import datetime

    from booking.service import HeldAppointment
    from tests.booking.desk import Desk

SOCIAL = ["social-card"]
NINE = local(9)


def allow(desk: Desk, code: str, takes: str, most: int) -> None:
    services = ServiceRow.__table__  # type: ignore[attr-defined]
    change = update(services).where(services.c.code == code).values(party=takes, party_most=most)
    desk.database.write_now(lambda session: session.execute(change) and None)


def hold(desk: Desk, party: int, services: list[str] = ELDER, *, number: int = 0) -> HeldAppointment:
    return desk.database.write_now(
        service.hold, "city", services, TEN,
        client=client(number), clock=desk.clock, vault=desk.vault, party=party,
    )  # fmt: skip


def test_each_of_a_party_takes_a_place_of_their_own(desk: Desk) -> None:
    allow(desk, "elder-benefit", "places", 3)
    assert desk.free_at(TEN) == 2
    held = hold(desk, 2)
    assert desk.free_at(TEN) == 0
    booked = desk.confirm(held.token)
    assert (booked.party, booked.status) == (2, AppointmentStatus.CONFIRMED)
    seats = desk.rows(SlotClaimRow)
    assert sorted((row.seat, row.expires_at) for row in seats) == [(0, None), (1, None)]


def test_a_party_that_does_not_fit_takes_nothing(desk: Desk) -> None:
    allow(desk, "elder-benefit", "places", 3)
    desk.book(TEN)
    with pytest.raises(SlotTaken):
        hold(desk, 2, number=1)
    assert len(desk.rows(SlotClaimRow)) == 1


def test_the_minutes_of_a_party_follow_each_other(desk: Desk) -> None:
    allow(desk, "social-card", "minutes", 4)
    held = hold(desk, 3, SOCIAL)
    shown = held.appointment
    assert (shown.ends_at - shown.starts_at).total_seconds() == 3 * 12 * 60
    assert len(desk.rows(SlotClaimRow)) == 2, "36 minutes touch two slots of half an hour"
    assert desk.look_up(held.token).services[0].minutes == 36


def test_the_catalogue_says_how_many_may_come(desk: Desk) -> None:
    with pytest.raises(PartyTooLarge) as one:
        hold(desk, 2)
    assert one.value.facts["most"] == 1
    allow(desk, "elder-benefit", "places", 3)
    with pytest.raises(PartyTooLarge):
        hold(desk, 2, [*ELDER, *SOCIAL])


def test_a_party_that_moves_keeps_all_of_its_places_and_gives_all_back(desk: Desk) -> None:
    allow(desk, "elder-benefit", "places", 3)
    token = hold(desk, 2).token
    desk.confirm(token)
    desk.do(service.reschedule, token, local(14))
    assert (desk.free_at(TEN), desk.free_at(local(14))) == (2, 0)
    desk.do(service.cancel, token)
    assert desk.free_at(local(14)) == 2


def places_by_slot(desk: Desk) -> list[tuple[datetime, int]]:
    counted = (
        select(SlotRow.starts_at, func.count())  # type: ignore[call-overload]
        .join(SlotClaimRow, SlotClaimRow.slot_id == SlotRow.id)
        .group_by(SlotRow.starts_at)
        .order_by(SlotRow.starts_at)
    )
    return desk.database.read_now(lambda session: [tuple(row) for row in session.execute(counted)])


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_party_that_moves_by_one_slot_has_its_places_in_the_slot_that_both_share(
    desk: Desk, confirmed: bool
) -> None:
    """One of its services takes a place for each of them, the other their minutes one after the other."""
    allow(desk, "elder-benefit", "places", 3)
    allow(desk, "minimum-living", "minutes", 3)
    token = hold(desk, 2, [*ELDER, "minimum-living"]).token
    if confirmed:
        desk.confirm(token, id_tail="0123")
    later = TEN + timedelta(minutes=30)
    assert places_by_slot(desk) == [(TEN, 2), (later, 1)]
    desk.do(service.reschedule, token, later)
    assert places_by_slot(desk) == [(later, 2), (later + timedelta(minutes=30), 1)]
    desk.do(service.reschedule, token, TEN)
    assert places_by_slot(desk) == [(TEN, 2), (later, 1)]


def test_a_party_does_not_move_where_its_places_are_not_all_free(desk: Desk) -> None:
    allow(desk, "elder-benefit", "places", 3)
    allow(desk, "minimum-living", "minutes", 3)
    token = hold(desk, 2, [*ELDER, "minimum-living"]).token
    desk.book(later := TEN + timedelta(minutes=30), number=1)
    with pytest.raises(SlotTaken):
        desk.do(service.reschedule, token, later)
    assert places_by_slot(desk) == [(TEN, 2), (later, 2)], "it stays as it was"


@pytest.mark.parametrize("rival", [False, True])
def test_a_party_that_needs_more_places_in_a_slot_it_keeps_claims_them(desk: Desk, rival: bool) -> None:
    """First one after the other, half an hour and more, then both at once: 1 place, then 2."""
    allow(desk, "minimum-living", "minutes", 3)
    allow(desk, "elder-benefit", "places", 3)
    held = hold(desk, 2, ["minimum-living", *ELDER])
    first, second, third = local(14, 30), local(15), local(15, 30)
    desk.do(service.reschedule, held.token, second)
    assert (desk.free_at(second), desk.free_at(third)) == (1, 0)
    if rival:
        desk.hold(second, number=1)
        with pytest.raises(SlotTaken):
            desk.do(service.reschedule, held.token, first)
    else:
        desk.do(service.reschedule, held.token, first)
        assert (desk.free_at(first), desk.free_at(second), desk.free_at(third)) == (1, 0, 2)


def test_what_is_booked_for_a_relative_takes_nothing_of_ones_own(desk: Desk) -> None:
    for hour in (10, 11):
        desk.confirm(desk.hold(local(hour, days=1), number=hour).token)
    for hour in (14, 15):
        held = desk.hold(local(hour, days=1), number=hour)
        assert desk.confirm(held.token, name="王奶奶", for_other=True).for_other
    third = desk.hold(local(16, days=1), number=16)
    for for_other in (True, False):
        with pytest.raises(PersonLimit):
            desk.confirm(third.token, for_other=for_other)


def test_a_relatives_appointment_that_moves_to_another_day_counts_there(desk: Desk) -> None:
    for hour in (9, 10):
        desk.confirm(desk.hold(local(hour, days=1), number=hour).token, for_other=True)
    held = desk.hold(TEN, number=3)
    desk.confirm(held.token, for_other=True)
    with pytest.raises(PersonLimit):
        desk.do(service.reschedule, held.token, local(11, days=1))
    own = desk.hold(local(11), number=4)
    desk.confirm(own.token)
    desk.do(service.reschedule, own.token, local(11, days=1))


def test_places_are_counted_before_seats_are_chosen() -> None:
    assert choose_seats(3, [], 2, now=NINE) == (0, 1)
    assert choose_seats(1, [], 2, now=NINE) is None
    own = Leg(service_id=person, queue_id="A", minutes=40, places=2)  # type: ignore[arg-type]
    places = needed_places([own], NINE, slot=local(9, 30) - NINE)
    assert places == {SlotKey("A", NINE): 2, SlotKey("A", local(9, 30)): 2}  # type: ignore[arg-type]
