"""The one call order: its promises, as properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from queueing.rules.call_order import (
    Arrival,
    CallPolicy,
    QueueHead,
    behind_follower,
    choose_next,
    effective_arrival,
)

NOON = datetime(2026, 11, 18, 4, tzinfo=UTC)
POLICY = CallPolicy()


def minute(value: float) -> datetime:
    return NOON + timedelta(minutes=value)


def walk_in(came: float, *, priority: bool = False) -> Arrival:
    return Arrival(minute(came), priority=priority)


def appointment(
    slot: float, checked_in: float, booked: float = -10_000, *, priority: bool = False
) -> Arrival:
    return Arrival(minute(checked_in), minute(slot), minute(booked), priority)


def first(*arrivals: Arrival, policy: CallPolicy = POLICY) -> int:
    heads = [
        QueueHead(index, effective_arrival(arrival, policy), False, 0, index)
        for index, arrival in enumerate(arrivals)
    ]
    chosen = choose_next(heads, now=minute(0), policy=policy)
    assert chosen is not None
    return chosen.ticket


minutes = st.floats(-240, 240, allow_nan=False)
arrivals = st.one_of(
    st.builds(walk_in, minutes, priority=st.booleans()),
    st.builds(appointment, minutes, minutes, priority=st.booleans()),
)


def test_a_late_appointment_waits_from_its_check_in() -> None:
    assert first(walk_in(-12), appointment(slot=-40, checked_in=-5)) == 0


def test_a_punctual_appointment_counts_from_its_slot_minus_the_credit() -> None:
    assert first(walk_in(-8), appointment(slot=0, checked_in=-1)) == 1
    assert first(walk_in(-11), appointment(slot=0, checked_in=-1)) == 0


def test_coming_early_gains_nothing() -> None:
    early = effective_arrival(appointment(slot=0, checked_in=-120), POLICY)
    assert early == effective_arrival(appointment(slot=0, checked_in=-1), POLICY)


def test_an_appointment_never_counts_from_before_it_was_booked() -> None:
    assert effective_arrival(appointment(slot=0, checked_in=-1, booked=-3), POLICY) == minute(-3)


def test_priority_takes_its_credit_off() -> None:
    assert first(walk_in(-10), walk_in(0, priority=True)) == 1
    assert first(walk_in(-16), walk_in(0, priority=True)) == 0


@given(arrivals, arrivals)
def test_nobody_is_overtaken_by_more_than_the_credits(one: Arrival, other: Arrival) -> None:
    def turn(arrival: Arrival) -> datetime:
        punctual = arrival.due_at is not None and arrival.arrived_at <= arrival.due_at + POLICY.grace
        return arrival.due_at if punctual and arrival.due_at is not None else arrival.arrived_at

    credits = POLICY.appointment_credit + POLICY.priority_credit
    if effective_arrival(one, POLICY) <= effective_arrival(other, POLICY):
        assert turn(one) - turn(other) <= credits


heads = st.lists(
    st.tuples(minutes, st.booleans(), st.integers(0, 5), st.integers(1, 99)), min_size=1, max_size=6
)


@given(heads, minutes)
def test_a_primary_goes_before_a_helping_ticket_unless_that_waited_past_the_limit(
    drawn: list[tuple[float, bool, int, int]], now: float
) -> None:
    queue_heads = [
        QueueHead(index, minute(effective), helping, rank, number)
        for index, (effective, helping, rank, number) in enumerate(drawn)
    ]
    chosen = choose_next(queue_heads, now=minute(now), policy=POLICY)
    assert chosen is not None
    overdue = minute(now) - chosen.effective_at > POLICY.help_limit
    if chosen.helping and not overdue:
        assert all(head.helping for head in queue_heads)
    if not chosen.helping or overdue:
        assert all(
            head.effective_at >= chosen.effective_at
            for head in queue_heads
            if not head.helping or minute(now) - head.effective_at > POLICY.help_limit
        )


@given(heads, st.randoms())
def test_the_order_of_the_question_does_not_matter(
    drawn: list[tuple[float, bool, int, int]], random: object
) -> None:
    queue_heads = [
        QueueHead((effective, rank, number), minute(effective), helping, rank, number)
        for effective, helping, rank, number in drawn
    ]
    shuffled = list(queue_heads)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one = choose_next(queue_heads, now=NOON, policy=POLICY)
    other = choose_next(shuffled, now=NOON, policy=POLICY)
    assert one is not None
    assert other is not None
    assert (one.effective_at, one.queue_rank, one.number) == (
        other.effective_at,
        other.queue_rank,
        other.number,
    )


def test_nobody_waiting_is_none() -> None:
    assert choose_next([], now=NOON, policy=POLICY) is None


@given(st.lists(minutes, max_size=6).map(sorted), st.integers(0, 8), minutes)
def test_moving_back_lets_just_that_many_pass(followers: list[float], places: int, own: float) -> None:
    behind = [minute(value) for value in followers if value >= own]
    moved = behind_follower(behind, places=places, own=minute(own))
    assert moved >= minute(own)
    passed = sum(1 for instant in behind if instant < moved)
    if behind and places:
        assert passed >= min(places, len(behind))
        assert passed == sum(1 for instant in behind if instant <= behind[min(places, len(behind)) - 1])
    else:
        assert moved == minute(own)
