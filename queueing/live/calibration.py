"""Live calibration: what was told is compared with what happened, and the next ranges are stretched by it.

Rolling conformal (``queueing.prediction.calibration``) over the outcomes of told ranges, by hall and by
predicted size. Everything it knows stands in the database (tickets of today, facts of the days before), so
a restart goes on where the last process was. Whoever was told "no wait" is left out: such a promise has no
band to stretch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from queueing.prediction.calibration import Promises, calibrate, size_group
from queueing.rules.published import LEARNED, PHYSICAL, SIZE_EDGES, SIZES, Stretch
from queueing.rules.trust import ToldDay, judge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STEP_MINUTES = 1.0
PRIOR_OUTCOMES = 100.0  # of the city, against which a hall's own outcomes are weighed
MIDDLE = 1000.0  # any median larger than its band


@dataclass(frozen=True, slots=True)
class Outcome:
    """A told range and what became of it; instants in UTC, minutes otherwise.

    ``raw``: the range before it was stretched. ``wait`` None: not called (yet); ``gone_at``: left uncalled.
    ``by``: which estimator told it.
    """

    hall_id: UUID
    queue_id: UUID
    made_at: datetime
    told: tuple[float, float, float]
    raw: tuple[float, float, float]
    wait: float | None
    gone_at: datetime | None
    by: str = PHYSICAL


@dataclass(frozen=True, slots=True)
class Calibration:
    """``stretches[hall]`` by predicted size, ``city`` for halls without outcomes.

    ``drifting``: halls whose learned correction surely no longer holds.
    """

    stretches: Mapping[UUID, Sequence[Stretch]] = field(default_factory=dict)
    city: Sequence[Stretch] = (Stretch(),) * SIZES
    drifting: frozenset[UUID] = frozenset()

    def of(self, hall_id: UUID) -> Sequence[Stretch]:
        return self.stretches.get(hall_id, self.city)


def calibration_of(outcomes: Sequence[Outcome], *, now: datetime) -> Calibration:
    """Return how the ranges of each hall are stretched from now on."""
    minute = now.timestamp() / 60
    banded = [own for own in outcomes if own.told[1] > SIZE_EDGES[0]]
    city = _stretches(banded, minute)
    everywhere = _weighed(city, (Stretch(),) * SIZES, banded)
    by_hall: dict[UUID, list[Outcome]] = {}
    for own in banded:
        by_hall.setdefault(own.hall_id, []).append(own)
    return Calibration(
        {hall_id: _weighed(_stretches(own, minute), everywhere, own) for hall_id, own in by_hall.items()},
        everywhere,
        frozenset(hall_id for hall_id, own in by_hall.items() if _drifts(own)),
    )


def _stretches(outcomes: Sequence[Outcome], minute: float) -> Sequence[Stretch]:
    """Return the stretch of each predicted size by rolling conformal over these outcomes."""
    if not outcomes:
        return (Stretch(),) * SIZES
    past = _promises(sorted(outcomes, key=lambda own: own.made_at))
    sizes = np.arange(SIZES, dtype=np.int64)
    band = np.tile([MIDDLE - 1, MIDDLE, MIDDLE + 1], (SIZES, 1))
    never = np.full(SIZES, np.nan)
    asked = Promises(np.full(SIZES, minute), np.full(SIZES, minute), band, never, never, sizes[:, None])
    found = calibrate(past, asked, STEP_MINUTES)
    return tuple(Stretch(float(high - MIDDLE), float(MIDDLE - low)) for low, _, high in found)


def _promises(outcomes: Sequence[Outcome]) -> Promises:
    made = np.array([own.made_at.timestamp() / 60 for own in outcomes])
    quantiles = np.array([own.raw for own in outcomes])
    wait = np.array([np.nan if own.wait is None else own.wait for own in outcomes])
    gone = np.array([np.nan if own.gone_at is None else own.gone_at.timestamp() / 60 for own in outcomes])
    return Promises(made, made, quantiles, wait, gone, size_group(quantiles[:, 1], SIZE_EDGES)[:, None])


def _weighed(
    own: Sequence[Stretch], others: Sequence[Stretch], outcomes: Sequence[Outcome]
) -> Sequence[Stretch]:
    """Return stretches moved from ``others`` towards ``own`` by as much as was seen."""
    known = sum(outcome.wait is not None for outcome in outcomes)
    trust = known / (known + PRIOR_OUTCOMES)

    def mixed(mine: float, theirs: float) -> float:
        return float(mine**trust * theirs ** (1 - trust))

    return tuple(Stretch(mixed(a.up, b.up), mixed(a.down, b.down)) for a, b in zip(own, others, strict=True))


def _drifts(outcomes: Sequence[Outcome]) -> bool:
    """Return whether what the correction told surely held worse than it said, by the rule of withholding."""
    by_day: dict[date, list[int]] = {}
    for own in outcomes:
        if own.by == LEARNED and own.wait is not None:
            seen = by_day.setdefault(own.made_at.date(), [0, 0, 0])
            seen[0] += 1
            seen[1] += own.told[0] <= own.wait <= own.told[2]
            seen[2] += own.wait > own.told[2]
    return judge([ToldDay(*seen) for seen in by_day.values()]).fault is not None
