"""What a known scenario produced gives its parameters back, and the file that is written can be run."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from kernel import catalogue
from kernel.clock import ManualClock
from queueing.engine import (
    AppointmentSlot,
    Break,
    HallModel,
    Plan,
    PlanEntry,
    QueueModel,
    constant,
    empirical,
    exponential,
    lognormal,
    normal,
)
from queueing.engine.result import Outcome
from queueing.engine.run import draw_days, play_records
from sim.commands import simulate
from sim.fit import TicketFact
from sim.fit_hall import HallFit, fit_hall
from sim.fit_sources import MAKE_UP, chinese_kind, commonest_open_kind, from_hall, from_records, model_of
from sim.history_commands import history
from sim.logs.into_hall import load_tickets, target_of
from sim.logs.records import TicketRecord
from sim.logs.tickets_file import write_tickets
from sim.scenario import load_scenario
from sim.scenario_writer import ScenarioText, scenario_toml

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.database import Database

pytestmark = pytest.mark.slow

FIRST_DAY = date(2026, 1, 5)
PROFILE_A, PROFILE_B = (20.0, 40.0, 30.0, 10.0), (12.0, 6.0, 6.0, 12.0)
DAYS = 300
UNTIL_NOON = ["--interval", "60"]


def known_hall() -> tuple[HallModel, Plan]:
    model = HallModel(
        queues=(
            QueueModel("A", PROFILE_A, lognormal(6.0, 0.8), day_cv=0.1, patience=exponential(40.0),
                       missed_share=0.05),
            QueueModel("B", PROFILE_B, empirical([2.0, 2.0, 9.0, 15.0]), patience=exponential(25.0)),
        ),
        windows=("1", "2", "3"),
        sessions=((540.0, 780.0),),
        interval_minutes=60.0,
        day_cv=0.2,
        walk=lognormal(0.5, 0.4),
    )  # fmt: skip
    entries = [PlanEntry(window, queue, 540.0, 780.0) for window in range(3) for queue in range(2)]
    return model, Plan(tuple(entries))


@pytest.fixture(scope="module")
def facts() -> list[TicketFact]:
    """The history that the known hall leaves behind."""
    model, plan = known_hall()
    found = []
    for day, record in enumerate(play_records(model, plan, draw_days(model, seed=3, days=DAYS))):
        midnight = datetime.combine(FIRST_DAY + timedelta(days=day), datetime.min.time(), UTC)
        for ticket in range(len(record.queue)):
            outcome = record.outcome[ticket]
            served = outcome == Outcome.SERVED
            started = record.started_minutes[ticket]
            found.append(
                TicketFact(
                    "AB"[record.queue[ticket]],
                    midnight + timedelta(minutes=record.joined_minutes[ticket]),
                    record.finished_minutes[ticket] - started if served else None,
                    record.wait_minutes[ticket],
                    started - record.called_minutes[ticket] if served else None,
                    gave_up=outcome == Outcome.GAVE_UP,
                    missed=outcome == Outcome.MISSED,
                )
            )
    return found


@pytest.fixture(scope="module")
def fit(facts: list[TicketFact]) -> HallFit:
    return fit_hall(
        facts, opens_minutes=540.0, closes_minutes=780.0, interval_minutes=60.0, kind_of_day=lambda _: "day"
    )


def test_the_arrival_profiles_come_back_within_their_error(fit: HallFit) -> None:
    for name, profile, own in (("A", PROFILE_A, 0.1), ("B", PROFILE_B, 0.0)):
        for found, rate in zip(fit.queues[name].profiles["day"], profile, strict=True):
            error = np.sqrt((rate + rate**2 * (0.2**2 + own**2)) / DAYS)
            assert abs(found - rate) < 4 * error
        assert fit.queues[name].dispersion == pytest.approx(1.0, abs=0.1)


def test_the_day_factors_of_hall_and_queue_are_told_apart(fit: HallFit) -> None:
    assert fit.hall_cv == pytest.approx(0.2, abs=0.04)
    assert fit.queues["A"].day_cv == pytest.approx(0.1, abs=0.06)
    assert fit.queues["B"].day_cv < 0.1


@pytest.mark.slow
def test_services_patience_and_missed_calls_come_back(fit: HallFit) -> None:
    service = fit.queues["A"].service
    assert service is not None
    assert service.mean == pytest.approx(6.0, rel=0.03)
    assert fit.queues["A"].service_distance < 0.02
    assert fit.serving["A"].missed_share == pytest.approx(0.05, abs=0.01)
    kept = fit.queues["B"].service
    assert kept is not None
    assert fit.queues["B"].lognormal_distance > 0.1  # not a lognormal, and said so
    assert kept.mean == pytest.approx(7.0, rel=0.05)
    for name, mean in (("A", 40.0), ("B", 25.0)):
        serving = fit.serving[name]
        assert serving.patience is not None
        assert serving.patience.mean == pytest.approx(mean, rel=4 / np.sqrt(serving.given_up))
        assert serving.patience_distance < 0.1
    assert fit.walk is not None
    assert fit.walk.mean == pytest.approx(0.5, rel=0.05)


@pytest.mark.slow
def test_days_that_the_fit_has_not_seen_are_foretold_with_their_range(fit: HallFit) -> None:
    held_out = fit.held_out
    assert held_out is not None
    assert held_out.days == DAYS // 3
    assert held_out.came == pytest.approx(held_out.expected, rel=0.1)
    assert 0.85 <= held_out.inside <= 0.97


@pytest.mark.slow
def test_a_changed_demand_shows_on_the_days_not_seen(facts: list[TicketFact]) -> None:
    last = FIRST_DAY + timedelta(days=DAYS * 2 // 3)
    halved = [fact for place, fact in enumerate(facts) if fact.joined_at.date() < last or place % 2]
    fit = fit_hall(
        halved, opens_minutes=540.0, closes_minutes=780.0, interval_minutes=60.0, kind_of_day=lambda _: "day"
    )
    assert fit.held_out is not None
    assert fit.held_out.came < 0.6 * fit.held_out.expected
    assert fit.held_out.inside < 0.85


def test_a_scenario_is_written_so_that_it_is_read_back_the_same(tmp_path: Path) -> None:
    queues = (
        QueueModel(
            'quoted "A"', (1.5, 2.0), lognormal(6.0, 0.8), 0.1, exponential(40.0, zero_share=0.2), 0.05, 0.02,
            {1: 0.25}, (AppointmentSlot(555.0, 3),), 0.1, normal(-5.0, 6.0),
        ),
        QueueModel("B", (), empirical([2.0, 9.5])),
    )  # fmt: skip
    model = HallModel(queues, ("1", "2"), ((540.0, 660.0), (720.0, 780.0)), 30.0, 0.2, constant(1.0),
                      list_pace=(1.0, 1.0, 1.1), drains=False)  # fmt: skip
    plan = Plan(
        (
            PlanEntry(0, 0, 540.0, 660.0),
            PlanEntry(0, 1, 540.0, 660.0, helping=True),
            PlanEntry(1, 1, 720.0, 780.0),
        ),
        (Break(0, 600.0, 615.0),),
    )
    path = tmp_path / "written.toml"
    text = ScenarioText(["Two queues"], "a 'name'", 4, 9)
    path.write_text(scenario_toml(text, model, plan), encoding="utf-8")
    read = load_scenario(path)
    assert (read.name, read.seed, read.days) == ("a 'name'", 4, 9)
    again = tmp_path / "again.toml"
    again.write_text(scenario_toml(text, read.model, read.plan), encoding="utf-8")
    assert again.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")
    drawn, redrawn = (draw_days(one, seed=1, days=5).tickets for one in (model, read.model))
    assert np.array_equal(drawn.joined, redrawn.joined)


def records(facts: list[TicketFact], hall: str = "H") -> list[TicketRecord]:
    found = []
    for number, fact in enumerate(facts):
        waited = timedelta(minutes=fact.waited_minutes or 0.0)
        served = fact.service_minutes is not None
        called_at = None if fact.gave_up else fact.joined_at + waited
        started_at = called_at if served else None
        ended_at = fact.joined_at + waited + timedelta(minutes=fact.service_minutes or 0.0)
        found.append(
            TicketRecord(
                hall, fact.queue, str(number), fact.joined_at, called_at, started_at,
                ended_at if served else None, None if not fact.gave_up else ended_at, None,
                "gave_up" if fact.gave_up else "served" if served else "unknown", timedelta(0), timedelta(0),
            )
        )  # fmt: skip
    return found


@pytest.mark.slow
def test_the_command_fits_a_file_of_tickets_and_what_it_writes_can_be_simulated(
    tmp_path: Path, facts: list[TicketFact]
) -> None:
    file, out = tmp_path / "tickets.csv", tmp_path / "fitted.toml"
    write_tickets(file, records(facts[:20_000]))
    arguments = ["fit", "--tickets", str(file), "--out", str(out), *UNTIL_NOON, "--windows", "3"]
    done = CliRunner().invoke(history, [*arguments, "--kind", "monday"])
    assert done.exit_code == 0, done.output
    assert "that the fit had not seen" in done.output
    scenario = load_scenario(out)
    assert [queue.name for queue in scenario.model.queues] == ["A", "B"]
    assert scenario.model.sessions == ((540.0, 780.0),)
    app = typer.Typer()
    app.command()(simulate)
    assert CliRunner().invoke(app, [str(out), "--days", "3"]).exit_code == 0
    wrong = CliRunner().invoke(history, [*arguments, "--kind", "someday"])
    assert wrong.exit_code == 2
    assert "the history has no someday" in re.sub(r"\s+", " ", wrong.output)
    assert CliRunner().invoke(history, ["fit", "--out", str(out)]).exit_code == 2


def test_a_file_with_several_halls_asks_which(tmp_path: Path, facts: list[TicketFact]) -> None:
    file = tmp_path / "tickets.csv"
    write_tickets(file, [*records(facts[:50], "H"), *records(facts[:50], "K")])
    asked = CliRunner().invoke(history, ["fit", "--tickets", str(file), "--out", str(tmp_path / "x.toml")])
    assert asked.exit_code == 2
    assert "say which with --log-hall: H, K" in asked.output


def test_holidays_and_make_up_workdays_are_kinds_of_their_own() -> None:
    assert chinese_kind(date(2026, 2, 14)) == MAKE_UP  # a Saturday worked for the Spring Festival
    assert chinese_kind(date(2026, 10, 1)) == "holiday"
    assert chinese_kind(date(2026, 11, 18)) == "wednesday"
    assert chinese_kind(date(2026, 11, 21)) == "saturday"


@pytest.mark.slow
def test_days_on_which_the_hall_is_closed_are_not_fitted_unasked() -> None:
    sessions = {"monday": ((540.0, 780.0),), "tuesday": ((540.0, 780.0),), "saturday": ()}
    assert commonest_open_kind({"saturday": 9, "monday": 4, "tuesday": 5}, sessions) == "tuesday"
    assert commonest_open_kind({"saturday": 9}, sessions) == "saturday"


def test_a_hall_of_the_database_is_fitted_with_its_hours_and_its_plan(
    database: Database, city: Any, facts: list[TicketFact]
) -> None:
    code = database.read_now(lambda session: catalogue.hall(session, city.hall).code)
    target = database.read_now(target_of, code, clock=ManualClock(datetime(2027, 1, 1, tzinfo=UTC)))
    few = records(facts[:9_000])
    assert database.write_now(load_tickets, target, few, dict(target.queues)).added > 8_000
    source = database.read_now(from_hall, code)
    assert len(source.tickets) > 8_000
    kind = "monday"
    spans = source.sessions[kind]
    assert spans
    fit = fit_hall(source.tickets, opens_minutes=540.0, closes_minutes=780.0, interval_minutes=60.0,
                   kind_of_day=source.kind_of_day)  # fmt: skip
    model, plan = model_of(source, fit, kind)
    assert [queue.name for queue in model.queues] == ["A", "B"]
    assert model.windows == ("1", "2", "3")
    assert {entry.queue for entry in plan.entries} == {0, 1}
    assert fit.queues["A"].service is not None


def test_opening_hours_of_a_log_are_those_in_which_people_join(facts: list[TicketFact]) -> None:
    source = from_records("H", records(facts[:5_000]), 30.0, chinese=False)
    assert set(source.sessions.values()) == {((540.0, 780.0),)}
