"""What the worker runs at night for the live estimator: a correction from the city's last days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from queueing.live.correction import NotEnough, Rows, learn, rows_of
from queueing.live.features import NAMES
from queueing.live.reading import hall_facts
from queueing.live.replay import hall_past
from queueing.prediction.model_file import LARGEST_BYTES, card_of, save_models
from queueing.rules.published import CORRECTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.jobs import JobContext, JobFunction

DAYS = timedelta(days=24)
SEED = 1
KEPT = 2


def learn_correction(context: JobContext, _args: dict[str, Any]) -> dict[str, Any]:
    """Learn a correction for the whole city and write it beside its card; return what came of it.

    ``halls``: where it is used. Nothing is written when history is too short or nothing was gained.
    """
    now = context.clock.now()
    facts = context.database.read_now(hall_facts)
    halls = list(facts)
    found: list[tuple[Any, ...]] = []
    for number, hall_id in enumerate(halls):
        today = facts[hall_id].calendar.local_day(now)
        past = context.database.read_now(hall_past, facts[hall_id], since=today - DAYS, before=today)
        found.extend(rows_of(past, number, seed=SEED))
        context.progress(0.6 * (number + 1) / len(halls))
    if not found:
        return {"outcome": "history_too_short", "halls": []}
    rows = Rows(*(np.array(column) for column in zip(*found, strict=True)))
    try:
        learned = learn(rows)
    except NotEnough as few:
        return {"outcome": "history_too_short", "halls": [], "why": str(few)}
    used = [str(halls[number]) for number in learned.halls]
    first, last = (date.fromordinal(ordinal).isoformat() for ordinal in learned.days)
    path = context.settings.model_dir / f"waits-{now:%Y%m%dT%H%M%S}.model"
    context.settings.model_dir.mkdir(parents=True, exist_ok=True)
    card = save_models(
        path,
        learned.models,
        span=(first, last),
        days=len(np.unique(rows.day)),
        unit="minutes",
        features={"names": list(NAMES)},
        metrics=learned.metrics | {"halls": used},
    )
    if card.bytes > LARGEST_BYTES:
        _remove(path)
        return {"outcome": "too_large", "halls": []}
    _tidy(context.settings.model_dir)
    return {"outcome": "learned", "halls": used, **learned.metrics}


def _tidy(folder: Path) -> None:
    for old in sorted(folder.glob(CORRECTIONS))[:-KEPT]:
        _remove(old)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    card_of(path).unlink(missing_ok=True)


JOBS: dict[str, JobFunction] = {"learn_correction": learn_correction}
