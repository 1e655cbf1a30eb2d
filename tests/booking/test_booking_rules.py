"""The pure rules: lifecycle, places, timetable, people, references, the journey."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.rules.appointments import ENDINGS, TRANSITIONS, AppointmentAction, AppointmentStatus, status_at
from booking.rules.journey import after_slot, service_spread, whole_wait
from booking.rules.people import masked_name, masked_phone, normal_name, normal_phone
from booking.rules.policy import BookingPolicy
from booking.rules.references import ALPHABET, new_reference, normal_reference
from booking.rules.slots import Claim, Leg, SlotKey, choose_seats, free_places, needed_slots
from booking.rules.timetable import Timetable, nearest, slot_capacity, windows_for
from kernel.calendar import OpeningCalendar
from kernel.ids import QueueId, ServiceId, WindowId
from queueing.rules.waits import WaitRange
from queueing.rules.windows import PlanEntry
from tests.booking.booking_city import local

NINE = local(9)
SLOT = timedelta(minutes=30)
A, B = QueueId(UUID(int=1)), QueueId(UUID(int=2))
W1, W2 = WindowId(UUID(int=11)), WindowId(UUID(int=12))


def leg(queue: QueueId, minutes: float) -> Leg:
    return Leg(ServiceId(UUID(int=9)), queue, minutes)


# --- the lifecycle -----------------------------------------------------------------------------------


def test_endings_are_final() -> None:
    assert not {pair for pair in TRANSITIONS if pair[0] in ENDINGS}


def test_every_status_can_be_reached_and_everything_else_can_end() -> None:
    reached = {AppointmentStatus.HELD}
    for _ in AppointmentStatus:
        reached |= {after for (before, _), after in TRANSITIONS.items() if before in reached}
    assert reached == set(AppointmentStatus)
    for status in set(AppointmentStatus) - ENDINGS:
        assert any(TRANSITIONS.get((status, action)) in ENDINGS for action in AppointmentAction)


def test_the_diagram_in_the_docs_is_the_lifecycle() -> None:
    page = Path(__file__).parents[2] / "docs" / "subsystems" / "slots-and-holds.md"
    lines = [f"    {before} --> {after}: {action}" for (before, action), after in TRANSITIONS.items()]
    diagram = "stateDiagram-v2\n    [*] --> held: hold\n" + "\n".join(lines) + "\n```"
    assert diagram in page.read_text(), f"put this into {page.name}:\n{diagram}"


def test_nobody_checks_in_what_is_only_held_and_nobody_confirms_twice() -> None:
    assert (AppointmentStatus.HELD, AppointmentAction.CHECK_IN) not in TRANSITIONS
    assert (AppointmentStatus.CONFIRMED, AppointmentAction.CONFIRM) not in TRANSITIONS


def test_only_a_hold_expires_and_it_does_so_in_the_instant() -> None:
    before = NINE - timedelta(microseconds=1)
    assert status_at(AppointmentStatus.HELD, NINE, now=before) is AppointmentStatus.HELD
    assert status_at(AppointmentStatus.HELD, NINE, now=NINE) is AppointmentStatus.EXPIRED
    for status in set(AppointmentStatus) - {AppointmentStatus.HELD}:
        assert status_at(status, NINE, now=NINE) is status


# --- places ------------------------------------------------------------------------------------------

claims = st.lists(
    st.builds(
        Claim,
        seat=st.integers(0, 6),
        expires_at=st.none() | st.integers(-3, 3).map(lambda minutes: NINE + timedelta(minutes=minutes)),
    ),
    max_size=8,
    unique_by=lambda claim: claim.seat,
)


@given(st.integers(0, 6), claims)
def test_a_seat_is_found_exactly_when_a_place_is_free(capacity: int, taken: list[Claim]) -> None:
    seats = choose_seats(capacity, taken, 1, now=NINE)
    assert (seats is None) == (free_places(capacity, taken, now=NINE) == 0)
    if seats is not None:
        (seat,) = seats
        assert 0 <= seat < capacity
        assert all(claim.seat != seat for claim in taken if claim.counts_at(NINE))


@given(st.integers(0, 5), st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=40))
def test_taking_and_giving_back_never_oversells(capacity: int, steps: list[tuple[bool, int]]) -> None:
    taken: list[Claim] = []
    for take, which in steps:
        if take:
            seats = choose_seats(capacity, taken, 1, now=NINE)
            taken += [Claim(seat) for seat in seats or ()]
        elif taken:
            taken.pop(which % len(taken))
        assert len(taken) <= capacity
        assert len({claim.seat for claim in taken}) == len(taken)


def test_after_the_capacity_was_lowered_a_free_low_seat_is_not_given_out() -> None:
    assert choose_seats(2, [Claim(1), Claim(2)], 1, now=NINE) is None


legs = st.lists(st.builds(leg, st.sampled_from([A, B]), st.floats(1, 90)), min_size=1, max_size=6)


@given(legs)
def test_an_appointment_claims_every_slot_it_touches_and_no_other(wanted: list[Leg]) -> None:
    keys = needed_slots(wanted, NINE, slot=SLOT)
    touched = set()
    at = 0.0
    for own in wanted:
        touched |= {
            SlotKey(own.queue_id, NINE + step * SLOT)
            for step in range(40)
            if step * 30 < at + own.minutes - 1e-6 and (step + 1) * 30 > at + 1e-6
        }
        at += own.minutes
    assert set(keys) >= touched
    assert len(keys) - len(touched) <= len(wanted)  # a leg that ends within a millionth of a border
    assert list(keys) == sorted(set(keys))


def test_two_short_services_in_one_queue_take_one_place_and_long_ones_two() -> None:
    assert needed_slots([leg(A, 10), leg(A, 10)], NINE, slot=SLOT) == (SlotKey(A, NINE),)
    assert needed_slots([leg(A, 20), leg(A, 20)], NINE, slot=SLOT) == (
        SlotKey(A, NINE),
        SlotKey(A, NINE + SLOT),
    )
    assert needed_slots([leg(B, 30), leg(A, 30)], NINE, slot=SLOT) == (
        SlotKey(A, NINE + SLOT),
        SlotKey(B, NINE),
    )


# --- the timetable -----------------------------------------------------------------------------------


def entry(window: WindowId, queue: QueueId, begins: int, ends: int, *, helping: bool = False) -> PlanEntry:
    return PlanEntry(window, queue, helping, begins, ends)


def test_a_window_counts_in_parts_for_its_queues_and_for_its_time() -> None:
    plan = [
        entry(W1, A, 540, 720), entry(W1, B, 540, 720), entry(W2, A, 555, 720),
        entry(W2, B, 540, 720, helping=True),
    ]  # fmt: skip
    assert windows_for(plan, A, from_minute=540, to_minute=570) == pytest.approx(0.5 + 0.5)
    assert windows_for(plan, B, from_minute=540, to_minute=570) == pytest.approx(0.5)
    assert windows_for(plan, A, from_minute=720, to_minute=750) == 0


entries = st.lists(
    st.builds(
        PlanEntry,
        st.sampled_from([W1, W2]),
        st.sampled_from([A, B]),
        st.booleans(),
        st.integers(500, 560),
        st.integers(561, 700),
    ),
    max_size=8,
)


@given(entries)
def test_the_parts_never_add_up_to_more_than_the_windows_there_are(plan: list[PlanEntry]) -> None:
    planned = sum(windows_for(plan, queue, from_minute=540, to_minute=570) for queue in (A, B))
    assert planned <= len({own.window_id for own in plan}) + 1e-9


@pytest.mark.parametrize(("windows", "mean", "places"), [(0, 10, 0), (0.2, 10, 1), (1, 60, 1), (6, 9, 6)])
def test_a_served_slot_has_a_place_at_least(windows: float, mean: float, places: int) -> None:
    assert slot_capacity(windows, share=0.3, slot=SLOT, mean_minutes=mean) == places


def table(**policy: object) -> Timetable:
    calendar = OpeningCalendar(
        ZoneInfo("Asia/Shanghai"),
        {day: [(time(9), time(12)), (time(14), time(17, 10))] for day in range(5)},
    )
    plan = [entry(W1, A, 480, 1080), entry(W2, B, 480, 720)]
    return Timetable(calendar, dict.fromkeys(range(7), plan), {A: 10.0, B: 10.0}, BookingPolicy(**policy))


def test_what_another_thread_forgets_meanwhile_is_answered_all_the_same() -> None:
    class Forgetful(dict[object, object]):
        """What is kept here is gone at once, as if another thread had cleared it."""

        def __setitem__(self, key: object, value: object) -> None: ...

    own = replace(table(), _fits=Forgetful())
    object.__setattr__(own.calendar, "_made", Forgetful())
    assert list(own.free_on(NINE.date(), [leg(A, 10)], {}, now=local(8)))


def test_slots_fill_each_span_and_end_before_the_doors_close() -> None:
    starts = table().starts_on(NINE.date())
    assert starts[0] == NINE
    assert len(starts) == 6 + 6
    assert starts[-1] == local(16, 30)
    assert all(later - earlier >= SLOT for earlier, later in pairwise(starts))


def test_nothing_is_free_at_weekends_or_in_a_year_whose_holidays_are_not_announced() -> None:
    free = list(table(horizon_days=60).free_starts([leg(A, 10)], {}, now=NINE))
    days = {start.astimezone(ZoneInfo("Asia/Shanghai")).date() for start in free}
    assert max(days).year == 2026
    assert all(day.weekday() < 5 for day in days)


def test_a_make_up_day_offers_the_places_of_the_weekday_that_it_is_worked_like() -> None:
    saturday = date(2026, 11, 21)
    usual = table()
    calendar = replace(usual.calendar, worked_as={saturday: 2})
    own = replace(usual, calendar=calendar, plans={**usual.plans, 5: []})
    free = [start for start, _ in own.free_on(saturday, [leg(A, 10)], {}, now=local(8))]
    assert len(free) == len(own.starts_on(saturday)) == 12


def test_a_queue_without_a_window_in_the_afternoon_is_bookable_in_the_morning_only() -> None:
    free = [start for start, _ in table().free_on(NINE.date(), [leg(B, 10)], {}, now=local(8))]
    assert free == [local(9) + step * SLOT for step in range(6)]


@given(st.dictionaries(st.integers(0, 11), st.integers(0, 2)), legs)
def test_what_is_offered_can_be_taken_and_what_is_taken_is_not_offered(
    used: dict[int, int], wanted: list[Leg]
) -> None:
    own = table()
    starts = own.starts_on(NINE.date())
    claimed = {SlotKey(queue, starts[at]): count for at, count in used.items() for queue in (A, B)}
    for start, free in own.free_on(NINE.date(), wanted, claimed, now=local(8)):
        for key in needed_slots(wanted, start, slot=SLOT):
            assert own.capacity(key) - claimed.get(key, 0) >= free > 0


def test_the_nearest_starts_are_told_in_order_of_time() -> None:
    starts = [local(9), local(10), local(10, 30), local(11, 30), local(14)]
    assert nearest(starts, local(10, 40), most=3) == [local(10), local(10, 30), local(11, 30)]


# --- people and references ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    ["13800138000", "+86 138 0013 8000", "138-0013-8000", "１３８００１３８０００", "0086 13800138000"],
)
def test_one_phone_number_has_one_spelling(typed: str) -> None:
    assert normal_phone(typed) == "+8613800138000"


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_none_and_never_an_error(typed: str) -> None:
    found = normal_phone(typed)
    assert found is None or found.startswith("+")


@given(st.text(alphabet="王小明李欧阳abcdefgh ·", min_size=1, max_size=12))
def test_a_masked_name_keeps_its_length_and_hides_its_middle(typed: str) -> None:
    name = normal_name(typed)
    if name is not None:
        masked = masked_name(name)
        assert masked[0] == name[0]
        assert set(masked[1:-1]) <= {"*"}
        assert "*" in masked


def test_a_masked_number_shows_its_end_only() -> None:
    assert masked_phone("+8613912345678") == "139****5678"


def test_references_are_readable_aloud_and_typed_back() -> None:
    choose = random.Random(7).choice
    found = {new_reference(choose) for _ in range(500)}
    assert len(found) == 500
    assert not set("".join(found)) & set("0O1IL2Z5S8BUV")
    assert all(normal_reference(f" {own[:4].lower()}-{own[4:]} ") == own for own in found)
    assert len(ALPHABET) == len(set(ALPHABET))


# --- the journey -------------------------------------------------------------------------------------

ranges = st.tuples(*[st.floats(0, 120)] * 3).map(lambda three: WaitRange(*sorted(three)))


@given(st.lists(st.tuples(ranges, st.floats(1, 60)), min_size=1, max_size=4), st.integers(0, 3))
def test_a_shorter_wait_in_one_queue_never_makes_the_whole_longer(
    legs_of: list[tuple[WaitRange, float]], which: int
) -> None:
    at = which % len(legs_of)
    shorter = list(legs_of)
    shorter[at] = (WaitRange(0, 0, 0), legs_of[at][1])
    whole, less = whole_wait(legs_of), whole_wait(shorter)
    assert whole is not None
    assert less is not None
    assert (less.p10, less.p50, less.p90) <= (whole.p10, whole.p50, whole.p90)
    assert whole.p50 >= timedelta(minutes=legs_of[0][0].p50) - timedelta(milliseconds=1)


def test_one_unknown_wait_makes_the_whole_unknown() -> None:
    assert whole_wait([(WaitRange(1, 2, 3), 10), (None, 5)]) is None


def test_a_punctual_appointment_waits_its_credit_less_than_a_walk_in() -> None:
    wait = whole_wait([(WaitRange(5, 15, 40), 10)])
    after = after_slot(wait, credit=timedelta(minutes=10))
    assert [part / timedelta(minutes=1) for part in (after.p10, after.p50, after.p90)] == [0, 5, 30]


def test_the_spread_of_a_service_is_that_of_the_lognormal_it_names() -> None:
    draws = random.Random(3)
    sigma = 0.4724  # sqrt(ln(1 + 0.5^2))
    served = sorted(draws.lognormvariate(-(sigma**2) / 2, sigma) for _ in range(200_000))
    spread = service_spread(1.0)
    for part, share in ((spread.p10, 0.1), (spread.p50, 0.5), (spread.p90, 0.9)):
        assert part / timedelta(minutes=1) == pytest.approx(served[int(share * len(served))], abs=0.01)
