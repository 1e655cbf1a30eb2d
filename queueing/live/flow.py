"""What is known of a queue's citizens: learned from its own tickets, or the catalogue's typical minutes.

A flow is stored with the queue's wait profile, so the estimator starts without reading history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

FIRST_DAY_CV = 0.8  # spread of service times of a queue nobody has seen yet: between one errand and a mixture
EARLY_DEFAULT = (-25.0, -18.0, -14.0, -11.0, -9.0, -7.0, -5.0, -3.0, 0.0, 6.0)
"""Minutes after the slot start at which the booked arrive, deciles, until a hall has its own: most come
early, a few late (the shape of published clinic studies; replaced after 20 check-ins)."""


@dataclass(frozen=True, slots=True)
class QueueFlow:
    """A queue's citizens.

    ``service``: quantiles of the minutes from call to the window being free again (empty: unknown).
    ``patience``: mean minutes before giving up, None for ever. ``missed``: share called and absent.
    ``priority``: share of legal priority among walk-ins. ``early``: quantiles of minutes after the slot
    start at which the booked check in. ``days``: of history.
    """

    service: tuple[float, ...] = ()
    patience: float | None = None
    missed: float = 0.0
    priority: float = 0.0
    early: tuple[float, ...] = EARLY_DEFAULT
    days: int = 0


UNKNOWN = QueueFlow()


def flow_json(flow: QueueFlow) -> dict[str, Any]:
    """Return a flow as it is stored."""
    return {
        name: [round(each, 4) for each in value] if isinstance(value, tuple) else value
        for name, value in asdict(flow).items()
    }


def flow_of(profile: Mapping[str, Any] | None) -> QueueFlow:
    """Return the flow of a stored profile; what an older profile did not know is unknown."""
    stored = (profile or {}).get("flow")
    if stored is None:
        return UNKNOWN
    return QueueFlow(**{name: _value(value) for name, value in stored.items() if name in _FIELDS})


_FIELDS = frozenset(QueueFlow.__dataclass_fields__)


def _value(stored: Any) -> Any:
    return tuple(stored) if isinstance(stored, Sequence) else stored
