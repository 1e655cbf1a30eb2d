from __future__ import annotations

import numpy as np
import pytest

from queueing.prediction.analogues import similar_moments
from queueing.prediction.eligibility import Eligibility
from queueing.prediction.history import BINS, day_weights, drain_minutes
from queueing.prediction.paced_drain import KindServices, PacedPool
from queueing.prediction.peers import pool_peers
from queueing.prediction.pool_features import pool_features
from queueing.prediction.service_times import STEP_SECONDS, ServiceTimes, seconds_until
from queueing.prediction.tickets import TicketLog

NAN = float("nan")


def simulated_calls(count: int, seed: int) -> TicketLog:
    """Two servers, two kinds, first come first served; one caller in ten gives up after a minute."""
    rng = np.random.default_rng(seed)
    joined = np.cumsum(rng.exponential(60, count)) + 30_000
    free = [0.0, 0.0]
    left, started, finished, server = (np.full(count, NAN) for _ in range(4))
    for i, now in enumerate(joined):
        s = int(np.argmin(free))
        begin = max(now + 1, free[s])
        if rng.random() < 0.1 and begin > now + 60:
            left[i] = now + 60
            continue
        free[s] = begin + rng.exponential(100)
        left[i], started[i], finished[i], server[i] = begin, begin, free[s], s
    return TicketLog(
        np.arange(count),
        joined - 5,
        joined,
        left,
        started,
        finished,
        np.ones(count, dtype=bool),
        np.nan_to_num(server, nan=-1).astype(np.int64),
        rng.integers(0, 2, count),
        rng.integers(0, 3, count),
        np.where(rng.random(count) < 0.2, 90.0, 0.0),
        rng.integers(0, 40, count),
        ("A", "B"),
        730_000,
    )


def one_known(log: TicketLog) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    known = np.full(len(log), NAN)
    known[0] = 100.0
    return known


@pytest.mark.parametrize("last", [3, 57, 199])
def test_features_of_a_ticket_are_those_known_when_it_joined(last: int) -> None:
    log = simulated_calls(200, seed=5)
    until = log.until(float(log.joined[last]))
    whole = pool_features(log, one_known(log))
    cut = pool_features(until, one_known(until))
    for name, column in cut.items():
        np.testing.assert_allclose(column[: last + 1], whole[name][: last + 1], err_msg=name)


def test_a_peer_and_the_drain_grow_with_the_people_ahead() -> None:
    log = simulated_calls(600, seed=6)
    columns = pool_features(log, one_known(log))
    said_by = pool_peers(columns) | {"drain": columns["drain"], "drain, paced": columns["paced_p50"]}
    for name, said in said_by.items():
        if "formula" in name or name.startswith(("QL", "drain")):
            known = np.isfinite(said)
            assert np.corrcoef(said[known], columns["ahead"][known])[0, 1] > 0.5, name


def test_exponential_services_end_at_a_constant_pace_whatever_their_age() -> None:
    services = ServiceTimes.of(np.random.default_rng(1).exponential(120, 200_000))
    expected = 300 / 120
    for age in (0, 20, 50):
        assert services.completions[age][int(300 / STEP_SECONDS)] == pytest.approx(expected, rel=0.08)
    assert seconds_until(services.completions[0], expected) == pytest.approx(300, rel=0.08)


def test_a_server_who_never_takes_a_kind_is_not_counted_for_it() -> None:
    eligible = Eligibility(2)
    for place in range(400):
        eligible.served(0, 0)
        eligible.served(1, place % 2)
    assert eligible.degree(0, 1) < 0.2
    assert eligible.degree(1, 1) == eligible.degree(0, 0) == 1.0
    assert eligible.degree(7, 1) == 1.0, "a server seen for the first time may serve anything"
    assert eligible.overlaps([0, 1], 0)[1] < eligible.overlaps([0, 1], 0)[0]


def test_similar_moments_are_the_weighted_quantiles_of_a_plain_loop() -> None:
    rng = np.random.default_rng(2)
    state, outcome, day = rng.normal(size=(60, 2)), rng.gamma(2, 5, 60), np.arange(60) % 3
    weight = 1.0 - np.eye(3)
    found = similar_moments(state, (0.5, 1.0), np.arange(60), outcome, weight, day, (0.5,))
    for row in range(60):
        distance = ((state - state[row]) / np.array([0.5, 1.0])) ** 2
        weights = np.exp(-0.5 * distance.sum(axis=1)) * weight[day[row], day]
        order = np.argsort(outcome)
        running = np.cumsum(weights[order])
        assert found[row, 0] == outcome[order][np.searchsorted(running, running[-1] / 2)]
        assert found[row, 1] == pytest.approx(np.average(outcome, weights=weights))


def test_a_days_own_table_never_enters_its_profile() -> None:
    weights = day_weights([10, 11, 12], [10, 12])
    assert weights[0, 0] == weights[2, 1] == 0
    assert (weights[1] > 0).all()


def test_the_drain_looks_ahead_through_the_day() -> None:
    rate = np.zeros(BINS)
    rate[40:] = 0.5  # nobody is called before 10:00
    minutes = drain_minutes(np.array([9 * 60.0, 11 * 60.0]), np.array([10.0, 10.0]), rate, 0.001)
    np.testing.assert_allclose(minutes, [60 + 20, 20], atol=0.5)


def test_a_long_kind_of_service_under_way_ends_later_and_a_fast_server_sooner() -> None:
    rng = np.random.default_rng(2)
    seconds = np.concatenate((rng.gamma(4, 20, 4000), rng.gamma(4, 80, 4000)))
    kind = np.repeat([0, 1], 4000)
    services = KindServices.of(seconds, kind, 3, ServiceTimes.of(seconds))
    assert services.mean_seconds[0] < services.mean_seconds[2] < services.mean_seconds[1]
    free_at = []
    for busy_with, usual in ((0, 80.0), (1, 320.0), (0, 40.0)):
        pool = PacedPool(services)
        for _ in range(100):
            pool.finished(7, busy_with, usual, 0.0, line=False)
        pool.started(7, busy_with, 0.0)
        at = pool.features(busy_with, 0.0, {7: 1.0}, 10.0)
        assert at["paced_p10"] < at["paced_p50"] < at["paced_p90"]
        free_at.append(at["paced_p50"])
    short, long, fast = free_at
    assert fast < 0.75 * short < short < 0.5 * long


def test_a_server_who_just_came_free_is_expected_to_take_the_next() -> None:
    seconds = np.random.default_rng(3).exponential(100, 2000)
    services = KindServices.of(seconds, np.zeros(2000, dtype=np.int64), 1, ServiceTimes.of(seconds))
    pool = PacedPool(services)
    pool.started(1, 0, 0.0)
    alone = pool.features(0, 0.0, {1: 1.0}, 5.0)
    pool.finished(2, 0, 100.0, 4.0, line=True)
    helped = pool.features(0, 0.0, {1: 1.0, 2: 1.0}, 5.0)
    long_gone = pool.features(0, 0.0, {1: 1.0, 2: 1.0}, 300.0)
    assert helped["paced_p50"] < 0.7 * alone["paced_p50"]
    assert helped["shortest_idle"] == 1.0
    assert long_gone["paced_free"] == 0.0
