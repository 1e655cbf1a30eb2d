"""A scenario file is read strictly, simulated with a fixed seed, and reported without a network."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import sim
from sim.commands import simulate
from sim.scenario import BadScenario, load_scenario

SCENARIO = Path(sim.__file__).parent / "data" / "scenarios" / "county_hall.toml"


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("day_cv = 0.1", "day_cv = -1", ":9: 'day_cv' must lie between 0"),
        ("[9, 11", "[-9, 11", ":20: 'walk_ins_per_interval' must not be negative"),
        ('serves = ["A", "C"]', "", "this shift serves no queue"),
        ('helps = ["C"]', 'helps = ["Z"]', "names queue 'Z', which does not exist"),
        ("seed = 7", "sed = 7", ":3: unknown field 'sed'"),
        (
            'to = "12:00"\nserves = ["A"]\n',
            'to = "15:00"\nserves = ["A"]\n',
            "overlaps another of the same window",
        ),
        ('from = "08:30"', 'from = "8.30"', "must be a time such as"),
        ('name = "2"', 'name = "1"', "window '1' is there twice"),
        ("[hall]", "[hall", "not TOML"),
        ("missed_share = 0.04", "missed_share = 4", "must lie between 0 and 1"),
    ],
)
def test_a_bad_scenario_is_refused_with_file_line_and_reason(
    tmp_path: Path, before: str, after: str, reason: str
) -> None:
    text = SCENARIO.read_text(encoding="utf-8")
    assert before in text
    changed = tmp_path / "changed.toml"
    changed.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(BadScenario) as refusal:
        load_scenario(changed)
    assert str(refusal.value).startswith("changed.toml:")
    assert reason in str(refusal.value)


def test_the_same_seed_prints_the_same_report_and_the_page_carries_its_own_script(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(simulate)
    page = tmp_path / "report.html"
    first = CliRunner().invoke(app, [str(SCENARIO), "--days", "5", "--html", str(page)])
    again = CliRunner().invoke(app, [str(SCENARIO), "--days", "5", "--html", str(page)])
    other = CliRunner().invoke(app, [str(SCENARIO), "--days", "5", "--seed", "8"])
    assert first.exit_code == 0, first.output
    assert first.output == again.output
    assert first.output.splitlines()[6:] != other.output.splitlines()[6:]
    html = page.read_text(encoding="utf-8")
    assert "<script src=" not in html
    assert html.count("Plotly.newPlot") >= 4


def test_a_bad_scenario_ends_the_command_with_code_two(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(simulate)
    bad = tmp_path / "bad.toml"
    bad.write_text("seeds = 1\n", encoding="utf-8")
    assert CliRunner().invoke(app, [str(bad)]).exit_code == 2
