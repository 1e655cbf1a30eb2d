"""The command ``backtest``: what would have been promised on a real log, and how well it held."""

from __future__ import annotations

import importlib
from datetime import datetime  # noqa: TC003  # typer reads the annotations
from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import Annotated

import typer
from rich.console import Console

from sim.backtest.log_report import UnusableLog
from sim.new_files import can_be_written

app = typer.Typer(
    help="Replay a real log: predictions, peers, coverage.",
    context_settings={"allow_interspersed_args": True},
)


@app.callback(invoke_without_command=True)
def backtest(
    logs: Annotated[list[Path], typer.Argument(exists=True, help="Log files, or a folder that holds them.")],
    train_until: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day to learn from; later days are predicted.")
    ],
    json_path: Annotated[
        Path | None, typer.Option("--json", callback=can_be_written, help="Write all figures here.")
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option(callback=can_be_written, help="Write every prediction here (CSV).")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(callback=can_be_written, help="Write the models here, with a card beside.")
    ] = None,
    cold_start: Annotated[bool, typer.Option(help="Also learn from 0, 1, 3, 5 and 10 days.")] = False,
) -> None:
    """Learn from LOG's days up to a date and predict the rest, beside every peer. The format is detected."""
    # Loaded here so that a command that only serves never loads the model libraries.
    run = importlib.import_module("sim.backtest.run")
    say = Console(highlight=False, soft_wrap=True)
    try:
        run.backtest(
            logs,
            train_until.date(),
            run.Outputs(json_path, predictions, model, cold_start),
            lambda line: say.print(line, markup=False),
        )
    except UnusableLog as unusable:
        say.print(f"This log cannot be replayed: {unusable}", style="red", markup=False)
        raise typer.Exit(1) from unusable
