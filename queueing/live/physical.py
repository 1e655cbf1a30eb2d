"""The physical estimator: the hall-day engine run forward from the live state, with probes that ask.

It needs no history: a hall's first day runs on the catalogue's typical minutes and today's own arrivals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.forward import Probe, run_forward
from queueing.live.own_lines import with_own_lines
from queueing.rules.published import LATER_MINUTES, QueueWaits, as_range

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from kernel.catalogue import HallQueue
    from queueing.live.hall import LiveHall
    from queueing.rules.waits import WaitRange

    Floats = NDArray[np.float64]

SHARES = (0.1, 0.5, 0.9)
REPLICATIONS = 200  # P90 of a wait to about 5 % of its spread
NEVER_CALLED = 600.0  # minutes; beyond any day
JUST_BEFORE = 1 / 60_000_000  # minutes: a microsecond, the engine's smallest step


@dataclass(frozen=True, slots=True)
class PhysicalWaits:
    """Quantiles in minutes: ``line[queue][ahead, share]``, ``later[queue][horizon, share]``.

    Row ``joining[queue]`` of ``line`` is who joins now, those behind it stand by a later slot;
    ``NEVER_CALLED`` for a future without a call.
    """

    line: Sequence[Floats]
    later: Sequence[Floats]
    joining: Sequence[int]


def physical_waits(hall: LiveHall, queues: Sequence[HallQueue], *, seed: int) -> PhysicalWaits:
    """Play the rest of the day from the live state and return what each place in line waits.

    A place is asked about by a probe that stands just before its holder, so the answer does not depend on
    whether the holder stays. The same seed gives the same futures: an estimate moves when the hall does,
    not by chance.
    """
    now = hall.live.now_minutes
    joining = [Probe(place, now + ahead) for place in range(len(queues)) for ahead in (0.0, *LATER_MINUTES)]
    waiting = sorted(hall.live.waiting, key=lambda ticket: (ticket.queue, ticket.effective_minutes))
    lined, own = with_own_lines(hall)
    alone = np.array([ticket.key in own for ticket in waiting], dtype=np.bool_)
    standing = [
        Probe(own.get(ticket.key, ticket.queue), now, ticket.effective_minutes - JUST_BEFORE)  # type: ignore[arg-type]
        for ticket in waiting
    ]
    played = run_forward(
        lined.model,
        lined.plan,
        lined.live,
        seed=seed,
        replications=REPLICATIONS,
        probes=[*joining, *standing],
    )
    waits = _quantiles(played.probe_wait_minutes)
    shape = (len(queues), 1 + len(LATER_MINUTES), len(SHARES))
    joined, stood = waits[: len(joining)].reshape(shape), waits[len(joining) :]
    queue_of = np.array([ticket.queue for ticket in waiting], dtype=np.int64)
    before = np.array([ticket.effective_minutes <= now for ticket in waiting], dtype=np.bool_)
    line = [
        _in_order(
            [stood[(queue_of == place) & before], joined[place, :1], stood[(queue_of == place) & ~before]],
            [
                alone[(queue_of == place) & before],
                np.zeros(1, np.bool_),
                alone[(queue_of == place) & ~before],
            ],
        )
        for place in range(len(queues))
    ]
    return PhysicalWaits(
        line,
        [joined[place, 1:] for place in range(len(queues))],
        [int(np.sum((queue_of == place) & before)) for place in range(len(queues))],
    )


def _in_order(rows: Sequence[Floats], alone: Sequence[NDArray[np.bool_]]) -> Floats:
    """Return the rows of a line as one: nobody waits less than those before, who are called before.

    Whoever waits for one window alone is not in that order: others pass them, and they nobody.
    """
    line, shared = np.vstack(rows), ~np.concatenate(alone)
    line[shared] = np.maximum.accumulate(line[shared], axis=0)
    return line


def _quantiles(minutes: Floats) -> Floats:
    """Return ``[column, share]`` quantiles over replications; who is never called waits very long."""
    waits = np.where(np.isnan(minutes), NEVER_CALLED, np.maximum(minutes, 0.0))
    found: Floats = np.quantile(waits, SHARES, axis=0).T
    return found


def as_published(waits: PhysicalWaits, queues: Sequence[HallQueue]) -> dict[UUID, QueueWaits]:
    """Return the waits as they are published."""
    return {
        queue.id: QueueWaits(_ranges(waits.line[place]), _ranges(waits.later[place]), waits.joining[place])
        for place, queue in enumerate(queues)
    }


def _ranges(rows: Floats) -> tuple[WaitRange | None, ...]:
    """Return ranges; None where it is likelier than not that nobody is called any more."""
    return tuple(
        None if middle >= NEVER_CALLED else as_range(low, middle, high) for low, middle, high in rows.tolist()
    )
