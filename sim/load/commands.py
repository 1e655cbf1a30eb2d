"""``jinban load``: a scenario in the real app, beside the engine, on the same citizens."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads the annotations when a command is declared
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from queueing.engine.run import play_records
from sim.load.comparison import compared, simulated_figures
from sim.load.order import against_the_rule
from sim.load.page import as_page
from sim.load.people import crowd_of
from sim.load.play import TooSlow, play_live
from sim.load.report import LoadReport, PlayedDay, as_json, summary_lines, tables
from sim.load.server import ServerTrouble
from sim.new_files import can_be_written
from sim.scenario import BadScenario, load_scenario

if TYPE_CHECKING:
    from sim.scenario import Scenario

FASTEST = 600.0  # beyond it a request takes longer than most services
MOST_SCREENS, MOST_PHONES = 500, 100  # one machine plays both sides


def load(
    scenario: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A TOML file.")],
    speed: Annotated[
        float, typer.Option(min=1, max=FASTEST, help="Seconds of the hall in a real one.")
    ] = 60.0,
    days: Annotated[int, typer.Option(min=1, max=30, help="Days, each in a fresh hall.")] = 1,
    minutes: Annotated[
        float | None, typer.Option(min=1, help="Only who comes so long after opening.")
    ] = None,
    screens: Annotated[int, typer.Option(min=0, max=MOST_SCREENS, help="Lobby screens.")] = 8,
    phones: Annotated[int, typer.Option(min=0, max=MOST_PHONES, help="Phones at a time.")] = 4,
    seed: Annotated[int | None, typer.Option(help="Seed; the file's if not given.")] = None,
    report: Annotated[
        Path | None,
        typer.Option(callback=can_be_written, help="Write it here, as .json or as a page with plots, .html."),
    ] = None,
) -> None:
    """Play a scenario through HTTP and websockets, and compare it with its simulation.

    Ends with 1 when the two disagree, 2 when the scenario cannot be played.
    """
    console = Console()
    if report is not None and report.suffix not in (".json", ".html"):
        raise typer.BadParameter("a report ends in .json or .html", param_hint="--report")
    try:
        loaded = load_scenario(scenario)
        found = run_load(
            loaded,
            seed=loaded.seed if seed is None else seed,
            speed=speed,
            days=days,
            minutes=minutes,
            screens=screens,
            phones=phones,
        )
    except (BadScenario, ServerTrouble, TooSlow) as refusal:
        Console(stderr=True).print(str(refusal), markup=False, highlight=False)
        raise typer.Exit(2) from refusal
    for table in tables(found):
        console.print(table)
    for line in summary_lines(found):
        console.print(line, markup=False, highlight=False)
    if report is not None:
        text = as_json(found) if report.suffix == ".json" else as_page(found)
        report.write_text(text, encoding="utf-8")
        console.print(f"Report: {report}")
    if not found.holds:
        raise typer.Exit(1)


def run_load(
    scenario: Scenario,
    *,
    seed: int,
    speed: float,
    days: int = 1,
    minutes: float | None = None,
    screens: int,
    phones: int,
) -> LoadReport:
    """Play days one after the other, each in an app of its own; raises as ``play_live``."""
    played = []
    for day in range(days):
        crowd = crowd_of(scenario.model, seed=seed, day=day, minutes=minutes)
        live = play_live(scenario, crowd, speed=speed, screens=screens, phones=phones)
        record = play_records(scenario.model, scenario.plan, crowd.days)[0]
        figures = compared(*(scenario.model, scenario.plan, crowd.days, live.figures, live.delays), seed=seed)
        played.append(
            PlayedDay(
                day=day,
                live=live,
                simulated=simulated_figures(record),
                figures=figures,
                no_shows=[int(count) for count in crowd.days.no_shows[0]],
                out_of_rule=against_the_rule(scenario.model, crowd, live.records),
            )
        )
    return LoadReport(scenario, seed, speed, minutes, played)
