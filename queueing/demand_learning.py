"""Demand profiles from history: rates by weekday, what marks a date, how much days differ by chance.

Multiplicative, fitted in turns (iterative proportional fitting): the hall's level of each weekday and
mark, shrunk towards 1 by how much such days usually differ; each queue's share of it; the shape of the
day, a queue's own shrunk towards the hall's and a weekday's towards that of all days. Older days count
less. How much whole days differ is the covariance of their two halves: what a morning says about its
afternoon, which the variance of whole days would overstate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from queueing.rules.drain import QUARTERS

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from queueing.rules.demand import DayKind

    Floats = NDArray[np.float64]

HALF_LIFE_DAYS = 45.0  # calendar days after which a day counts half for shapes and factors
LEVEL_HALF_LIFE = 10.0  # working days; the level follows what lasts for weeks and not single days
LEVEL_PRIOR = 10.0  # days of "as before" against which the latest days are weighed
WEEKDAY_SPREAD, MARK_SPREAD = 0.15, 0.1  # how much weekdays and marks usually differ from an ordinary day
DAY_SPREAD = 0.1  # how much days of one kind usually differ beyond chance
CV_PRIOR, CV_PRIOR_DAYS = 0.12, 10.0  # what is believed of that where history is short
QUEUE_PRIOR = 150.0  # tickets against which a queue's own weekday deviation is weighed
SHAPE_PRIOR = 60.0  # tickets of the hall's shape lent to a queue
WEEKDAY_SHAPE_DAYS = 3.0  # days of the usual shape against which a weekday's own shape is weighed
SMOOTHING = (0.25, 0.5, 0.25)
ROUNDS = 12  # of the fitting in turns; the last moved no factor by a thousandth
FEWEST_DAYS = 2
LARGEST_CV, LARGEST_DISPERSION = 0.5, 4.0


@dataclass(frozen=True, slots=True)
class DemandHistory:
    """Past open days of a hall, in order.

    ``counts[queue, day, quarter]`` walk-ins; ``open_share[day, quarter]`` of each quarter the doors
    were open; ``minutes[queue]`` of a window for one citizen.
    """

    days: Sequence[date]
    kinds: Sequence[DayKind]
    counts: Floats
    open_share: Floats
    minutes: Sequence[float]


@dataclass(slots=True)
class _Fit:
    """``day_mean[day]``: people expected in the hall; ``shape[queue][weekday][quarter]`` sums to 1."""

    weekday: dict[int, float]
    marks: dict[str, float]
    level: float


def learn_demand(history: DemandHistory) -> list[dict[str, Any]] | None:
    """Return each queue's profile as stored (``rules.demand.profile_from``); None without enough days."""
    if len(history.days) < FEWEST_DAYS or history.counts.sum() <= 0:
        return None
    weights = 0.5 ** (np.array([(history.days[-1] - day).days for day in history.days]) / HALF_LIFE_DAYS)
    shapes = _Shapes(history, weights)
    totals = history.counts.sum(axis=(0, 2))
    exposure = np.array([shapes.open_part(number) for number in range(len(totals))])
    base = float((weights * totals).sum() / (weights * exposure).sum())
    noise = DAY_SPREAD**2 + 1.0 / max(float(totals.mean()), 1.0)
    fit = _factors(history.kinds, totals / np.maximum(base * exposure, 1e-9), weights, noise)
    share = _shares(history, weights)
    ratios = _queue_weekdays(history, fit, share, base * exposure)
    expected = _expected(history, shapes, fit, share, ratios, base)
    fit.level = _level(expected.sum(axis=(0, 2)), totals)
    levels = _queue_levels(expected * fit.level, history.counts)
    expected *= fit.level * levels[:, None, None]
    hall_cv, own_cv = _persisting(history, expected)
    dispersion = _dispersion(history, expected)
    weekdays = sorted(fit.weekday)
    return [
        {
            "rates": {
                str(weekday): _rounded(base * fit.level * fit.weekday[weekday] * levels[queue]
                    * share[queue] * ratios[queue].get(weekday, 1.0) * shapes.of(queue, weekday))
                for weekday in weekdays
            },
            "usual_rates": _rounded(base * fit.level * levels[queue] * share[queue] * shapes.of(queue, None)),
            "marks": {mark: round(factor, 4) for mark, factor in fit.marks.items()},
            "hall_cv": round(hall_cv, 4),
            "own_cv": round(float(own_cv[queue]), 4),
            "dispersion": round(float(dispersion[queue]), 4),
            "minutes": round(float(history.minutes[queue]), 3),
            "days": len(history.days),
        }
        for queue in range(len(history.counts))
    ]  # fmt: skip


class _Shapes:
    """How a day's people spread over its quarters, per quarter that is open throughout."""

    def __init__(self, history: DemandHistory, weights: Floats) -> None:
        counts, opened = history.counts, history.open_share
        seen = np.einsum("d,kdq->kq", weights, counts)
        exposed = np.einsum("d,dq->q", weights, opened)
        self._opened = opened
        self.hall = _per_open(seen.sum(axis=0), exposed)
        lent = SHAPE_PRIOR * self.hall * exposed / max((self.hall * exposed).sum(), 1e-9)
        self._own = [_per_open(row + lent, exposed) for row in seen]
        self._weekday: dict[int, Floats] = {}
        weekdays = np.array([kind.weekday for kind in history.kinds])
        for weekday in sorted(set(weekdays.tolist())):
            of = weekdays == weekday
            own = np.einsum("d,kdq->q", weights[of], counts[:, of])
            open_then = np.einsum("d,dq->q", weights[of], opened[of])
            usual = self.hall * open_then
            usual = usual * (own.sum() / max(usual.sum(), 1e-9))
            lent_days = WEEKDAY_SHAPE_DAYS * usual / max(float(weights[of].sum()), 1e-9)
            smooth = _smoothed(own, open_then)
            change = np.where(usual > 0, (smooth + lent_days) / np.maximum(usual + lent_days, 1e-9), 1.0)
            self._weekday[weekday] = change

    def of(self, queue: int, weekday: int | None) -> Floats:
        """Return a queue's shape on a weekday: its own, changed as the hall's day is on that weekday."""
        own: Floats = self._own[queue] / max(self._own[queue].sum(), 1e-9)
        if weekday is None or weekday not in self._weekday:
            return own
        changed: Floats = own * self._weekday[weekday]
        return changed

    def open_part(self, day: int) -> float:
        """Return the share of a usual full day's people that a day's opening hours take in."""
        return float((self.hall * self._opened[day]).sum() / max(self.hall.sum(), 1e-9))


def _per_open(counts: Floats, exposed: Floats) -> Floats:
    """Return smoothed people per fully open quarter."""
    smooth = _smoothed(counts, exposed)
    rate: Floats = np.where(exposed > 1e-9, smooth / np.maximum(exposed, 1e-9), 0.0)
    return rate


def _smoothed(counts: Floats, exposed: Floats) -> Floats:
    """Smooth people per open quarter along the day, keeping their sum."""
    kernel = np.array(SMOOTHING)
    smooth = np.convolve(counts, kernel, mode="same")
    reach = np.convolve(exposed, kernel, mode="same")
    smooth = np.where(reach > 1e-9, smooth / np.maximum(reach, 1e-9), 0.0) * exposed
    scaled: Floats = smooth * (counts.sum() / max(smooth.sum(), 1e-9))
    return scaled


def _factors(kinds: Sequence[DayKind], ratios: Floats, weights: Floats, noise: float) -> _Fit:
    """Return the hall's factor of each weekday and mark, in turns until they agree.

    Each is weighed against 1 like that many days as make up for the ``noise`` (variance) of one day.
    """
    weekdays = {kind.weekday: 1.0 for kind in kinds}
    marks = {mark: 1.0 for kind in kinds for mark in kind.marks}
    spread = noise / WEEKDAY_SPREAD**2, noise / MARK_SPREAD**2
    places: list[tuple[dict[Any, float], Hashable, Floats, float]] = [
        (weekdays, weekday, np.array([kind.weekday == weekday for kind in kinds]), spread[0])
        for weekday in weekdays
    ]
    places += [(marks, mark, np.array([mark in kind.marks for kind in kinds]), spread[1]) for mark in marks]
    for _ in range(ROUNDS):
        for table, key, of, prior in places:
            told = np.array([_told(kind, weekdays, marks) for kind in kinds]) / table[key]
            own = (weights * ratios / told)[of].sum() + prior
            table[key] = float(own / (weights[of].sum() + prior))
    return _Fit(weekdays, marks, 1.0)


def _told(kind: DayKind, weekdays: Mapping[int, float], marks: Mapping[str, float]) -> float:
    factor = weekdays[kind.weekday]
    for mark in kind.marks:
        factor *= marks[mark]
    return factor


def _shares(history: DemandHistory, weights: Floats) -> Floats:
    seen = np.einsum("d,kdq->k", weights, history.counts)
    share: Floats = seen / max(seen.sum(), 1e-9)
    return share


def _queue_weekdays(
    history: DemandHistory, fit: _Fit, share: Floats, hall_mean: Floats
) -> list[dict[int, float]]:
    """Return how each queue's weekdays differ from the hall's, shrunk towards 1."""
    told = hall_mean * np.array([_told(kind, fit.weekday, fit.marks) for kind in history.kinds])
    totals = history.counts.sum(axis=2)
    found: list[dict[int, float]] = []
    for queue in range(len(share)):
        own: dict[int, float] = {}
        for weekday in fit.weekday:
            of = np.array([kind.weekday == weekday for kind in history.kinds])
            expected = float((told * share[queue])[of].sum())
            own[weekday] = (float(totals[queue, of].sum()) + QUEUE_PRIOR) / (expected + QUEUE_PRIOR)
        found.append(own)
    return found


def _expected(
    history: DemandHistory,
    shapes: _Shapes,
    fit: _Fit,
    share: Floats,
    ratios: Sequence[Mapping[int, float]],
    base: float,
) -> Floats:
    """Return what the factors say of each past day: ``[queue, day, quarter]``."""
    expected = np.empty_like(history.counts)
    for queue in range(len(share)):
        for day, kind in enumerate(history.kinds):
            told = _told(kind, fit.weekday, fit.marks) * ratios[queue][kind.weekday]
            expected[queue, day] = (
                base * told * share[queue] * shapes.of(queue, kind.weekday) * history.open_share[day]
            )
    return expected


def _recent(days: int) -> Floats:
    recent: Floats = 0.5 ** (np.arange(days)[::-1] / LEVEL_HALF_LIFE)
    return recent


def _level(expected: Floats, totals: Floats) -> float:
    """Return the level of the latest days against what the factors say."""
    weights = _recent(len(totals))
    ratio = float((weights * totals / np.maximum(expected, 1e-9)).sum())
    return (ratio + LEVEL_PRIOR) / (float(weights.sum()) + LEVEL_PRIOR)


def _queue_levels(expected: Floats, counts: Floats) -> Floats:
    weights = _recent(counts.shape[1])
    came = (weights * counts.sum(axis=2)).sum(axis=1)
    told = (weights * expected.sum(axis=2)).sum(axis=1)
    level: Floats = (came + QUEUE_PRIOR) / (told + QUEUE_PRIOR)
    return level


def _persisting(history: DemandHistory, expected: Floats) -> tuple[float, Floats]:
    """Return the cv of whole days, of the hall and of each queue: what morning and afternoon share."""
    cut = _half(expected.sum(axis=(0, 1)))
    hall = _shared(history.counts.sum(axis=0), expected.sum(axis=0), cut)
    told = expected * _day_ratio(history, expected)[None, :, None]
    own = np.array([_shared(history.counts[k], told[k], cut) for k in range(len(told))])
    days = float(len(history.days))
    return _believed(hall, days), np.array([_believed(value, days) for value in own])


def _believed(variance: float, days: float) -> float:
    """Return the cv of a measured variance, which may be negative by chance, weighed against the usual."""
    usual = CV_PRIOR**2
    weighed = (max(variance, 0.0) * days + usual * CV_PRIOR_DAYS) / (days + CV_PRIOR_DAYS)
    return float(min(weighed**0.5, LARGEST_CV))


def _half(row: Floats) -> int:
    return int(np.searchsorted(np.cumsum(row), row.sum() / 2)) + 1


def _shared(counts: Floats, expected: Floats, cut: int) -> float:
    """Return the weighted covariance of the two halves' ratios; fitted factors took some of it away."""
    early, late = expected[:, :cut].sum(axis=1), expected[:, cut:].sum(axis=1)
    usable = (early > 0) & (late > 0)
    if usable.sum() < FEWEST_DAYS + 1:
        return 0.0
    one = counts[usable, :cut].sum(axis=1) / early[usable] - 1.0
    other = counts[usable, cut:].sum(axis=1) / late[usable] - 1.0
    weight = np.minimum(early, late)[usable]
    days = float(usable.sum())
    return float((weight * one * other).sum() / weight.sum()) * days / max(days - FEWEST_DAYS, 1.0)


def _day_ratio(history: DemandHistory, expected: Floats) -> Floats:
    ratio: Floats = history.counts.sum(axis=(0, 2)) / np.maximum(expected.sum(axis=(0, 2)), 1e-9)
    return ratio


def _dispersion(history: DemandHistory, expected: Floats) -> Floats:
    """Return each queue's variance of a quarter over its mean, once the day's own level is known."""
    found = []
    for counts, told in zip(history.counts, expected, strict=True):
        ratio = counts.sum(axis=1) / np.maximum(told.sum(axis=1), 1e-9)
        mean = told * ratio[:, None]
        used = mean > 0
        freedom = max(used.sum() - len(counts), 1)
        found.append(float(((counts - mean)[used] ** 2).sum() / max(mean[used].sum(), 1e-9)))
        found[-1] *= used.sum() / freedom
    dispersion: Floats = np.clip(np.array(found), 1.0, LARGEST_DISPERSION)
    return dispersion


def _rounded(row: Floats) -> list[float]:
    if len(row) != QUARTERS:
        raise ValueError(f"a day has {QUARTERS} quarters, not {len(row)}")
    return [round(float(value), 4) for value in row]
