"""Compile the search of window plans once, at install: ``python -m queueing.plans.warm``."""

from __future__ import annotations

import shutil
import sys
from time import perf_counter
from uuid import UUID

from kernel.ids import QueueId, WindowId
from queueing.engine import HallModel, QueueModel, exponential
from queueing.engine.run import draw_days
from queueing.plans.chain_cache import chain_folder
from queueing.plans.rules import Block, Layout, Limits, PlanHall, PlanQueue, PlanWindow
from queueing.plans.scoring import PlanCompiler
from queueing.plans.search import Budget, Search


def warm() -> float:
    """Search for a moment in the smallest hall; return the seconds it took (few when the cache is warm)."""
    begun = perf_counter()
    model = HallModel((QueueModel("A", (4.0, 4.0), exponential(5.0)),), ("1",), ((540.0, 570.0),))
    hall = PlanHall(
        (PlanQueue(QueueId(UUID(int=1)), "A"),), (PlanWindow(WindowId(UUID(int=2)), "1", 1, 1),),
        (), (Block(540, 570),), (1,), Limits(),
    )  # fmt: skip
    now = Layout(((1,),), ((0,),), (None,))
    days = draw_days(model, seed=1, days=2)
    compiler = PlanCompiler(model, hall.blocks, hall)
    Search(hall, now, model, compiler, days, seed=1, budget=Budget(2, None)).run([now])
    return perf_counter() - begun


def remove_old_caches() -> int:
    """Delete the compiled searches of other source versions; return how many."""
    present = chain_folder()
    old = [folder for folder in present.parent.glob("plans-*") if folder.is_dir() and folder != present]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return len(old)


def main() -> None:
    """Warm the cache and say where it is."""
    seconds = warm()
    removed = remove_old_caches()
    sys.stdout.write(f"search ready in {seconds:.1f} s, in {chain_folder()}, {removed} old removed\n")


if __name__ == "__main__":
    main()
