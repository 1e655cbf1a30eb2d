"""The halls' results: every peer and ours per horizon, coverage where it is hardest, paired differences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from queueing.prediction.peers import hall_peers
from queueing.prediction.queue_features import NOW
from sim.backtest.scores import (
    GroupCoverage,
    Score,
    coverage_by_group,
    paired_difference,
    pinball,
    recalibrated,
    score,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.backtest.halls_replay import HallPredictions

    Floats = NDArray[np.float64]

LONG_MINUTES = 80.0
DAY_FACTOR = 10_000_000


@dataclass(slots=True)
class PeerScore:
    """A peer as it announces and as helped by bins; None where it announced nothing at all."""

    raw: Score | None
    helped: Score


@dataclass(slots=True)
class HorizonResult:
    """One horizon: ours, the peers, and how ours differs from the best helped peer."""

    horizon: float
    mean_wait: float
    ours: Score
    peers: dict[str, PeerScore] = field(default_factory=dict)
    best_mae: str = ""
    best_pin90: str = ""
    paired_pin50: tuple[float, float, float] = (0.0, 0.0, 0.0)
    paired_pin90: tuple[float, float, float] = (0.0, 0.0, 0.0)
    halls: list[GroupCoverage] = field(default_factory=list)
    long_rows: int = 0
    long_coverage: float | None = None
    within_five_points: float | None = None
    below_p10: float | None = None  # of the waits whose P10 is above zero: a P10 of zero cannot be missed
    p10_above_zero: float = 0.0

    @property
    def mae_ratio(self) -> float:
        """Our mean absolute error over the best helped peer's."""
        return self.ours.mae / self.peers[self.best_mae].helped.mae

    @property
    def pin90_ratio(self) -> float:
        """Our P90 pinball loss over the best helped peer's."""
        theirs = self.peers[self.best_pin90].helped.pin90
        assert self.ours.pin90 is not None
        assert theirs is not None
        return self.ours.pin90 / theirs

    def as_json(self) -> dict[str, object]:
        """Return the result for a JSON document."""
        return {
            "horizon_minutes": self.horizon,
            "mean_wait": self.mean_wait,
            "ours": self.ours.as_json(),
            "peers": {
                name: {"raw": peer.raw.as_json() if peer.raw else None, "recalibrated": peer.helped.as_json()}
                for name, peer in self.peers.items()
            },
            "best_peer": {"mae": self.best_mae, "pin90": self.best_pin90},
            "ratio_to_best_peer": {"mae": self.mae_ratio, "pin90": self.pin90_ratio},
            "paired_per_queue_day": {"pin50": self.paired_pin50, "pin90": self.paired_pin90},
            "worst_halls": [
                {
                    "hall": hall.group,
                    "rows": hall.rows,
                    "coverage": hall.coverage,
                    "low": hall.low,
                    "high": hall.high,
                }
                for hall in self.halls
            ],
            "predicted_long": {"rows": self.long_rows, "coverage": self.long_coverage},
            "queues_within_five_points": self.within_five_points,
            "p10_above_zero": {"share": self.p10_above_zero, "waits_below": self.below_p10},
        }


def horizon_result(predicted: HallPredictions, horizon: float) -> HorizonResult:
    """Score ours and every peer at one horizon on the test days; peers are helped by the training days."""
    replay, quantiles = predicted.replay, predicted.quantiles[horizon]
    test = predicted.judged(horizon)
    test = test[np.isfinite(quantiles[test, 1])]
    training = predicted.judged(horizon, predicted.training)
    wait = replay.outcomes[horizon][test]
    low, middle, high = quantiles[test].T
    result = HorizonResult(horizon, float(wait.mean()), score(wait, middle, high, low))
    announced = hall_peers(predicted.features.columns) | {
        "global quantiles": np.full(len(replay.log), np.nan)
    }
    compare_with_peers(
        result,
        announced,
        (training, test),
        replay.outcomes[horizon],
        quantiles[test],
        _queue_day(predicted, test),
    )
    _cover(result, predicted, test, wait, middle, high)
    some = low > 0
    result.p10_above_zero = float(some.mean())
    result.below_p10 = float((wait < low)[some].mean()) if some.any() else None
    return result


def compare_with_peers(
    result: HorizonResult,
    announced: dict[str, Floats],
    rows: tuple[NDArray[np.int64], NDArray[np.int64]],
    waits: Floats,
    quantiles: Floats,
    cluster: NDArray[np.int64],
) -> None:
    """Fill in every peer's score and how ours differs from the best, paired by ``cluster``.

    ``rows`` are the training rows, which help the peers, and the test rows; ``announced`` and ``waits`` have
    a value for every row of the log, ``quantiles`` for every test row.
    """
    training, test = rows
    wait, past_wait = waits[test], waits[training]
    losses: dict[str, tuple[Floats, Floats]] = {}
    for name, said in announced.items():
        p50, p90 = _helped(said[training], past_wait, said[test])
        result.peers[name] = PeerScore(_raw(wait, said[test]), score(wait, p50, p90))
        losses[name] = pinball(wait, p50, 0.5), pinball(wait, p90, 0.9)
    _compare(
        result, losses, (pinball(wait, quantiles[:, 1], 0.5), pinball(wait, quantiles[:, 2], 0.9)), cluster
    )


def _helped(past: Floats, past_wait: Floats, new: Floats) -> tuple[Floats, Floats]:
    if len(past_wait):
        return recalibrated(past, past_wait, new)
    plain = np.nan_to_num(new)
    return plain, plain


def _raw(wait: Floats, minutes: Floats) -> Score | None:
    said = np.isfinite(minutes)
    return score(wait[said], minutes[said]) if said.any() else None


def _compare(
    result: HorizonResult,
    losses: dict[str, tuple[Floats, Floats]],
    ours: tuple[Floats, Floats],
    cluster: NDArray[np.int64],
) -> None:
    result.best_mae = min(losses, key=lambda name: float(losses[name][0].mean()))
    result.best_pin90 = min(losses, key=lambda name: float(losses[name][1].mean()))
    result.paired_pin50 = paired_difference(ours[0], losses[result.best_mae][0], cluster)
    result.paired_pin90 = paired_difference(ours[1], losses[result.best_pin90][1], cluster)


def _cover(
    result: HorizonResult,
    predicted: HallPredictions,
    test: NDArray[np.int64],
    wait: Floats,
    middle: Floats,
    high: Floats,
) -> None:
    log = predicted.replay.log
    cluster = _queue_day(predicted, test)
    result.halls = coverage_by_group(wait, high, log.hall[log.queue[test]], cluster)
    long = middle > LONG_MINUTES
    result.long_rows = int(long.sum())
    result.long_coverage = float((wait <= high)[long].mean()) if long.any() else None
    queues = [group for group in coverage_by_group(wait, high, log.queue[test], cluster) if group.rows >= 100]
    if queues:
        near = [0.85 <= group.coverage <= 0.95 for group in queues]
        result.within_five_points = float(np.mean(near))


def _queue_day(predicted: HallPredictions, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    log = predicted.replay.log
    return log.queue[rows] * DAY_FACTOR + log.day[rows]


def table_lines(result: HorizonResult, unit: str = "min") -> list[str]:
    """Return the result as readable lines, the peers by their helped error, ours last."""
    when = "now" if result.horizon == NOW else f"{result.horizon:.0f} min ahead"
    lines = [
        f"{when}: {result.ours.rows:,} waits, mean {result.mean_wait:.1f} {unit}",
        f"{'':44}{'raw MAE':>9}{'MAE':>8}{'pin50':>8}{'pin90':>8}{'cover':>8}{'P10-P90':>9}",
    ]
    for name, peer in sorted(result.peers.items(), key=lambda item: -item[1].helped.mae):
        raw = f"{peer.raw.mae:9.2f}" if peer.raw else f"{'–':>9}"
        lines.append(f"  {name:42}{raw}{_figures(peer.helped)}")
    lines.append(f"  {'ours':42}{'':9}{_figures(result.ours)}")
    for label, best, (change, low, high) in (
        ("pin50", result.best_mae, result.paired_pin50),
        ("pin90", result.best_pin90, result.paired_pin90),
    ):
        lines.append(
            f"  {label} against {best}, paired by queue-day: {change:+.1%} (95 % {low:+.1%} … {high:+.1%})"
        )
    return lines


def coverage_lines(result: HorizonResult, halls: list[str]) -> list[str]:
    """Return where the P90 held worst."""
    lines = [
        f"  hall {halls[hall.group]}: P90 held {hall.coverage:.1%} of {hall.rows}"
        f" (95 % {hall.low:.1%} … {hall.high:.1%})" + (", surely below 87 %" if hall.surely_low else "")
        for hall in result.halls[:3]
    ]
    if result.long_coverage is not None:
        lines.append(
            f"  predicted > {LONG_MINUTES:.0f}: P90 held {result.long_coverage:.1%} of {result.long_rows}"
        )
    if result.within_five_points is not None:
        lines.append(f"  queues whose P90 held 85–95 %: {result.within_five_points:.0%}")
    if result.below_p10 is not None:
        lines.append(
            f"  P10 above zero in {result.p10_above_zero:.0%}; of these {result.below_p10:.1%} waited less"
        )
    return lines


def _figures(it: Score) -> str:
    cells = f"{it.mae:8.2f}{it.pin50:8.2f}"
    cells += (
        f"{it.pin90:8.2f}{it.coverage:8.1%}"
        if it.pin90 is not None and it.coverage is not None
        else f"{'':16}"
    )
    return cells + (f"{it.band:9.1%}" if it.band is not None else "")
