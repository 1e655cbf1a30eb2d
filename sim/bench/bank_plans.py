"""``make bench NAME=bank_plans``: what January says of February, at the bank of the public log.

Demand, call lengths, each server's speed, pauses, patience, skills and one factor on the time that a call
takes are learned from January. For each long day of February its roster is taken as the plan, and the
engine says how long callers would wait: once with the callers that came, once with callers drawn from
January for that roster. All choices were made on January alone, one part foretold from another.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine import tally
from queueing.engine.run import draw_days, play
from sim.bench.bank_days import KINDS, BankDay, bank_days, is_ordinary, usual_quarters
from sim.bench.bank_hall import Learned, expected_on, learn, model_of, replayed, roster
from sim.bench.row import BenchRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from queueing.engine.result import Summary

DATA = Path(__file__).parents[1] / "data" / "bank_calls"
COPIES, DRAWN_DAYS = 8, 40
CLOSE_ENOUGH = 0.15
BISECTIONS = 12
BOOTSTRAPS = 2_000
SEED = 11


def rows() -> list[BenchRow]:
    """Return how well February is foretold, and how surely plans are ranked."""
    everything = bank_days(DATA / "january_1999.tsv.gz")
    usual = usual_quarters(everything)
    january = [day for day in everything if is_ordinary(day, usual)]
    february = bank_days(DATA / "february_1999.tsv.gz")
    learned = calibrated(january, learn(january))
    ordinary = np.array([is_ordinary(day, usual) for day in february])
    observed = np.array([day.mean_wait for day in february])
    known = np.array([_mean(_replay(day, learned, learned.lists)) for day in february])
    drawn = np.array([_mean(_forecast(day, learned)) for day in february])
    note = f"{ordinary.sum()} ordinary days of February, learned from {len(january)} of January"
    return [
        _off(f"mean wait, {note}: callers as they came", known[ordinary], observed[ordinary]),
        _off(f"mean wait, {note}: callers drawn from January", drawn[ordinary], observed[ordinary]),
        _off(f"mean wait, all {len(february)} days: callers as they came", known, observed),
        _off(f"mean wait, all {len(february)} days: callers drawn from January", drawn, observed),
        _days_off("ordinary, callers as they came", known[ordinary], observed[ordinary]),
        _days_off("ordinary, callers drawn from January", drawn[ordinary], observed[ordinary]),
        _days_off("all days, callers as they came", known, observed),
        _days_off("all days, callers drawn from January", drawn, observed),
        BenchRow("factor on the time a call takes, from January", learned.factor, "x", None, None, "", None),
        _ranking(january, february, learned),
    ]


def calibrated(days: Sequence[BankDay], learned: Learned) -> Learned:
    """Return what was learned with the factor at which the same month's mean wait is what it was."""
    wanted = float(np.mean([day.mean_wait for day in days]))
    low, high = 0.5, 2.0
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        tried = replace(learned, factor=middle)
        found = float(np.mean([_mean(_replay(day, tried, tried.lists, copies=2)) for day in days]))
        low, high = (middle, high) if found < wanted else (low, middle)
    return replace(learned, factor=0.5 * (low + high))


def _replay(
    day: BankDay, learned: Learned, lists: Mapping[str, frozenset[str]], *, copies: int = COPIES
) -> Summary:
    model = model_of(learned, list(day.presence))
    return play(model, roster(day, lists), replayed(day, learned, seed=SEED, copies=copies))


def _forecast(day: BankDay, learned: Learned) -> Summary:
    model = model_of(expected_on(day, learned), list(day.presence))
    citizens = draw_days(model, seed=SEED, days=DRAWN_DAYS)
    return play(model, roster(day, learned.lists), citizens)


def _mean(summary: Summary) -> float:
    joined = summary.counts(tally.JOINED).sum()
    return float((summary.counts(tally.WAIT_SUM) + summary.counts(tally.LEFT_WAIT_SUM)).sum() / joined)


def _off(name: str, predicted: np.ndarray, observed: np.ndarray) -> BenchRow:
    value, truth = float(predicted.mean()), float(observed.mean())
    ratio = value / truth
    return BenchRow(
        name,
        value,
        "min",
        f"observed {truth:.2f} min",
        ratio,
        "within 15 %",
        abs(ratio - 1.0) <= CLOSE_ENOUGH,
    )


def _days_off(name: str, predicted: np.ndarray, observed: np.ndarray) -> BenchRow:
    error = float(np.median(np.abs(predicted / observed - 1.0)))
    correlation = float(np.corrcoef(predicted, observed)[0, 1])
    return BenchRow(
        f"a single day, median error, {name} (correlation {correlation:.2f})", error, "share", None, None,
        "at most 0.15", error <= CLOSE_ENOUGH,
    )  # fmt: skip


def other_lists(learned: Learned) -> dict[str, Mapping[str, frozenset[str]]]:
    """Return plans to rank: everybody everything, the lists as they were, two kinds each, one kind each."""
    by_use = {
        kind: float(learned.rates[place].sum() * learned.busy[kind].mean())
        for place, kind in enumerate(KINDS)
    }

    def most(kinds: frozenset[str], count: int) -> frozenset[str]:
        return frozenset(sorted(kinds, key=lambda kind: -by_use[kind])[:count])

    return {
        "everybody everything": {server: frozenset(KINDS) for server in learned.lists},
        "as it was": dict(learned.lists),
        "the two largest kinds": {server: most(own, 2) for server, own in learned.lists.items()},
        "the largest kind": {server: most(own, 1) for server, own in learned.lists.items()},
    }


def _ranking(january: Sequence[BankDay], february: Sequence[BankDay], learned: Learned) -> BenchRow:
    """In how many resamples of February's days are the plans ranked as January's days rank them?"""
    plans = other_lists(learned)
    trained = [_waits(january, learned, lists).sum() for lists in plans.values()]
    waits = np.stack([_waits(february, learned, lists) for lists in plans.values()])  # [plan, day]
    chance = np.random.default_rng(SEED)
    picked = chance.integers(0, len(february), (BOOTSTRAPS, len(february)))
    totals = waits[:, picked].sum(axis=2)  # [plan, resample]
    same = np.all(np.argsort(trained) == np.argsort(totals, axis=0).T, axis=1)
    share = float(same.mean())
    order = ", ".join(np.array(list(plans))[np.argsort(trained)])
    return BenchRow(
        f"resamples of February that rank the plans as January does ({order})", share, "share", None, None,
        "at least 0.95", share >= 0.95,
    )  # fmt: skip


def _waits(days: Sequence[BankDay], learned: Learned, lists: Mapping[str, frozenset[str]]) -> np.ndarray:
    """Return the minutes waited on each day, the callers as they came."""
    return np.array([_mean(_replay(day, learned, lists, copies=4)) * len(day.calls) for day in days])
