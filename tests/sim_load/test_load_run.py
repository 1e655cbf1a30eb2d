"""A short scenario is played through the real app's HTTP and websockets, and agrees with its simulation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import sim
from sim.load.commands import load, run_load
from sim.load.page import as_page
from sim.load.play import TooSlow
from sim.load.report import as_json, summary_lines
from sim.scenario import load_scenario

SCENARIO = Path(sim.__file__).parent / "data" / "scenarios" / "county_hall.toml"


@pytest.mark.drill
@pytest.mark.timeout(300)
def test_a_hall_played_live_agrees_with_its_simulation_call_by_call() -> None:
    scenario = load_scenario(SCENARIO)
    try:
        report = run_load(scenario, seed=7, speed=60, minutes=25, screens=3, phones=2)
    except TooSlow:  # a busy machine cannot live that fast; the day is the same at any speed
        report = run_load(scenario, seed=7, speed=30, minutes=25, screens=3, phones=2)
    day = report.days[0]
    assert list(day.live.errors) == []
    assert day.out_of_rule == 0
    assert (day.live.watched.missed, day.live.watched.doubled, day.live.watched.phones_missed) == (0, 0, 0)
    assert (day.live.figures.ending == day.simulated.ending).mean() > 0.9
    assert len(day.live.calls) >= 10
    assert [figure for figure in day.figures if not figure.holds] == []
    assert report.holds
    assert json.loads(as_json(report))["holds"] is True
    page = as_page(report)
    assert "<script src=" not in page
    assert summary_lines(report)[0] in page


def test_a_report_must_be_json_or_a_page_and_a_bad_scenario_is_refused(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(load)
    wrong = CliRunner().invoke(app, [str(SCENARIO), "--report", str(tmp_path / "report.pdf")])
    assert wrong.exit_code == 2
    assert ".json or .html" in wrong.output
    broken = tmp_path / "broken.toml"
    broken.write_text(SCENARIO.read_text(encoding="utf-8").replace("seed = 7", "sed = 7"), encoding="utf-8")
    refused = CliRunner().invoke(app, [str(broken)])
    assert refused.exit_code == 2
    assert "unknown field 'sed'" in refused.output
