"""The compiled draws are those of the plain distributions, and independent where they should be."""

from __future__ import annotations

from math import exp, log1p
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from queueing.engine import (
    BadModel,
    Distribution,
    HallModel,
    Plan,
    PlanEntry,
    QueueModel,
    constant,
    discretised_poisson,
    empirical,
    exponential,
    lognormal,
    normal,
)
from queueing.engine.arrays import demand_arrays
from queueing.engine.cache import njit
from queueing.engine.curves import QUANTILE_ERROR, exponential_quantile, fast_exp, normal_quantile
from queueing.engine.run import draw_days, simulate_days
from queueing.engine.streams import bits, child_key, part, quantile, uniform
from queueing.engine.tally import JOINED

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST, LARGEST = 2.0**-54, 1.0 - 2.0**-53


@njit
def _curves(uniforms: Any, values: Any) -> Any:
    found = np.empty((3, len(uniforms)))
    for place in range(len(uniforms)):
        found[0, place] = normal_quantile(uniforms[place])
        found[1, place] = exponential_quantile(uniforms[place])
        found[2, place] = fast_exp(values[place])
    return found


@njit
def _quantiles(row: Any, table: Any, uniforms: Any) -> Any:
    found = np.empty(len(uniforms))
    for place in range(len(uniforms)):
        found[place] = quantile(row, table, uniforms[place])
    return found


@njit
def _words(seed: int, tickets: int) -> Any:
    found = np.empty((6, tickets))
    for ticket in range(tickets):
        key = child_key(np.uint64(seed), ticket)
        for purpose in range(3):
            found[purpose, ticket] = uniform(key, purpose)
            found[3 + purpose, ticket] = part(bits(key, 3), purpose)
    return found


def _edges() -> NDArray[np.float64]:
    """Uniforms where the pieces of the tables meet, and the ends."""
    tails = np.ldexp(1.0 + np.arange(32) / 32.0, np.arange(-54, -1)[:, None]).ravel()
    return np.concatenate([tails, 1.0 - tails[tails > 2.0**-52], [0.0, 0.5, LARGEST]])


def test_the_tabled_curves_keep_the_accuracy_they_state() -> None:
    uniforms = np.concatenate([_edges(), np.random.default_rng(1).random(20_000)])
    values = np.linspace(-690.0, 690.0, len(uniforms))
    gauss, gaps, powers = _curves(uniforms, values)
    exact = [NormalDist().inv_cdf(min(max(one, SMALLEST), LARGEST)) for one in uniforms]
    assert np.abs(gauss - exact).max() < QUANTILE_ERROR
    assert np.abs(gaps - [-log1p(-one) for one in uniforms]).max() < 1e-12
    assert np.abs(powers / [exp(one) for one in values] - 1.0).max() < 1e-12


@pytest.mark.slow
def test_the_tabled_curves_never_go_down() -> None:
    uniforms = np.sort(np.concatenate([_edges(), np.linspace(0.0, LARGEST, 200_001)]))
    gauss, gaps, _ = _curves(uniforms, uniforms)
    assert (np.diff(gauss) >= -1e-12).all()
    assert (np.diff(gaps) >= -1e-12).all()


@pytest.mark.parametrize(
    "distribution",
    [
        constant(4),
        exponential(7),
        exponential(5, zero_share=0.3),
        lognormal(9, 0.8),
        lognormal(4, 2.5),
        normal(-6, 6),
        empirical([1, 5, 9]),
        discretised_poisson(9),
    ],
)
@pytest.mark.slow
def test_the_compiled_quantile_is_the_plain_one(distribution: Distribution) -> None:
    model = HallModel((QueueModel("A", (1.0,), distribution),), ("1",), ((0.0, 60.0),))
    demand = demand_arrays(model)
    uniforms = np.random.default_rng(2).random(5_000)
    compiled = _quantiles(demand.service[0], demand.table, uniforms)
    plain = [distribution.quantile(one) for one in uniforms]
    assert np.allclose(compiled, plain, rtol=1e-7, atol=1e-7)


@pytest.mark.slow
def test_what_a_ticket_draws_for_one_purpose_says_nothing_of_another() -> None:
    words = _words(11, 200_000)
    correlations = np.corrcoef(words)[np.triu_indices(6, 1)]
    assert np.abs(correlations).max() < 4 / np.sqrt(200_000)
    for purpose in words:
        assert stats.kstest(purpose, "uniform").pvalue > 1e-4


def test_walk_ins_are_a_poisson_process_with_the_profile_of_the_queue() -> None:
    rates = (2.0, 8.0, 0.0, 5.0)
    model = HallModel(
        (QueueModel("A", rates, constant(1)),), ("1",), ((540.0, 600.0),), interval_minutes=15.0
    )
    drawn = draw_days(model, seed=3, days=4_000)
    minutes = drawn.tickets.joined / 60e6
    day = np.repeat(np.arange(4_000), np.diff(drawn.starts))
    counts = np.zeros((4_000, 4))
    np.add.at(counts, (day, ((minutes - 540.0) // 15.0).astype(int)), 1.0)
    for interval, rate in enumerate(rates):
        mean, spread = counts[:, interval].mean(), counts[:, interval].var(ddof=1)
        assert abs(mean - rate) <= 4 * np.sqrt(rate / 4_000)
        assert abs(spread - rate) <= 4 * np.sqrt((rate + 2 * rate**2) / 4_000)
    first = minutes[minutes < 555.0]
    assert stats.kstest((first - 540.0) / 15.0, "uniform").pvalue > 1e-4


@given(tickets=st.integers(0, 400), seed=st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_a_day_is_in_order_of_joining_and_numbered_so(tickets: int, seed: int) -> None:
    model = HallModel(
        (QueueModel("A", (float(tickets),), constant(1)), QueueModel("B", (3.0,), constant(1))),
        ("1",), ((540.0, 541.0),), interval_minutes=1.0,
    )  # fmt: skip
    drawn = draw_days(model, seed=seed, days=1)
    assert (np.diff(drawn.tickets.joined) >= 0).all()
    assert drawn.tickets.number.tolist() == list(range(len(drawn.tickets.joined)))


def test_a_queues_citizens_do_not_depend_on_the_other_queues() -> None:
    busy, quiet = QueueModel("A", (40.0,), exponential(3)), QueueModel("B", (5.0,), lognormal(9, 1))
    alone = HallModel((quiet,), ("1",), ((0.0, 60.0),), interval_minutes=60.0)
    beside = HallModel((quiet, busy), ("1",), ((0.0, 60.0),), interval_minutes=60.0)
    ours, both = draw_days(alone, seed=6, days=3).tickets, draw_days(beside, seed=6, days=3).tickets
    kept = both.queue == 0
    for field in ("joined", "service", "walk", "deadline", "effective"):
        assert np.array_equal(getattr(ours, field), getattr(both, field)[kept])


def test_more_tickets_than_a_day_can_hold_are_refused() -> None:
    model = HallModel((QueueModel("A", (4e6,), constant(1)),), ("1",), ((0.0, 60.0),), interval_minutes=60.0)
    with pytest.raises(BadModel, match="2,097,152 tickets"):
        draw_days(model, seed=1, days=1)
    with pytest.raises(BadModel, match="72,000 minutes"):
        HallModel((QueueModel("A", (1.0,), constant(1)),), ("1",), ((0.0, 72_001.0),))
    with pytest.raises(ValueError, match="wider than numbers"):
        lognormal(1e300, 1)


def test_a_day_with_many_tickets_and_none_is_played() -> None:
    for expected in (0.0, 30_000.0):
        model = HallModel((QueueModel("A", (expected,), constant(0)),), ("1",), ((0.0, 60.0),),
                          interval_minutes=60.0)  # fmt: skip
        summary = simulate_days(model, Plan((PlanEntry(0, 0, 0.0, 60.0),)), seed=1, days=2)
        assert abs(summary.counts(JOINED)[0] - 2 * expected) <= 5 * np.sqrt(2 * expected)
