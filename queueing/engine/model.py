"""What a hall is to the engine: queues with their citizens, windows, opening hours, policies.

Everything here is plain Python and may be imported anywhere; nothing loads numpy or numba. Times of
the day are minutes since the hall's local midnight.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING

from queueing.engine.distribution import Distribution, constant
from queueing.rules.call_order import CallPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_QUEUES = 62  # sets of queues are the bits of one signed word
MAX_WINDOWS = 1023
MAX_TICKETS = 1 << 21  # of one day; they are sorted in words that hold instant and place
MAX_MINUTES = 72_000.0  # from opening to closing; the same words' other half
ON_TIME = constant(0.0)


class BadModel(ValueError):
    """The hall cannot be simulated as described; the message says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class AppointmentSlot:
    """``places`` booked citizens due at one instant; ``booked_minutes`` may be negative (before today)."""

    due_minutes: float
    places: int = 1
    booked_minutes: float = -1440.0


@dataclass(frozen=True, slots=True)
class QueueModel:
    """One queue's citizens.

    ``walk_ins_per_interval``: expected walk-ins in each interval of ``HallModel.interval_minutes``
    from ``opens_minutes`` on. ``day_cv``: coefficient of variation of this queue's own day factor.
    ``patience``: how long a citizen waits before giving up, None for ever. ``missed_share``: called and
    absent. ``transfers``: share of the served that go on to another queue, by its index, keeping their place.
    ``punctuality``: minutes after the slot start at which the booked arrive (negative is early).
    """

    name: str
    walk_ins_per_interval: tuple[float, ...]
    service: Distribution
    day_cv: float = 0.0
    patience: Distribution | None = None
    priority_share: float = 0.0
    missed_share: float = 0.0
    transfers: Mapping[int, float] = field(default_factory=dict)
    appointments: tuple[AppointmentSlot, ...] = ()
    no_show_share: float = 0.0
    punctuality: Distribution = ON_TIME


@dataclass(frozen=True, slots=True)
class HallModel:
    """One hall.

    ``sessions``: when the doors are open, as (from, to) in minutes; whoever is inside at the end of a
    session is served before the windows rest, if ``drains``. ``pace``: rows by queue, columns by window,
    a factor on the service time (None: all 1). ``list_pace[k]``: factor at a window that serves ``k``
    queues, the last value for longer lists (empty: all 1). ``setup_minutes``: lost when the set of queues
    of a window changes.
    ``missed_minutes``: how long a window waits for an absent citizen. ``full_breaks``: a break that
    begins late (the window finishes its citizen) still lasts its length. ``pools``: a number per
    window; windows of a pool are interchangeable when one closes, as in counts of agents (None: each
    window closes by its own name). ``day_cv``: coefficient of variation of the day factor common to
    all queues (Gamma, mean 1). ``target_minutes``: waits beyond it count as over target.
    """

    queues: tuple[QueueModel, ...]
    windows: tuple[str, ...]
    sessions: tuple[tuple[float, float], ...]
    interval_minutes: float = 15.0
    day_cv: float = 0.0
    walk: Distribution = ON_TIME
    missed_minutes: float = 3.0
    setup_minutes: float = 0.0
    pace: tuple[tuple[float, ...], ...] | None = None
    list_pace: tuple[float, ...] = ()
    policy: CallPolicy = field(default_factory=CallPolicy)
    drains: bool = True
    full_breaks: bool = True
    pools: tuple[int, ...] | None = None
    target_minutes: float = 20.0

    @property
    def opens_minutes(self) -> float:
        return self.sessions[0][0]

    @property
    def closes_minutes(self) -> float:
        return self.sessions[-1][1]

    def __post_init__(self) -> None:
        for problem in _problems(self):
            raise BadModel(problem)


def _problems(model: HallModel) -> list[str]:
    """Return what makes the model impossible, in the order a reader would look."""
    found = []
    if not 1 <= len(model.queues) <= MAX_QUEUES:
        found.append(f"a hall has 1 to {MAX_QUEUES} queues, not {len(model.queues)}")
    if not 1 <= len(model.windows) <= MAX_WINDOWS:
        found.append(f"a hall has 1 to {MAX_WINDOWS} windows, not {len(model.windows)}")
    edges = [edge for session in model.sessions for edge in session]
    if not edges or sorted(set(edges)) != edges:
        found.append("sessions must be non-empty, in order and apart")
    elif edges[-1] - edges[0] > MAX_MINUTES:
        found.append(f"a day lasts at most {MAX_MINUTES:,.0f} minutes, not {edges[-1] - edges[0]:,.0f}")
    if model.interval_minutes <= 0 or min(model.setup_minutes, model.missed_minutes, model.day_cv) < 0:
        found.append("interval must be positive; set-up, missed minutes and day variation not negative")
    if model.pace is not None and (
        len(model.pace) != len(model.queues) or any(len(row) != len(model.windows) for row in model.pace)
    ):
        found.append("pace needs a row per queue and a column per window")
    if model.pools is not None and len(model.pools) != len(model.windows):
        found.append("pools needs a number per window")
    return found + [problem for queue in model.queues for problem in _queue_problems(queue, model)]


def _queue_problems(queue: QueueModel, model: HallModel) -> list[str]:
    found = []
    if any(rate < 0 or not isfinite(rate) for rate in queue.walk_ins_per_interval):
        found.append(f"queue {queue.name}: walk-ins per interval must be finite and not negative")
    shares = (queue.priority_share, queue.missed_share, queue.no_show_share, *queue.transfers.values())
    if any(not 0 <= share <= 1 for share in shares) or sum(queue.transfers.values()) > 1:
        found.append(f"queue {queue.name}: shares lie between 0 and 1")
    if any(not 0 <= target < len(model.queues) for target in queue.transfers):
        found.append(f"queue {queue.name}: transfers to a queue that does not exist")
    if any(slot.places < 0 for slot in queue.appointments) or queue.day_cv < 0:
        found.append(f"queue {queue.name}: places and day variation must not be negative")
    return found
