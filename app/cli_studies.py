"""Commands that compute: simulation, imported history, backtests, window plans.

Apart from ``app.cli`` since they load numba, models and OR-tools, which a demo or a server must not.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from app.parts import clock_of
from kernel.database import Database
from kernel.settings import Settings
from queueing.plans.jobs import optimize_hall
from queueing.plans.schemas import EffectOut
from sim.commands import history, simulate

say = Console()


def optimize(
    hall: Annotated[str, typer.Argument(help="Code of the hall.")],
    day: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="The day to plan for.")],
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the whole proposal here.")] = None,
) -> None:
    """Propose which window serves which queues, beside "change nothing"; nothing is applied."""
    settings = Settings()
    database = Database(settings.database_url, pool_size=2)
    with Progress(console=say, transient=True) as bars:
        bar = bars.add_task(f"Planning {hall}", total=1.0)
        found = optimize_hall(
            database,
            hall,
            _date(day),
            today=clock_of(settings).now().date(),
            progress=lambda done: bars.update(bar, completed=done),
        )
    database.close()
    _report(found)
    if json_file is not None:
        json_file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


def _date(day: datetime) -> date:
    return day.date()


def _report(found: dict[str, Any]) -> None:
    say.print(f"status: {found['status']}")
    effect = EffectOut.model_validate(found["effect"])
    for name, value in effect.model_dump(exclude_none=True, exclude={"blocks", "windows", "queues"}).items():
        say.print(f"{name}: {value}", highlight=False)


def add_studies(cli: typer.Typer) -> None:
    """Add these commands to the ``jinban`` command."""
    cli.command()(optimize)
    cli.command()(simulate)
    cli.add_typer(history, name="history")
