"""Compile the engine once, at install: ``python -m queueing.engine.warm``."""

from __future__ import annotations

import shutil
import sys
from time import perf_counter

from queueing.engine import HallModel, Plan, PlanEntry, QueueModel, exponential
from queueing.engine.cache import cache_folder
from queueing.engine.forward import LiveState, Probe, run_forward
from queueing.engine.run import simulate_days


def warm() -> float:
    """Run every compiled entry point once; return the seconds it took (fast when the cache is warm)."""
    begun = perf_counter()
    model = HallModel(
        queues=(QueueModel("A", (4.0, 4.0), exponential(5.0)),),
        windows=("1",),
        sessions=((540.0, 570.0),),
    )
    plan = Plan((PlanEntry(0, 0, 540.0, 570.0),))
    simulate_days(model, plan, seed=1, days=2)
    run_forward(model, plan, LiveState(545.0), seed=1, replications=2, probes=(Probe(0, 550.0),))
    return perf_counter() - begun


def remove_old_caches() -> int:
    """Delete the caches of other source versions beside the present one; return how many."""
    present = cache_folder()
    old = [folder for folder in present.parent.glob("engine-*") if folder.is_dir() and folder != present]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return len(old)


def main() -> None:
    """Warm the cache and say where it is."""
    seconds = warm()
    removed = remove_old_caches()
    sys.stdout.write(
        f"engine ready in {seconds:.1f} s, compiled code in {cache_folder()}, {removed} old removed\n"
    )


if __name__ == "__main__":
    main()
