"""Whether a queue's told ranges may still be told: a band that surely does not hold is withheld.

A range promises that about 80 % of real waits fall inside it and 10 % above its top. Waits of one day share
its luck, so days are counted, not people: the share's error is estimated between days.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

INSIDE, ABOVE = 0.80, 0.10
# Worse by less than this is no fault worth losing the number for. Wait prediction is judged by the same
# margin: no hall significantly below 87 % of waits under the upper end, which is 3 points of the 90.
MARGIN = 0.03
SURE = 0.99  # one-sided; some 170 queues are judged each night, so 95 % would withhold eight good ones
LEAST_DAYS = 5
LEAST_TICKETS = 40
JUDGED_DAYS = 28  # four weeks: long enough for a quiet queue, short enough to forget an old fault


class Fault(StrEnum):
    """What does not hold."""

    INSIDE = "inside"  # too few waits inside the range
    ABOVE = "above"  # too many above its top: people wait longer than they were told


@dataclass(frozen=True, slots=True)
class ToldDay:
    """One day of a queue: tickets whose range was worked out, and how the real waits lay to it."""

    tickets: int
    inside: int
    above: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """A queue's days together; ``fault`` is None while its ranges may be told."""

    days: int
    tickets: int
    inside: int
    above: int
    fault: Fault | None


def judge(days: Sequence[ToldDay]) -> Judgement:
    """Return whether the ranges held; too few days or tickets are no ground to withhold."""
    seen = [day for day in days if day.tickets > 0]
    counts = [day.tickets for day in seen]
    inside, above = [day.inside for day in seen], [day.above for day in seen]
    fault = None
    if len(seen) >= LEAST_DAYS and sum(counts) >= LEAST_TICKETS:
        if surely_above(above, counts, ABOVE + MARGIN):
            fault = Fault.ABOVE
        elif surely_above(
            [n - k for n, k in zip(counts, inside, strict=True)], counts, 1 - (INSIDE - MARGIN)
        ):
            fault = Fault.INSIDE
    return Judgement(len(seen), sum(counts), sum(inside), sum(above), fault)


def surely_above(hits: Sequence[int], counts: Sequence[int], limit: float) -> bool:
    """Return whether a share is above a limit beyond chance, days taken as wholes.

    The ratio estimator's variance between clusters (Cochran, Sampling Techniques, 3rd ed., 6.3), never less
    than a binomial's at the limit, against Student's t with one degree of freedom a day less one.

    >>> surely_above([4] * 20, [20] * 20, 0.13), surely_above([20] * 4 + [0] * 16, [20] * 20, 0.13)
    (True, False)
    """
    days, people = len(counts), sum(counts)
    share = sum(hits) / people
    between = sum((hit - share * count) ** 2 for hit, count in zip(hits, counts, strict=True))
    clustered = sqrt(between * days / (days - 1)) / people
    alone = sqrt(limit * (1 - limit) / people)
    return share - limit > student_t(SURE, days - 1) * max(clustered, alone)


def student_t(share: float, freedom: int) -> float:
    """Return a quantile of Student's t, by its expansion from the normal one (Abramowitz & Stegun 26.7.5).

    Within 2 % from four degrees of freedom on.

    >>> round(student_t(0.99, 27), 2)
    2.47
    """
    z = NormalDist().inv_cdf(share)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3
