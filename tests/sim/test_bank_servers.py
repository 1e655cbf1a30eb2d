"""What is learned of the bank's servers: pauses that are seen in part only, and how fast each is."""

from __future__ import annotations

import numpy as np
import pytest

from sim.bench.bank_servers import drawn_pauses, product_limit, speeds, unready


def pauses(started, finished, joined, left, longest=10.0):
    arrays = (np.array(values, dtype=float) for values in (started, finished, joined, left))
    return unready(*arrays, longest=longest)


def test_a_server_that_lets_somebody_wait_is_not_ready_until_it_calls() -> None:
    assert pauses([0, 12], [10, 20], [9], [12]) == [(2.0, True)]


def test_a_pause_is_only_seen_until_another_took_the_last_who_waited() -> None:
    assert pauses([0, 16], [10, 20], [9, 10.5], [11, 13]) == [(3.0, False)]


def test_nothing_is_known_where_nobody_waited_or_the_server_was_gone_too_long() -> None:
    assert pauses([0, 12], [10, 20], [11], [12]) == []
    assert pauses([0, 12], [10, 20], [], []) == []
    assert pauses([0, 25], [10, 30], [9], [25]) == []


def test_pauses_are_found_again_though_most_long_ones_are_cut_off() -> None:
    """Exponential pauses of 2 minutes in mean, cut off after 1.5 minutes in mean: the mean of those that were
    seen to end is 0.86."""
    chance = np.random.default_rng(4)
    true, cut = chance.exponential(2.0, 20_000), chance.exponential(1.5, 20_000)
    minutes, ended = np.minimum(true, cut), true <= cut
    assert minutes[ended].mean() == pytest.approx(0.857, abs=0.03)
    drawn = drawn_pauses(chance, minutes, ended, 20_000)
    assert np.median(drawn) == pytest.approx(2.0 * np.log(2.0), abs=0.06)
    assert np.mean(drawn > 5.0) == pytest.approx(np.exp(-2.5), abs=0.015)


def test_with_nothing_cut_off_the_shares_are_those_seen() -> None:
    times, lasting = product_limit(np.array([4.0, 1.0, 2.0, 3.0]), np.ones(4, dtype=bool))
    assert times.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert lasting == pytest.approx([0.75, 0.5, 0.25, 0.0])
    assert drawn_pauses(np.random.default_rng(1), np.zeros(0), np.zeros(0, dtype=bool), 3).tolist() == [
        0,
        0,
        0,
    ]


def test_a_server_who_only_has_the_long_kind_is_not_taken_for_a_slow_one() -> None:
    """Kind 1 takes 6 minutes, kind 0 two; server 2 has only kind 1, server 1 needs half as long again."""
    chance = np.random.default_rng(2)
    server = np.repeat([0, 1, 2], 2_000)
    kind = np.where(server == 2, 1, chance.integers(0, 2, 6_000))
    minutes = np.array([2.0, 6.0])[kind] * np.array([1.0, 1.5, 1.0])[server] * chance.gamma(4.0, 0.25, 6_000)
    means, factors = speeds(kind, server, minutes)
    assert factors[1] / factors[0] == pytest.approx(1.5, abs=0.08)
    assert factors[2] / factors[0] == pytest.approx(1.0, abs=0.08)
    assert means[1] / means[0] == pytest.approx(3.0, abs=0.15)


def test_a_server_with_few_calls_is_drawn_towards_the_others() -> None:
    server = np.array([0] * 1_000 + [1] * 3)
    minutes = np.array([3.0] * 1_000 + [9.0] * 3)
    _, factors = speeds(np.zeros(1_003, dtype=np.int64), server, minutes)
    assert 1.0 < factors[1] < 1.3
