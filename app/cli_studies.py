"""``jinban optimize`` and ``jinban staffing``: window plans, and how many windows are needed."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from app.parts import clock_of
from kernel.database import Database
from kernel.settings import Settings
from queueing.plans.command import optimize_hall
from queueing.plans.staffing_command import staffing_text
from queueing.plans.week_command import optimize_week

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from queueing.plans.search import BestSoFar

say = Console()


@contextmanager
def first_interrupt() -> Iterator[Callable[[], bool]]:
    """Give whether Ctrl-C was pressed once; pressed again it ends the program as ever."""
    pressed = threading.Event()

    def note(*_: object) -> None:
        signal.signal(signal.SIGINT, before)
        pressed.set()

    before = signal.signal(signal.SIGINT, note)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def optimize(
    hall: Annotated[str, typer.Argument(help="Code of the hall.")],
    day: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The day to plan for.")
    ] = None,
    week: Annotated[
        datetime | None,
        typer.Option("--week", formats=["%Y-%m-%d"], help="Plan seven days from this one instead."),
    ] = None,
    seconds: Annotated[float, typer.Option(help="Time for the search.", min=1)] = 30.0,
    spare_every_queue: Annotated[
        bool, typer.Option(help="Let none wait clearly longer, however short it waits now.")
    ] = False,
) -> None:
    """Propose which window serves which queues, beside "change nothing"; nothing is applied.

    Ctrl-C ends the search early: the best plan so far is then judged and printed.
    """
    if (day is None) == (week is None):
        raise typer.BadParameter("give either --date or --week")
    if week is not None and spare_every_queue:
        raise typer.BadParameter("--spare-every-queue goes with --date")
    settings = Settings()
    database = Database(settings.database_url, pool_size=2)
    clock = clock_of(settings)
    with Progress(console=say, transient=True) as bars:
        bar = bars.add_task(f"Planning {hall}", total=1.0)

        def show(done: float) -> None:
            bars.update(bar, completed=done)

        with first_interrupt() as stopped:
            if week is not None:
                report = optimize_week(
                    database, hall, week.date(), clock=clock, progress=show, stopped=stopped
                )
            elif day is not None:
                report = optimize_hall(
                    database, hall, day.date(),
                    clock=clock, seconds=seconds, spare_every_queue=spare_every_queue, progress=show,
                    watch=lambda so_far: bars.update(bar, description=_standing(hall, so_far, stopped())),
                    stopped=stopped,
                )  # fmt: skip
    database.close()
    say.print(report, highlight=False, soft_wrap=True)


def _standing(hall: str, so_far: BestSoFar, stopping: bool) -> str:
    """Return how a search stands, beside its bar."""
    if stopping:
        return f"Planning {hall}: stopping, then judging the best so far"
    less = 1.0 - so_far.best / max(so_far.now, 0.01)
    return f"Planning {hall}: so far {less:.0%} less waiting (Ctrl-C ends the search with it)"


def staffing(
    hall: Annotated[str, typer.Argument(help="Code of the hall.")],
    target: Annotated[
        float, typer.Option(help="Minutes that nobody of the share should wait longer than.", min=1)
    ] = 15.0,
    share: Annotated[float, typer.Option(help="Share of every queue's citizens.", min=0.5, max=0.99)] = 0.9,
    day: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The day; today if not given.")
    ] = None,
) -> None:
    """Say how many windows a day needs, by hour and by queue, or what keeps the goal out of reach."""
    settings = Settings()
    database = Database(settings.database_url, pool_size=2)
    with Progress(console=say, transient=True) as bars:
        bar = bars.add_task(f"Playing {hall}", total=1.0)
        report = staffing_text(
            database,
            hall,
            day.date() if day else None,
            target_minutes=target,
            share=share,
            clock=clock_of(settings),
            progress=lambda done: bars.update(bar, completed=done),
        )
    database.close()
    say.print(report, highlight=False)
