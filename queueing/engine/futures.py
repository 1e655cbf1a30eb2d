"""Many plans from one live state: the futures are drawn once, so that each plan meets the same ones.

``run_forward`` draws anew for every plan, and a window's running service by its rank in that plan; here
both are fixed by window, so two plans differ by what they change and by nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from queueing.engine.arrays import demand_arrays, plan_arrays
from queueing.engine.forward import _assembled, _state, _without_past_breaks
from queueing.engine.result import summary_of
from queueing.engine.room import tally_room
from queueing.engine.run import Drawing, Playing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from queueing.engine.arrays import PlanArrays
    from queueing.engine.forward import LiveState
    from queueing.engine.model import HallModel
    from queueing.engine.plan import Plan
    from queueing.engine.result import Summary

    Integers = NDArray[np.int64]


class Futures:
    """``count`` ways in which a hall's day may go on from ``live``, to be played under any plan.

    ``present`` is the plan in force: what each window is set up for now, and who is away.
    ``ready[future, window]``: when a window first has something to do, in microseconds;
    ``configured[window]``: the queues (bits) that it is set up for.
    """

    def __init__(self, model: HallModel, present: Plan, live: LiveState, *, seed: int, count: int) -> None:
        demand, arrays = demand_arrays(model), plan_arrays(model, present)
        drawn = Drawing(model, count).draw(seed, 0, count, since_minutes=live.now_minutes)
        state, factors, configured = _state(arrays, live, [])
        started = arrays._replace(ends=_without_past_breaks(arrays, state))
        self.days, _, ready = _assembled(demand, started, state, factors, seed, drawn)
        by_window = arrays.window_of.argsort()
        self.ready, self.configured = ready[:, by_window], configured[by_window]
        self._model, self.count = model, count

    def play(self, plan: PlanArrays) -> Summary:
        """Play all futures under a plan; sums over those who wait now and those still to come."""
        playing = Playing(self._model, plan)
        playing.ready = self.ready[:, plan.window_of].copy()
        playing.configured = self.configured[plan.window_of].copy()
        sums = tally_room(self.count, len(self._model.queues), len(self._model.windows))
        playing.play(self.days, sums, 0)
        return summary_of(sums)
