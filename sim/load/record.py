"""What happened to each ticket of a live day, in the shape in which the engine tells its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.result import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


class Ending(IntEnum):
    """How a ticket ended; the first five are the engine's ``Outcome``."""

    NOT_YET = Outcome.NOT_YET
    SERVED = Outcome.SERVED
    GAVE_UP = Outcome.GAVE_UP
    MISSED = Outcome.MISSED
    TURNED_AWAY = Outcome.TURNED_AWAY
    AT_THE_DOOR = 5  # no ticket was given out: the hall had closed, or the booking could not be made


@dataclass(slots=True)
class TicketRecord:
    """One ticket; minutes since the hall's midnight by the server's own instants, NaN: never."""

    queue: int
    due: float = float("nan")
    joined: float = float("nan")
    called: float = float("nan")
    started: float = float("nan")
    finished: float = float("nan")
    window: int = -1
    ending: Ending = Ending.NOT_YET
    label: str = ""
    called_at: str = ""
    primary: frozenset[int] = frozenset()
    helping: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class DayFigures:
    """A day as arrays over tickets, in the engine's order; ``wait`` as the engine counts it."""

    queue: Integers
    joined: Floats
    called: Floats
    finished: Floats
    wait: Floats
    window: Integers
    ending: Integers


@dataclass(slots=True)
class Delays:
    """What the driver and the server cost, in minutes of the hall's time; the simulation has none of it.

    ``late``: a ticket joined after its citizen meant to. ``turn``: a busy window called its next after the
    last one's planned end. ``finish``: the part of it until the finish was recorded. ``response``: an idle
    window called after the ticket joined.
    """

    late: list[float] = field(default_factory=list)
    turn: list[float] = field(default_factory=list)
    finish: list[float] = field(default_factory=list)
    response: list[float] = field(default_factory=list)


def figures_of(records: list[TicketRecord]) -> DayFigures:
    """Return live records as arrays."""
    joined, due, called, finished = (
        np.array([getattr(record, name) for record in records], dtype=np.float64)
        for name in ("joined", "due", "called", "finished")
    )
    left = np.where(np.isnan(called), finished, called)
    return DayFigures(
        queue=np.array([record.queue for record in records], dtype=np.int64),
        joined=joined,
        called=called,
        finished=finished,
        wait=np.maximum(left - np.fmax(joined, due), 0.0),
        window=np.array([record.window for record in records], dtype=np.int64),
        ending=np.array([record.ending for record in records], dtype=np.int64),
    )
