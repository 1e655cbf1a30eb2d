"""The learned correction: it serves what it was taught, where it was better, and falls back by itself."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from queueing import service
from queueing.live.correction import LATER, NOW, NotEnough, Rows, learn
from queueing.live.corrector import (
    DRIFTS,
    NO_MODEL,
    NOT_BETTER,
    REFUSED,
    TOO_OLD,
    Corrector,
)
from queueing.live.estimator import Estimator
from queueing.live.features import NAMES, features_of
from queueing.live.hall import live_hall
from queueing.live.physical import physical_waits
from queueing.live.reading import hall_facts, halls_now
from queueing.live.replay import hall_past
from queueing.prediction.model_file import save_models
from tests.live.conftest import HallAtWork

DAY = date(2026, 11, 18)


@pytest.mark.slow
def test_features_of_a_served_hall_are_those_of_its_day_replayed_from_facts(hall: HallAtWork) -> None:
    seen = []
    for window in range(3):
        hall.opens(window)
    for step in range(12):
        hall.later(2)
        hall.comes("insurance" if step % 3 else "id-card", priority=step == 7)
        if step in (2, 3, 5):
            hall.serves({2: 1, 3: 0, 5: 2}[step])
        if step == 9:
            hall.does(service.finish, hall.at_window(0), clerk=0)
        if step in (6, 11):
            seen.append((hall.clock.now(), served_features(hall, Estimator(hall.database))))
    hall.later(24 * 60)
    hall.database.write_now(service.close_day, hall.city.hall, clock=hall.clock)
    facts = hall.database.read_now(hall_facts)[hall.city.hall]
    past = hall.database.read_now(hall_past, facts, since=DAY, before=DAY + timedelta(days=1))
    for instant, served in seen:
        state, standing = past.state(DAY, instant)
        live = live_hall(facts, state, standing, instant)
        assert live is not None
        trained = features_of(live, state, physical_waits(live, facts.queues, seed=3), facts.queues)
        for mine, theirs in zip((*served[0], *served[1]), (*trained[0], *trained[1]), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-9)


def served_features(hall: HallAtWork, estimator: Estimator) -> Any:
    now = hall.clock.now()
    list(estimator.round(now))
    state = estimator.state_of(hall.city.hall)
    facts = hall.database.read_now(hall_facts)[hall.city.hall]
    standing = hall.database.read_now(halls_now, {hall.city.hall: facts}, {}, now)[hall.city.hall]
    live = live_hall(facts, state, standing, now)
    assert live is not None
    return features_of(live, state, physical_waits(live, facts.queues, seed=3), facts.queues)


def rows(count: int, *, factor: float, seed: int = 1) -> Rows:
    """Physical ranges of 4 to 40 minutes whose real waits are ``factor`` times the median told."""
    generator = np.random.default_rng(seed)
    middle = generator.uniform(4, 40, count)
    features = generator.normal(size=(count, len(NAMES)))
    first = NAMES.index("p10")
    features[:, first : first + 3] = middle[:, None] * np.array([0.7, 1.0, 1.4])
    spread = np.exp(0.26 * generator.standard_normal(count))
    day = np.arange(count) * 16 // count + DAY.toordinal()
    model = np.where(np.arange(count) % 2 == 0, NOW, LATER)
    return Rows(features, middle * factor * spread, day, np.zeros(count, dtype=np.int64), model)


@pytest.mark.slow
def test_a_correction_is_used_where_the_physical_estimate_is_off_and_nowhere_else() -> None:
    off = learn(rows(3_000, factor=1.8))
    assert off.halls == (0,)
    assert off.metrics["better"]
    right = learn(rows(3_000, factor=1.0))
    assert right.halls == ()
    with pytest.raises(NotEnough):
        learn(rows(400, factor=1.8))


@pytest.fixture(scope="module")
def learned() -> Any:
    return learn(rows(3_000, factor=1.8))


def saved(folder: Path, learned: Any, halls: list[str], until: date = DAY) -> Path:
    path = folder / "waits-20261119.model"
    save_models(
        path,
        learned.models,
        span=("2026-10-01", until.isoformat()),
        days=16,
        unit="minutes",
        features={"names": list(NAMES)},
        metrics={"halls": halls},
    )
    return path


def asked(corrector: Corrector, hall: HallAtWork, *, drifting: Any = ()) -> tuple[Any, str, str, Any]:
    estimator = Estimator(hall.database)
    now = hall.clock.now()
    list(estimator.round(now))
    state = estimator.state_of(hall.city.hall)
    facts = hall.database.read_now(hall_facts)[hall.city.hall]
    standing = hall.database.read_now(halls_now, {hall.city.hall: facts}, {}, now)[hall.city.hall]
    live = live_hall(facts, state, standing, now)
    assert live is not None
    physical = physical_waits(live, facts.queues, seed=3)
    corrector.look(today=now.date())
    found = corrector.corrected(hall.city.hall, live, state, physical, facts.queues, drifting=drifting)
    return *found, physical


@pytest.mark.slow
def test_a_correction_serves_its_halls_and_says_why_it_does_not_serve_others(
    sqlite_hall: HallAtWork, tmp_path: Path, learned: Any
) -> None:
    hall = sqlite_hall
    hall.opens(0)
    for _ in range(4):
        hall.comes()
    assert asked(Corrector(tmp_path), hall)[1:3] == ("physical", NO_MODEL)
    saved(tmp_path, learned, [str(hall.city.hall)])
    waits, by, reason, physical = asked(Corrector(tmp_path), hall)
    assert (by, reason) == ("learned", "")
    assert not np.allclose(waits.line[0], physical.line[0])
    assert (np.diff(waits.line[0], axis=0) >= 0).all()
    assert (np.diff(waits.line[0], axis=1) >= 0).all()
    drifting = asked(Corrector(tmp_path), hall, drifting={hall.city.hall})
    assert drifting[1:3] == ("physical", DRIFTS)
    saved(tmp_path, learned, [str(UUID(int=5))])
    assert asked(Corrector(tmp_path), hall)[1:3] == ("physical", NOT_BETTER)
    saved(tmp_path, learned, [str(hall.city.hall)], until=DAY - timedelta(days=60))
    assert asked(Corrector(tmp_path), hall)[1:3] == ("physical", TOO_OLD)


@pytest.mark.slow
def test_a_file_that_is_not_what_its_card_says_is_refused_and_the_physical_estimate_serves(
    sqlite_hall: HallAtWork, tmp_path: Path, learned: Any
) -> None:
    hall = sqlite_hall
    hall.opens(0)
    path = saved(tmp_path, learned, [str(hall.city.hall)])
    path.write_bytes(path.read_bytes() + b"x")
    assert asked(Corrector(tmp_path), hall)[1:3] == ("physical", REFUSED)
