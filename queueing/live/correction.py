"""The learned correction: boosted quantiles on the live state and the physical estimate.

Learned from replayed days, judged on the last of them, used only in halls where it had the lower loss
there. It is a file with a card; whatever is wrong with either, the physical estimate serves and the reason
is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from queueing.live.features import NAMES, features_of
from queueing.live.hall import live_hall
from queueing.live.physical import NEVER_CALLED, SHARES, PhysicalWaits, physical_waits
from queueing.prediction.wait_model import ModelShape, WaitModel
from queueing.rules.published import LATER_MINUTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray

    from queueing.live.replay import HallPast, PastTicket

    Floats = NDArray[np.float64]

NOW, LATER = 0.0, 1.0  # the two models: places in line, and arrivals later
SHAPE = ModelShape(
    constant=3.0, zero_waits=True, rounds=120, seeds=1, forest_trees=30, forest_leaf=40, forest_rows=20_000
)
EVERY_MINUTES = 110.0  # with 54 halls and 24 days some 4,000 states: under a minute of one core
JOINS_WITHIN = 10.0
JUDGED_SHARE = 0.25
FEWEST_ROWS, FEWEST_DAYS, FEWEST_OF_HALL = 1_500, 8, 60
WORTH = 0.99  # of the physical loss: less is noise


@dataclass(slots=True)
class Rows:
    """Learning rows: ``features[row, column]`` as ``NAMES``, real waits, and where they come from."""

    features: Floats
    wait: Floats
    day: NDArray[np.int64]
    hall: NDArray[np.int64]
    model: Floats

    def take(self, chosen: NDArray[np.bool_]) -> Rows:
        return Rows(
            self.features[chosen], self.wait[chosen], self.day[chosen], self.hall[chosen], self.model[chosen]
        )

    @property
    def physical(self) -> Floats:
        first = NAMES.index("p10")
        return self.features[:, first : first + len(SHARES)]


def rows_of(past: HallPast, number: int, *, seed: int) -> Iterator[tuple[Floats, float, int, int, float]]:
    """Yield (features, real wait, day, hall number, model) of a hall's replayed days."""
    for day in sorted(past.days):
        for minute in _instants(past, day):
            now = past.hall.calendar.at_minute(day, minute)
            state, seen = past.state(day, now)
            hall = live_hall(past.hall, state, seen, now)
            if hall is None:
                continue
            waits = physical_waits(hall, past.hall.queues, seed=seed)
            line, later = features_of(hall, state, waits, past.hall.queues)
            for place, queue in enumerate(past.hall.queues):
                own = [each for each in past.days[day] if each.ticket.queue_id == queue.id]
                in_line = state.lines[queue.id].in_order()[: waits.joining[place]]
                for row, wait in _standing(line[place], own, in_line, now):
                    yield row, wait, day.toordinal(), number, NOW
                for row, ahead in zip(later[place], LATER_MINUTES, strict=True):
                    joins = _next(own, past.hall.calendar.at_minute(day, minute + ahead))
                    if joins is not None:
                        yield row, joins, day.toordinal(), number, LATER


def _instants(past: HallPast, day: date) -> list[float]:
    """Return some instants of a day, elsewhere on each day."""
    spans = [
        (past.hall.calendar.minute_of_day(span.opens_at), past.hall.calendar.minute_of_day(span.closes_at))
        for span in past.hall.calendar.spans(day)
    ]
    offset = 20.0 + day.toordinal() * 37 % EVERY_MINUTES
    return [
        float(minute)
        for opens, closes in spans
        for minute in np.arange(opens + offset, closes, EVERY_MINUTES)
    ]


def _standing(
    line: Floats, own: Sequence[PastTicket], standing: Sequence[object], now: datetime
) -> Iterator[tuple[Floats, float]]:
    """Yield rows of the first, the middle and the last who wait and were called, and of who joins next."""
    called = {each.ticket.id: each.called_at for each in own}
    for ahead in sorted({0, len(standing) // 2, len(standing) - 1}):
        at = called.get(standing[ahead].id) if 0 <= ahead < len(standing) else None  # type: ignore[attr-defined]
        if at is not None:
            yield line[ahead], (at - now).total_seconds() / 60
    joins = _next(own, now)
    if joins is not None:
        yield line[len(standing)], joins


def _next(own: Sequence[PastTicket], instant: datetime) -> float | None:
    """Return the wait of the first plain walk-in after an instant, if one comes soon and is called."""
    for each in own:
        later = (each.ticket.arrived_at - instant).total_seconds() / 60
        if later > JOINS_WITHIN:
            return None
        if later > 0 and each.plain and each.called_at is not None:
            return (each.called_at - each.ticket.arrived_at).total_seconds() / 60
    return None


@dataclass(frozen=True, slots=True)
class Learned:
    """The models, the numbers of the halls where they are used, and the losses they were judged by."""

    models: dict[float, WaitModel]
    halls: tuple[int, ...]
    metrics: dict[str, object]
    days: tuple[int, int]


class NotEnough(ValueError):
    """History is too short to learn a correction from and to judge it."""


def learn(rows: Rows) -> Learned:
    """Learn on the earlier days and judge on the last ones, which no model has seen."""
    days = np.unique(rows.day)
    if len(days) < FEWEST_DAYS or len(rows.wait) < FEWEST_ROWS:
        raise NotEnough(f"{len(rows.wait)} waits of {len(days)} days")
    first_judged = days[int(len(days) * (1 - JUDGED_SHARE))]
    early, late = rows.take(rows.day < first_judged), rows.take(rows.day >= first_judged)
    models = {
        key: WaitModel(SHAPE).fit(part.features, part.physical[:, 1], part.wait, part.day)
        for key in (NOW, LATER)
        for part in (early.take(early.model == key),)
    }
    ours = loss(late.wait, corrected(models, late))
    theirs = loss(late.wait, _recalibrated(early, late))
    halls = [
        int(hall)
        for hall in np.unique(late.hall)
        for own in (late.hall == hall,)
        if own.sum() >= FEWEST_OF_HALL and ours[own].mean() < WORTH * theirs[own].mean()
    ]
    better = bool(ours.mean() < WORTH * theirs.mean())
    metrics: dict[str, object] = {
        "waits_learned": len(early.wait),
        "waits_judged": len(late.wait),
        "loss": float(ours.mean()),
        "loss_physical_recalibrated": float(theirs.mean()),
        "p50_mae": float(np.abs(late.wait - corrected(models, late)[:, 1]).mean()),
        "p50_mae_physical": float(np.abs(late.wait - late.physical[:, 1]).mean()),
        "better": better,
    }
    return Learned(models, tuple(halls) if better else (), metrics, (int(days[0]), int(first_judged) - 1))


def corrected(models: dict[float, WaitModel], rows: Rows) -> Floats:
    """Return ``[row, share]`` quantiles of the correction."""
    out = rows.physical.copy()
    for key, model in models.items():
        chosen = rows.model == key
        if chosen.any():
            out[chosen] = model.predict(rows.features[chosen], rows.physical[chosen, 1])
    return out


def _recalibrated(early: Rows, late: Rows) -> Floats:
    """Return the physical quantiles with their bands stretched as the earlier days ask: a fair rival."""
    quantiles = late.physical.copy()
    for key in (NOW, LATER):
        seen, judged = early.model == key, late.model == key
        band = early.physical[seen]
        for share, side in ((0, -1.0), (2, 1.0)):
            width = np.maximum(side * (band[:, share] - band[:, 1]), 1e-6)
            score = side * (early.wait[seen] - band[:, 1]) / width
            stretch = float(np.clip(np.quantile(score, 0.9), 0.3, 4.0))
            own = quantiles[judged]
            quantiles[judged, share] = own[:, 1] + stretch * (own[:, share] - own[:, 1])
    return np.maximum(quantiles, 0.0)


def loss(wait: Floats, quantiles: Floats) -> Floats:
    """Return each row's pinball loss, summed over the three quantiles."""
    parts = [
        np.maximum(share * (wait - quantiles[:, k]), (share - 1) * (wait - quantiles[:, k]))
        for k, share in enumerate(SHARES)
    ]
    total: Floats = np.sum(parts, axis=0)
    return total


def apply(
    models: dict[float, WaitModel], waits: PhysicalWaits, line: Sequence[Floats], later: Sequence[Floats]
) -> PhysicalWaits:
    """Return the waits of one hall corrected; where nobody will be called nothing is corrected."""
    return PhysicalWaits(
        [_applied(models[NOW], rows, own, rising=True) for rows, own in zip(line, waits.line, strict=True)],
        [_applied(models[LATER], rows, own) for rows, own in zip(later, waits.later, strict=True)],
        waits.joining,
    )


def _applied(model: WaitModel, features: Floats, physical: Floats, *, rising: bool = False) -> Floats:
    found = np.where(physical[:, 1:2] >= NEVER_CALLED, physical, model.predict(features, physical[:, 1]))
    return np.maximum.accumulate(found, axis=0) if rising else found
