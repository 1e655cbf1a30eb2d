"""The breaker: three failures open it, a rest allows one probe, a clock turned back does not jam it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kernel.circuit import Circuit

START = datetime(2026, 11, 24, 1, 40, tzinfo=UTC)


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def circuit(clock: Hands) -> Circuit:
    return Circuit(clock, failures=3, rest=timedelta(seconds=30))


def test_two_failures_are_chance_and_three_in_a_row_open_it(circuit: Circuit) -> None:
    for _ in range(2):
        circuit.failed()
        assert circuit.lets_through()
    circuit.failed()
    assert not circuit.lets_through()


def test_a_success_between_failures_starts_the_count_anew(circuit: Circuit) -> None:
    for _ in range(5):
        circuit.failed()
        circuit.failed()
        circuit.succeeded()
    assert circuit.lets_through()


def test_after_the_rest_exactly_one_probe_is_let_through(circuit: Circuit, clock: Hands) -> None:
    for _ in range(3):
        circuit.failed()
    clock.now += timedelta(seconds=30)
    assert [circuit.lets_through() for _ in range(3)] == [True, False, False]
    circuit.succeeded()
    assert not circuit.is_open


def test_a_failed_probe_means_another_rest(circuit: Circuit, clock: Hands) -> None:
    for _ in range(3):
        circuit.failed()
    clock.now += timedelta(seconds=31)
    assert circuit.lets_through()
    circuit.failed()
    clock.now += timedelta(seconds=29)
    assert not circuit.lets_through()
    clock.now += timedelta(seconds=1)
    assert circuit.lets_through()


def test_a_clock_turned_back_costs_one_rest_and_not_for_ever(circuit: Circuit, clock: Hands) -> None:
    for _ in range(3):
        circuit.failed()
    clock.now -= timedelta(days=1)
    assert not circuit.lets_through()
    clock.now += timedelta(seconds=30)
    assert circuit.lets_through()
