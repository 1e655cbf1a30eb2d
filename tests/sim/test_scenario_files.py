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
        ("seed = 7", 'seed = "7"', ":3: 'seed' must be a number, not '7'"),
        ("days = 60", "days = 0", ":4: 'days' must lie between 1"),
        ("service = {mean = 8, cv = 0.8}", "service = {mean = 8}", ":21: 'cv' is missing"),
        ("service = {mean = 8, cv = 0.8}", "service = 8", ":21: 'service' must be a table"),
        ("service = {mean = 8, cv = 0.8}", "", "'service' is missing: how long does it take?"),
        ('sessions = [["08:30", "12:00"], ["14:30", "17:30"]]', "", "'sessions' is missing"),
        ("transfers = {C = 0.25}", "transfers = {Z = 0.25}", ":38: unknown field 'Z'"),
        ("transfers = {C = 0.25}", "transfers = {A = 0.7, C = 0.7}", "shares lie between 0 and 1"),
        ("day_cv = 0.1", "day_cv = nan", "must be a number, not nan"),
        ('name = "B"', 'name = "A"', "queue 'A' is there twice"),
        ("[9, 11, 10", "[9, 11, 10, 1, 1, 1", "more intervals than the hall is open"),
        ("walk = {mean = 0.5, cv = 0.5}", "drains = 1", "'drains' must be true or false"),
    ],
)
@pytest.mark.slow
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


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "bad.toml:1: 'sessions' is missing"),
        ('[hall]\nsessions = [["08:30", "12:00"]]\n', "a hall needs at least one [[queue]]"),
        ('[hall]\nsessions = [["12:00", "08:30"]]\n', "bad.toml:2: "),
        ("queue = 3\n[hall]\nsessions = [['08:30', '12:00']]\n", "'queue' must be an array of tables"),
        ("\x00", "not TOML"),
    ],
)
def test_an_empty_or_half_written_scenario_is_refused_with_what_is_missing(
    tmp_path: Path, text: str, reason: str
) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(text, encoding="utf-8")
    with pytest.raises(BadScenario) as refusal:
        load_scenario(bad)
    assert reason in str(refusal.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadScenario, match=r"bad\.toml: not UTF-8 text"):
        load_scenario(bad)


@pytest.mark.slow
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
    assert 'name="viewport"' in html
    for outside in ("http://", "https://", "//cdn"):
        assert f'src="{outside}' not in html


def test_a_bad_scenario_ends_the_command_with_code_two(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(simulate)
    bad = tmp_path / "bad.toml"
    bad.write_text("seeds = 1\n", encoding="utf-8")
    assert CliRunner().invoke(app, [str(bad)]).exit_code == 2
