"""The backtest of a halls' log."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from queueing.prediction.model_file import LARGEST_BYTES, save_models
from queueing.prediction.queue_features import NOW, Replay
from sim.backtest.clean_queues import choose_queues
from sim.backtest.cold_start import cold_start_curve
from sim.backtest.hall_choice import compare_rules, load_choices
from sim.backtest.halls_log import read_halls_log
from sim.backtest.halls_replay import LEAST_TRAINING_DAYS, HallPredictions, predict_halls
from sim.backtest.halls_report import HorizonResult, coverage_lines, horizon_result, table_lines
from sim.backtest.log_report import UnusableLog
from sim.backtest.predictions_file import write_hall_predictions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.backtest.log_report import LogReport
    from sim.backtest.run import Outputs

    Say = Callable[[str], None]

PLACES = Path(__file__).parent.parent / "data" / "warsaw_halls"


def backtest_halls(
    paths: Sequence[Path], train_until: date, outputs: Outputs, report: LogReport, say: Say
) -> dict[str, object]:
    """Replay a halls' log and return its figures; raises :class:`UnusableLog` if no day is left."""
    begun = perf_counter()

    def progress(line: str) -> None:
        say(f"[{perf_counter() - begun:5.0f} s] {line}")

    progress(f"reading {', '.join(path.name for path in paths)}")
    log = read_halls_log(paths, report)
    last = train_until.toordinal()
    queues = choose_queues(log, last, paths, PLACES, report)
    for line in report.lines():
        say(line)
    replay = Replay(log, queues)
    training = [int(day) for day in replay.days if day <= last]
    test = [int(day) for day in replay.days if day > last]
    if not test:
        raise UnusableLog(f"no day after {train_until} to predict")
    predicted = predict_halls(replay, training, test, progress)
    if outputs.predictions is not None:
        say(f"{write_hall_predictions(outputs.predictions, predicted):,} predictions → {outputs.predictions}")
    results = [result for h in predicted.quantiles if (result := _scored(predicted, h)) is not None]
    figures = _figures(predicted, results, say)
    if outputs.cold_start:
        curve = cold_start_curve(replay, training, test, progress)
        figures["cold_start"] = [asdict(point) for point in curve]
        say("cold start, now: " + ", ".join(f"{p.days} days MAE {p.mae:.2f}" for p in curve))
    if outputs.model is not None and predicted.models:
        _save(outputs.model, predicted, figures, say)
    figures["seconds"] = perf_counter() - begun
    return figures


def _scored(predicted: HallPredictions, horizon: float) -> HorizonResult | None:
    return horizon_result(predicted, horizon) if len(predicted.judged(horizon)) else None


def _figures(predicted: HallPredictions, results: list[HorizonResult], say: Say) -> dict[str, object]:
    replay = predicted.replay
    halls = sorted({hall for hall, _ in replay.log.queue_names})
    for result in results:
        for line in [*table_lines(result), *coverage_lines(result, halls)]:
            say(line)
    choices = compare_rules(predicted, load_choices(PLACES, replay.log.queue_names))
    if choices:
        say(f"choosing a hall, {choices[0].decisions:,} decisions: door to window, regret, best or near")
    for choice in choices:
        say(f"  {choice.rule:34}{choice.door_to_window:8.2f}{choice.regret:8.2f}{choice.near_best:8.1%}")
    return {
        "format": "halls",
        "training_days": [date.fromordinal(day).isoformat() for day in predicted.training],
        "test_days": [date.fromordinal(day).isoformat() for day in predicted.test],
        "learned": len(predicted.training) >= LEAST_TRAINING_DAYS,
        "hall_names": halls,
        "horizons": [result.as_json() for result in results],
        "hall_choice": [choice.as_json() for choice in choices],
    }


def _save(path: Path, predicted: HallPredictions, figures: dict[str, object], say: Say) -> None:
    first, last = (date.fromordinal(predicted.training[k]).isoformat() for k in (0, -1))
    names = {f"{h:.0f}": predicted.features.matrix(h)[0] for h in predicted.models}
    card = save_models(
        path,
        predicted.models,
        span=(first, last),
        days=len(predicted.training),
        unit="minutes",
        features=names,
        metrics={"horizons": figures["horizons"]},
    )
    say(
        f"models → {path}: {card.bytes / 1e6:.1f} MB" + (" (too large)" if card.bytes > LARGEST_BYTES else "")
    )
    say(f"now is trained on {len(names[f'{NOW:.0f}'])} features")
