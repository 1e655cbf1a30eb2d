"""The correction in service: the newest file that fits, or why there is none. Never needed to start."""

from __future__ import annotations

import importlib
from datetime import date
from typing import TYPE_CHECKING, Any

import structlog

from kernel.clock import monotonic
from queueing.live.features import NAMES, features_of
from queueing.rules.published import CORRECTIONS, LEARNED, PHYSICAL

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path
    from uuid import UUID

    from kernel.catalogue import HallQueue
    from queueing.live.hall import LiveHall
    from queueing.live.physical import PhysicalWaits
    from queueing.live.state import HallState

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 60.0
OLDEST_DAYS = 21  # of what it learned from; a season or a plan later it is no guide
NO_MODEL, REFUSED, TOO_OLD = "no_correction_yet", "correction_refused", "correction_old"
NOT_BETTER, DRIFTS = "physical_was_better", "correction_drifts"


class Corrector:
    """Corrects physical waits where that was found better, and says which estimator it was."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._looked_s = float("-inf")
        self._loaded: Path | None = None
        self._models: Mapping[float, Any] = {}
        self._halls: frozenset[str] = frozenset()
        self._until: str = ""
        self._problem = NO_MODEL

    def look(self, *, today: date) -> None:
        """Take the newest file if it is another one than before; once a minute."""
        if self._folder is None or monotonic() - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = monotonic()
        newest = max(self._folder.glob(CORRECTIONS), default=None, key=lambda path: path.name)
        if newest is not None and newest != self._loaded:
            self._load(newest)
        if self._models and (today - date.fromisoformat(self._until)).days > OLDEST_DAYS:
            self._models, self._problem = {}, TOO_OLD

    def _load(self, path: Path) -> None:
        # Imported only where there is a correction: scikit-learn takes 100 MB.
        model_file = importlib.import_module("queueing.prediction.model_file")
        self._loaded, self._models, self._halls = path, {}, frozenset()
        try:
            models, card = model_file.load_models(path)
        except model_file.UnusableModel as problem:
            log.warning("correction refused", problem=str(problem))
            self._problem = REFUSED
            return
        if list(card.features.get("names", ())) != list(NAMES):
            self._problem = REFUSED
            return
        self._models, self._until, self._problem = models, card.learned_until, ""
        self._halls = frozenset(card.metrics["halls"])

    def corrected(
        self,
        hall_id: UUID,
        hall: LiveHall,
        state: HallState,
        waits: PhysicalWaits,
        queues: Sequence[HallQueue],
        *,
        drifting: Collection[UUID],
    ) -> tuple[PhysicalWaits, str, str]:
        """Return the waits to publish, who made them, and why not the correction."""
        problem = self._problem
        if not problem and str(hall_id) not in self._halls:
            problem = NOT_BETTER
        if not problem and hall_id in drifting:
            problem = DRIFTS
        if problem:
            return waits, PHYSICAL, problem
        line, later = features_of(hall, state, waits, queues)
        applied = importlib.import_module("queueing.live.correction").apply
        return applied(self._models, waits, line, later), LEARNED, ""
