"""The pure parts of the load driver: the same citizens, a hall that fits, order and ranges."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from queueing.engine.distribution import lognormal
from queueing.engine.model import HallModel, QueueModel
from queueing.engine.plan import Plan, PlanEntry
from queueing.engine.result import Outcome
from queueing.engine.run import Days, draw_days, play_records
from sim.load.comparison import OUT_OF_ORDER, compared, simulated_figures
from sim.load.floor import Floor, minutes_of
from sim.load.order import against_the_rule, out_of_turn
from sim.load.page import as_page
from sim.load.people import Crowd, crowd_of
from sim.load.place import city_of, policy_of
from sim.load.play import LiveDay
from sim.load.record import Delays, Ending, TicketRecord, figures_of
from sim.load.report import LoadReport, PlayedDay, as_json, summary_lines
from sim.load.screens import Screen, Watched
from sim.scenario import BadScenario, Scenario, load_scenario
from tests.conftest import MORNING

SCENARIO = Path(sim.__file__).parent / "data" / "scenarios" / "county_hall.toml"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario(SCENARIO)


def test_the_driver_acts_out_the_engines_own_citizens(scenario: Scenario) -> None:
    drawn = draw_days(scenario.model, seed=7, days=1, first_day=3)
    crowd = crowd_of(scenario.model, seed=7, day=3)
    assert len(crowd.people) == drawn.joining[0]
    assert sum(len(person.legs) for person in crowd.people) == len(drawn.tickets.joined)
    assert [person.joins for person in crowd.people] == drawn.tickets.joined[: drawn.joining[0]].tolist()
    places = sum(slot.places for queue in scenario.model.queues for slot in queue.appointments)
    assert sum(person.due is not None for person in crowd.people) + len(crowd.absent) == places
    assert any(person.priority for person in crowd.people)
    assert any(leg.walk is None for person in crowd.people for leg in person.legs)


def test_a_part_of_a_day_has_the_first_citizens_with_all_their_legs(scenario: Scenario) -> None:
    whole, part = (crowd_of(scenario.model, seed=7, day=0, minutes=minutes) for minutes in (None, 90.0))
    count = len(part.people)
    assert 0 < count < len(whole.people)
    for one, other in zip(part.people, whole.people, strict=False):
        assert (one.joins, one.due, len(one.legs)) == (other.joins, other.due, len(other.legs))
        assert [leg.service for leg in one.legs] == [leg.service for leg in other.legs]
    record = play_records(scenario.model, scenario.plan, part.days)[0]
    assert (record.outcome[:count] != Outcome.NOT_YET).all()


def test_the_halls_slots_take_every_booking_of_the_scenario(scenario: Scenario) -> None:
    policy = policy_of(scenario)
    assert policy["slot_minutes"] == 30
    assert policy["help_limit_minutes"] == 15
    assert policy["appointment_share"] * policy["slot_minutes"] / 8.5 / 3 >= 4


def test_a_window_that_ends_with_the_morning_may_go_on_until_its_afternoon(scenario: Scenario) -> None:
    plan = city_of(scenario).halls["load"].plan
    ends = {(entry.window, entry.starts.hour): entry.ends.strftime("%H:%M") for entry in plan}
    assert ends["1", 8] == "14:30"
    assert ends["1", 14] == "17:30"
    assert ends["6", 9] == "11:30"  # closes before the doors do: it stops


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"windows": ("a window with a long name", *"23456")}, "at most 8 characters"),
        ({"sessions": ((510.0, 720.0), (870.0, 1440.0))}, "before midnight"),
    ],
)
def test_what_no_live_hall_can_do_is_refused(
    scenario: Scenario, change: dict[str, object], reason: str
) -> None:
    with pytest.raises(BadScenario, match=reason):
        city_of(replace(scenario, model=replace(scenario.model, **change)))  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_simulation_itself_lies_in_its_own_range_and_a_day_of_slow_clerks_does_not(
    scenario: Scenario,
) -> None:
    crowd = crowd_of(scenario.model, seed=7, day=0)
    simulated = simulated_figures(play_records(scenario.model, scenario.plan, crowd.days)[0])
    delays = Delays(late=[0.01, 0.02], turn=[0.02, 0.05], finish=[0.01], response=[0.01, 0.03])
    figures = compared(scenario.model, scenario.plan, crowd.days, simulated, delays, seed=1)
    assert all(figure.holds for figure in figures)
    assert {figure.name for figure in figures} >= {"mean wait", "P90 wait", "busy minutes", OUT_OF_ORDER}
    slow = replace(simulated, wait=simulated.wait * 1.3)
    worse = compared(scenario.model, scenario.plan, crowd.days, slow, delays, seed=1)
    assert [figure.name for figure in worse if not figure.holds].count("mean wait") == 3


def crowded(missed_share: float) -> tuple[HallModel, Plan, Days]:
    """One window, twenty minutes of more citizens than it can serve."""
    queue = QueueModel("A", (6.0,) * 4, service=lognormal(4, 0.5), missed_share=missed_share)
    model = HallModel((queue,), ("1",), ((540.0, 600.0),), missed_minutes=2.0)
    return model, Plan((PlanEntry(0, 0, 540.0, 600.0),)), draw_days(model, seed=3, days=1)


@pytest.mark.slow
def test_a_window_that_is_late_after_somebody_who_never_came_makes_the_others_wait() -> None:
    model, plan, days = crowded(missed_share=1.0)
    late = simulated_figures(play_records(replace(model, missed_minutes=2.2), plan, days)[0])
    live = replace(late, finished=late.finished - 0.1)
    figures = compared(model, plan, days, live, Delays(turn=[0.2], finish=[0.1]), seed=1)
    assert [figure for figure in figures if not figure.holds] == []
    assert max(figure.live - figure.simulated for figure in figures if "wait" in figure.name) > 1.0
    shorter = compared(model, plan, days, live, Delays(turn=[0.02], finish=[0.01]), seed=1)
    assert [figure for figure in shorter if not figure.holds] != []


@pytest.mark.slow
def test_a_window_that_answers_late_keeps_the_next_waiting_too() -> None:
    model, plan, days = crowded(missed_share=0.0)
    first = int(np.argmin(days.tickets.joined))
    walk = days.tickets.walk.copy()
    walk[first] += 30_000_000  # half a minute between the first citizen's joining and the call
    told = simulated_figures(
        play_records(model, plan, replace(days, tickets=days.tickets._replace(walk=walk)))[0]
    )
    shown = np.where(np.arange(len(walk)) == first, 0.5, 0.0)
    live = replace(told, called=told.called + shown, wait=told.wait + shown)
    figures = compared(model, plan, days, live, Delays(response=[0.5]), seed=1)
    assert [figure for figure in figures if not figure.holds] == []


def test_calls_out_of_turn_are_those_that_break_the_longest_common_run() -> None:
    order = np.array([0, 1, 2, 3, 4])
    assert out_of_turn(order, np.array([1.0, 2.0, 3.0, 4.0, 5.0])) == 0
    assert out_of_turn(order, np.array([5.0, 1.0, 2.0, 3.0, 4.0])) == 1
    assert out_of_turn(order, np.array([2.0, 1.0, np.nan, 4.0, 3.0])) == 2


def as_records(scenario: Scenario, day: int) -> list[TicketRecord]:
    """The simulated day as if it had been played live."""
    crowd = crowd_of(scenario.model, seed=7, day=day)
    figures = simulated_figures(play_records(scenario.model, scenario.plan, crowd.days)[0])
    entries = scenario.plan.entries
    due = {p.legs[0].index: minutes_of(p.due) for p in crowd.people if p.due is not None}
    records = []
    for index, queue in enumerate(figures.queue):
        called, window = float(figures.called[index]), int(figures.window[index])
        served = [e for e in entries if e.window == window and e.from_minutes <= called] or []
        last = max((e.from_minutes for e in served), default=0.0)
        records.append(
            TicketRecord(
                queue=int(queue),
                due=due.get(index, float("nan")),
                joined=float(figures.joined[index]),
                called=called,
                finished=float(figures.finished[index]),
                window=window,
                ending=Ending(int(figures.ending[index])),
                primary=frozenset(e.queue for e in served if e.from_minutes == last and not e.helping),
                helping=frozenset(e.queue for e in served if e.from_minutes == last and e.helping),
            )
        )
    return records


def test_the_simulated_calls_follow_the_rule_and_a_swapped_pair_is_noticed(scenario: Scenario) -> None:
    crowd, records = crowd_of(scenario.model, seed=7, day=0), as_records(scenario, 0)
    assert against_the_rule(scenario.model, crowd, records) == 0
    line = sorted(
        (record.called, index)
        for index, record in enumerate(records)
        if record.queue == 1 and record.called > record.joined + 5.0
    )
    (_, first), (_, second) = line[0], line[1]
    for name in ("called", "window", "primary", "helping"):
        one, other = getattr(records[first], name), getattr(records[second], name)
        setattr(records[first], name, other)
        setattr(records[second], name, one)
    assert against_the_rule(scenario.model, crowd, records) > 0


def floor_of(scenario: Scenario, crowd: Crowd) -> Floor:
    """A floor whose people do nothing by themselves."""
    nobody: Any = None
    return Floor(
        *(scenario.model, scenario.plan, crowd),
        keys=nobody,
        queue_ids=(),
        midnight=MORNING,
        api=nobody,
        pace=nobody,
        agenda=nobody,
    )


async def test_a_colleague_who_calls_a_transferred_ticket_at_once_serves_its_next_leg(
    scenario: Scenario,
) -> None:
    crowd = crowd_of(scenario.model, seed=7, day=0)
    floor = floor_of(scenario, crowd)
    first, later = next(person.legs for person in crowd.people if len(person.legs) == 2)
    floor.joined(first.index, "ticket", "A001", 510.0)
    assert await floor.index_of("ticket") == first.index
    floor.moves_on("ticket")
    called = asyncio.create_task(floor.index_of("ticket"))
    await asyncio.sleep(0)
    floor.joined(later.index, "ticket", "A001", 520.0)
    assert await called == later.index


async def test_the_day_is_over_when_the_last_has_left_and_nobody_is_expected(scenario: Scenario) -> None:
    whole = crowd_of(scenario.model, seed=7, day=0)
    two = replace(whole, people=tuple(p for p in whole.people if len(p.legs) == 2)[:1])
    floor = floor_of(scenario, two)
    first, later = two.people[0].legs
    floor.joined(first.index, "ticket", "A001", 510.0)
    floor.called()
    floor.window_left()
    assert not floor.is_over  # the second leg is still to come
    floor.joined(later.index, "other", "A001", 520.0)
    floor.went_home(later.index)
    assert floor.everybody_left.is_set()


def frame(seq: int, *numbers: str) -> str:
    calls = ",".join(f'{{"number":"{number}","at":"{number}","window":"1","times":1}}' for number in numbers)
    event = f'{{"seq":{seq},"kind":"ticket_called","payload":{{"number":"{numbers[0]}"}}}}'
    return f'{{"type":"events","seq":{seq},"events":[{event}],"board":{{"calls":[{calls}]}}}}'


def test_a_screen_counts_a_call_that_comes_twice_and_forgives_one_that_a_board_brings() -> None:
    screen = Screen()
    screen.take(frame(1, "A001"))
    screen.take(frame(3, "A003", "A002", "A001"))  # A002 came with a frame that was skipped
    assert [call.number for call in screen.seen] == ["A001", "A003", "A002"]
    assert screen.doubled == 0
    screen.take(frame(3, "A003", "A002", "A001"))
    assert screen.doubled == 1


def report_of(scenario: Scenario, **changed: Any) -> LoadReport:
    """A report of a simulated day that is told as if it had been played live."""
    crowd, records = crowd_of(scenario.model, seed=7, day=0), as_records(scenario, 0)
    simulated = simulated_figures(play_records(scenario.model, scenario.plan, crowd.days)[0])
    delays = Delays(late=[0.01], turn=[0.02], finish=[0.01], response=[0.01])
    watched = Watched(2, 1, 0, 0, 0, (0.02, 0.03), (0.05,), (0.04,), 0, 0)
    live = LiveDay(
        figures=figures_of(records),
        records=records,
        calls=tuple(range(3)),
        no_shows=tuple(int(count) for count in crowd.days.no_shows[0]),
        delays=delays,
        watched=replace(watched, **changed),
        request_seconds={"call-next": [0.01, 0.02]},
        repeated=0,
        errors=(),
        real_seconds=1.0,
    )
    figures = compared(scenario.model, scenario.plan, crowd.days, live.figures, delays, seed=1)
    day = PlayedDay(0, live, simulated, figures, live.no_shows, 0)
    return LoadReport(scenario, 7, 60.0, None, [day])


@pytest.mark.slow
def test_the_report_agrees_when_the_days_do_and_says_so_when_a_screen_missed_a_call(
    scenario: Scenario,
) -> None:
    good, bad = report_of(scenario), report_of(scenario, missed=1)
    assert good.holds
    assert not bad.holds
    assert summary_lines(good)[0] == "Live and simulated agree."
    assert "NOT agree" in summary_lines(bad)[0]
    assert json.loads(as_json(bad))["days"][0]["watched"]["missed"] == 1
    page = as_page(good)
    assert "<script src=" not in page
    assert all(f"queue {queue.name}" in page for queue in scenario.model.queues)
    assert "1 calls missed" in as_page(bad)
