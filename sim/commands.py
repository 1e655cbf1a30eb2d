"""Commands of the simulation, mounted by the command line: ``simulate``, ``history import``."""

from __future__ import annotations

import csv
from enum import StrEnum
from pathlib import Path  # noqa: TC003  # typer reads the annotations when a command is declared
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from queueing.engine.result import Summary, merged
from queueing.engine.run import draw_days, play_records, simulate_days
from sim.logs import ImportCount, TicketRecord, bank, warsaw
from sim.report import Report, html_report, queue_table, summary_lines, window_table
from sim.scenario import BadScenario, Scenario, load_scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from queueing.engine.result import DayRecord

history = typer.Typer(help="Ticket history from real logs.", no_args_is_help=True)
CHUNKS = 20  # steps of the progress bar
PLOTTED_DAYS = 60  # records are kept for plots only; sums cover every day


class LogFormat(StrEnum):
    """The logs that can be read."""

    WARSAW = "warsaw"
    BANK = "bank"


def simulate(
    scenario: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A TOML file.")],
    days: Annotated[int | None, typer.Option(min=1, help="Days; the file's number if not given.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed; the file's if not given.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with plots here.")] = None,
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


@history.command("import")
def import_history(
    log: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    kind: Annotated[LogFormat, typer.Option("--format", help="Which log it is.")],
    out: Annotated[Path, typer.Option(help="Write tickets here, as CSV.")],
    only: Annotated[Path | None, typer.Option(exists=True, help="Warsaw: a CSV of (hall, queue_id).")] = None,
) -> None:
    """Turn a real log into tickets, and say how many rows were left out and why."""
    count = ImportCount()
    written = write_tickets(out, read_tickets(log, kind, count, only))
    console = Console()
    for line in count.lines():
        console.print(line, highlight=False)
    console.print(f"{written} tickets written to {out}", highlight=False)


def read_tickets(
    log: Path, kind: LogFormat, count: ImportCount, only: Path | None = None
) -> Iterator[TicketRecord]:
    """Yield the tickets of a log; ``count`` fills while they are read."""
    if kind is LogFormat.BANK:
        return bank.tickets_of(bank.read_calls(log), count)
    clean = None if only is None else warsaw.read_clean_queues(only)
    return warsaw.tickets_of(warsaw.read_snapshots(log), count, only=clean)


def write_tickets(path: Path, tickets: Iterator[TicketRecord]) -> int:
    """Write tickets as CSV with ISO instants; return how many."""
    names = list(TicketRecord.__dataclass_fields__)
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names[:-2], "precision_seconds", "credit_seconds"])
        for ticket in tickets:
            instants = [getattr(ticket, name) for name in names[:-2]]
            cells = [value.isoformat() if hasattr(value, "isoformat") else value for value in instants]
            writer.writerow([*cells, ticket.precision.total_seconds(), ticket.credit.total_seconds()])
            written += 1
    return written
