"""``jinban simulate``: play a scenario, print who waits how long, and write a page with plots."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads the annotations when a command is declared
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from queueing.engine.result import Summary, merged
from queueing.engine.run import draw_days, play_records, simulate_days
from sim.new_files import can_be_written
from sim.report import Report, queue_table, summary_lines, window_table
from sim.report_page import html_report
from sim.scenario import BadScenario, Scenario, load_scenario

if TYPE_CHECKING:
    from queueing.engine.result import DayRecord

CHUNKS = 20  # steps of the progress bar
PLOTTED_DAYS = 60  # records are kept for plots only; sums cover every day


def simulate(
    scenario: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A TOML file.")],
    days: Annotated[int | None, typer.Option(min=1, help="Days; the file's number if not given.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed; the file's if not given.")] = None,
    html: Annotated[
        Path | None, typer.Option(callback=can_be_written, help="Write a page with plots here.")
    ] = None,
) -> None:
    """Play a scenario and print who waits how long; the same seed gives the same report."""
    console = Console()
    try:
        loaded = load_scenario(scenario)
    except BadScenario as refusal:
        Console(stderr=True).print(str(refusal), markup=False, highlight=False)
        raise typer.Exit(2) from refusal
    chosen = Scenario(
        loaded.name, loaded.seed if seed is None else seed, days or loaded.days, loaded.model, loaded.plan
    )
    report = Report(chosen, *_played(chosen, console))
    console.print(queue_table(report))
    console.print(window_table(report))
    for line in summary_lines(report):
        console.print(line, highlight=False)
    if html is not None:
        html.write_text(html_report(report), encoding="utf-8")
        console.print(f"Plots: {html}")


def _played(scenario: Scenario, console: Console) -> tuple[Summary, list[DayRecord]]:
    """Return the sums over all days and the records of the first ones."""
    parts: list[Summary] = []
    step = max(1, scenario.days // CHUNKS)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("days", total=scenario.days)
        for first in range(0, scenario.days, step):
            count = min(step, scenario.days - first)
            parts.append(
                simulate_days(scenario.model, scenario.plan, seed=scenario.seed, days=count, first_day=first)
            )
            progress.advance(task, count)
    kept = draw_days(scenario.model, seed=scenario.seed, days=min(scenario.days, PLOTTED_DAYS))
    return merged(parts), play_records(scenario.model, scenario.plan, kept)
