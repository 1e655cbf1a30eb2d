"""A machine's clock that leaps is not believed at once: what cannot be undone waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from kernel.clock import BELIEVED_AFTER_S, LEAP, Leaps, ManualClock

BEGIN = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Machine:
    """A wall clock and how much time has really passed."""

    passed_s: float = 1000.0
    wrong_by: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self.passed_s) + self.wrong_by

    def passed(self) -> float:
        return self.passed_s


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def leaps(machine: Machine) -> Leaps:
    return Leaps(machine, passed=machine.passed)


def test_time_that_passes_is_no_leap_nor_is_a_correction(machine: Machine, leaps: Leaps) -> None:
    for step in range(100):
        machine.passed_s += 86_400
        machine.wrong_by += timedelta(seconds=30 if step % 2 else -20)
        assert leaps.ahead() is None


@pytest.mark.parametrize("by", [HOUR, timedelta(days=1), timedelta(days=365), -HOUR, -timedelta(days=365)])
def test_a_leap_is_not_believed_and_forgotten_once_the_clock_is_back(
    machine: Machine, leaps: Leaps, by: timedelta
) -> None:
    machine.wrong_by = by
    assert leaps.ahead() == by
    machine.passed_s += BELIEVED_AFTER_S - 1
    assert leaps.ahead() == by
    machine.wrong_by = timedelta()
    assert leaps.ahead() is None
    machine.wrong_by = by
    assert leaps.ahead() == by, "the next one is waited for as long as the first"


def test_a_clock_that_goes_on_from_its_new_time_is_believed(machine: Machine, leaps: Leaps) -> None:
    machine.wrong_by = timedelta(days=2)
    assert leaps.ahead() == timedelta(days=2)
    machine.passed_s += BELIEVED_AFTER_S / 2
    machine.wrong_by = timedelta(days=3)
    assert leaps.ahead() == timedelta(days=3)
    machine.passed_s += BELIEVED_AFTER_S - 1
    assert leaps.ahead() == timedelta(days=3), "it had not gone on from there for so long"
    machine.passed_s += 1
    assert leaps.ahead() is None
    machine.wrong_by += LEAP - timedelta(seconds=1)
    assert leaps.ahead() is None


def test_a_clock_that_is_moved_by_hand_is_believed() -> None:
    clock = ManualClock(BEGIN)
    leaps = Leaps(clock)
    clock.advance(timedelta(days=400))
    assert leaps.ahead() is None
