"""Live calibration: told ranges against what happened, read back from the database after a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from queueing import service
from queueing.live.calibration import Outcome, calibration_of
from queueing.live.reading import told_outcomes
from queueing.rules.published import HallWaits, QueueWaits, Stretch, size_of
from queueing.rules.waits import WaitRange
from queueing.served import served
from tests.live.conftest import HallAtWork

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
NARROW, WIDE = UUID(int=1), UUID(int=2)


def outcome(hall: UUID, minutes_ago: float, told: Any, wait: float | None, **changes: Any) -> Outcome:
    values: dict[str, Any] = {
        "hall_id": hall,
        "queue_id": UUID(int=hall.int + 10),
        "made_at": NOW - timedelta(minutes=minutes_ago),
        "told": told,
        "raw": told,
        "wait": wait,
        "gone_at": None,
    }
    return Outcome(**{**values, **changes})


def history(hall: UUID, spread: float, seed: int, count: int = 800) -> list[Outcome]:
    """Waits about 20 minutes told as 17-23; their real P90 lies ``spread`` times as far away as told."""
    generator = np.random.default_rng(seed)
    waits = np.maximum(20 + spread * 3 / 1.2816 * generator.standard_normal(count), 0.5)
    return [
        outcome(hall, 2_000 - number * 2, (17.0, 20.0, 23.0), float(wait))
        for number, wait in enumerate(waits)
    ]


def test_a_hall_whose_ranges_were_too_narrow_gets_wider_ones_and_one_whose_were_too_wide_narrower() -> None:
    learned = calibration_of([*history(NARROW, 2.0, 1), *history(WIDE, 0.5, 2)], now=NOW)
    size = size_of(20)
    assert learned.of(NARROW)[size].up == pytest.approx(2.0, rel=0.2)
    assert learned.of(WIDE)[size].up == pytest.approx(0.5, rel=0.25)
    assert learned.of(UUID(int=9)) == learned.city
    later = history(NARROW, 2.0, 3)
    stretched = [learned.of(NARROW)[size].applied(WaitRange(*own.raw)) for own in later]
    held = [own.wait <= wait.p90 for own, wait in zip(later, stretched, strict=True) if own.wait]
    assert 0.84 <= np.mean(held) <= 0.94  # 68 % as told; some trust stays with the city


def test_what_is_not_known_yet_changes_nothing_and_who_waits_beyond_the_range_counts_at_once() -> None:
    past = history(NARROW, 1.0, 4)
    plain = calibration_of(past, now=NOW).of(NARROW)[size_of(20)]
    waiting = [outcome(NARROW, 10, (17.0, 20.0, 23.0), None) for _ in range(200)]
    assert calibration_of([*past, *waiting], now=NOW).of(NARROW)[size_of(20)] == plain
    overdue = [outcome(NARROW, 60, (17.0, 20.0, 23.0), None) for _ in range(200)]
    assert calibration_of([*past, *overdue], now=NOW).of(NARROW)[size_of(20)].up > 1.5 * plain.up


def test_stretching_can_be_undone() -> None:
    wait, stretch = WaitRange(6, 10, 16), Stretch(1.7, 0.6)
    again = stretch.undone(stretch.applied(wait))
    assert (again.p10, again.p50, again.p90) == pytest.approx((6, 10, 16))


def test_calibration_is_read_back_from_tickets_and_facts(hall: HallAtWork) -> None:
    stretches = tuple(Stretch(2.0, 0.5) for _ in range(5))
    line = tuple(WaitRange(8.0, 10.0, 14.0) for _ in range(9))
    waits = HallWaits(
        hall.city.hall, hall.clock.now(), "physical", "", {hall.city.queue_a: QueueWaits(line, ())}, stretches
    )
    served.put(waits)
    try:
        hall.opens(0)
        called = hall.comes()
        hall.later(1)
        hall.comes()
        hall.comes()
    finally:
        served.clear()
    drained = hall.comes()
    assert drained.told.p50 != 10.0
    hall.later(4)
    at_window = hall.calls(0)
    hall.later(1)
    hall.does(service.recall, at_window.id)  # ends no wait: the person had been called
    hall.does(service.start, at_window.id)
    today = hall.clock.now().date()

    def read(**days: Any) -> list[Outcome]:
        return hall.database.read_now(told_outcomes, [hall.city.hall], **days)

    live = {own.made_at: own for own in read(since=today)}
    assert len(read(since=today)) == 3  # what the drain told is not the estimator's to answer for
    first = live[called.arrived_at]
    assert first.told == (8.0, 10.0, 14.0)
    assert first.raw == pytest.approx((6.0, 10.0, 12.0))
    assert sorted(own.wait is None for own in read(since=today)) == [False, True, True]
    hall.later(24 * 60)
    hall.database.write_now(service.close_day, hall.city.hall, clock=hall.clock)
    facts = read(since=today, before=hall.clock.now().date())
    assert sorted((own.raw, own.wait) for own in facts if own.wait is not None) == [(first.raw, first.wait)]
    assert sum(own.gone_at is not None for own in facts) == 2


def test_a_correction_whose_ranges_no_longer_hold_drifts_and_one_that_holds_does_not() -> None:
    def told_daily(spread: float) -> list[Outcome]:
        return [
            replace(own, made_at=NOW - timedelta(days=1 + number % 7), by="learned")
            for number, own in enumerate(history(NARROW, spread, 7, count=420))
        ]

    assert calibration_of(told_daily(3.0), now=NOW).drifting == {NARROW}
    assert calibration_of(told_daily(1.0), now=NOW).drifting == frozenset()
    physical = [replace(own, by="physical") for own in told_daily(3.0)]
    assert calibration_of(physical, now=NOW).drifting == frozenset()
