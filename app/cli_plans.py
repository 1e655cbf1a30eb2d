"""``jinban optimize``: a proposal for a hall's window plan, from the command line."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer
from queueing.plans.command import optimize_hall
from rich.console import Console

from app.parts import clock_of
from kernel.database import Database
from kernel.settings import Settings

say = Console()


def optimize(
    hall: Annotated[str, typer.Argument(help="Code of the hall.")],
    day: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="The day to plan for.")],
    seconds: Annotated[float, typer.Option(help="Time for the search.")] = 30.0,
) -> None:
    """Propose which window serves which queues, beside "change nothing"; nothing is applied."""
    settings = Settings()
    database = Database(settings.database_url, pool_size=2)
    planned: date = day.date()
    with say.status(f"Planning {hall} for {planned} …"):
        report = optimize_hall(database, hall, planned, seconds=seconds, clock=clock_of(settings))
    say.print(report)
    database.close()
