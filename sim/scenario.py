"""A hall, its citizens and its window plan as a TOML file that people can read and change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from queueing.engine import (
    AppointmentSlot,
    BadModel,
    Break,
    HallModel,
    Plan,
    PlanEntry,
    QueueModel,
    constant,
)
from queueing.engine.plan import check_plan
from queueing.rules.call_order import CallPolicy
from sim.scenario_fields import BadScenario, Fields, read_fields

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BadScenario", "Scenario", "load_scenario"]


@dataclass(frozen=True, slots=True)
class Scenario:
    """What ``jinban simulate`` runs."""

    name: str
    seed: int
    days: int
    model: HallModel
    plan: Plan


def load_scenario(path: Path) -> Scenario:
    """Read and check a scenario; raises BadScenario with file, line and reason."""
    fields = read_fields(path).only("name", "seed", "days", "hall", "policy", "queue", "window")
    sessions = tuple(fields.table("hall").spans("sessions"))
    if not sessions:
        fields.table("hall").refuse("'sessions' is missing: when are the doors open?")
    queues = _queue_names(fields)
    windows = list(fields.tables("window"))
    if not windows:
        fields.refuse("a hall needs at least one [[window]]")
    model = _model(fields, sessions, queues, [window.text("name") for window in windows])
    plan = _plan(windows, queues)
    try:
        check_plan(model, plan)
    except BadModel as error:
        fields.refuse(str(error))
    return Scenario(
        name=fields.text("name", path.stem),
        seed=int(fields.number("seed", 1)),
        days=int(fields.number("days", 20, low=1, high=1_000_000)),
        model=model,
        plan=plan,
    )


def _queue_names(fields: Fields) -> dict[str, int]:
    names: dict[str, int] = {}
    for index, queue in enumerate(fields.tables("queue")):
        name = queue.text("name")
        if name in names:
            queue.refuse(f"queue {name!r} is there twice", "name")
        names[name] = index
    if not names:
        fields.refuse("a hall needs at least one [[queue]]")
    return names


def _model(
    fields: Fields, sessions: tuple[tuple[float, float], ...], queues: dict[str, int], windows: list[str]
) -> HallModel:
    hall = fields.table("hall").only(
        "sessions", "interval_minutes", "day_cv", "walk", "missed_minutes", "setup_minutes", "list_pace",
        "drains", "full_breaks", "target_minutes",
    )  # fmt: skip
    interval = hall.number("interval_minutes", 60.0, low=0.1)
    try:
        return HallModel(
            queues=tuple(_queue(queue, queues, sessions, interval) for queue in fields.tables("queue")),
            windows=tuple(windows),
            sessions=sessions,
            interval_minutes=interval,
            day_cv=hall.number("day_cv", 0.0, high=5.0),
            walk=hall.distribution("walk", None) or constant(0.0),
            missed_minutes=hall.number("missed_minutes", 3.0),
            setup_minutes=hall.number("setup_minutes", 0.0),
            list_pace=hall.numbers("list_pace"),
            policy=_policy(fields.table("policy")),
            drains=hall.flag("drains", True),
            full_breaks=hall.flag("full_breaks", True),
            target_minutes=hall.number("target_minutes", 20.0),
        )
    except BadModel as error:
        hall.refuse(str(error))


def _policy(policy: Fields) -> CallPolicy:
    usual = CallPolicy()
    minutes = {}
    names = ("appointment_credit", "priority_credit", "grace", "help_limit")
    policy.only(*(f"{name}_minutes" for name in names))
    for name in names:
        default = getattr(usual, name) / timedelta(minutes=1)
        minutes[name] = timedelta(minutes=policy.number(f"{name}_minutes", default))
    return CallPolicy(**minutes)


def _queue(
    queue: Fields, queues: dict[str, int], sessions: tuple[tuple[float, float], ...], interval: float
) -> QueueModel:
    queue.only(
        "name", "walk_ins_per_interval", "service", "day_cv", "patience", "priority_share", "missed_share",
        "transfers", "appointments", "no_show_share", "punctuality",
    )  # fmt: skip
    service = queue.distribution("service", None)
    if service is None:
        queue.refuse("'service' is missing: how long does it take?")
    rates = queue.numbers("walk_ins_per_interval")
    if len(rates) > (sessions[-1][1] - sessions[0][0]) / interval + 1e-9:
        queue.refuse("more intervals than the hall is open", "walk_ins_per_interval")
    slots = [slot.only("at", "places") for slot in queue.tables("appointments")]
    transfers = queue.table("transfers").only(*queues)
    return QueueModel(
        name=queue.text("name"),
        walk_ins_per_interval=rates,
        service=service,
        day_cv=queue.number("day_cv", 0.0, high=5.0),
        patience=queue.distribution("patience", None),
        priority_share=queue.number("priority_share", 0.0, high=1.0),
        missed_share=queue.number("missed_share", 0.0, high=1.0),
        transfers={queues[name]: transfers.number(name, high=1.0) for name in transfers.values},
        appointments=tuple(
            AppointmentSlot(slot.clock("at"), int(slot.number("places", 1))) for slot in slots
        ),
        no_show_share=queue.number("no_show_share", 0.0, high=1.0),
        punctuality=queue.distribution("punctuality", None) or constant(0.0),
    )


def _plan(windows: list[Fields], queues: dict[str, int]) -> Plan:
    entries: list[PlanEntry] = []
    breaks: list[Break] = []
    names: set[str] = set()
    for index, window in enumerate(windows):
        window.only("name", "shift", "breaks")
        if window.text("name") in names:
            window.refuse(f"window {window.text('name')!r} is there twice", "name")
        names.add(window.text("name"))
        entries += _shifts(window, index, queues)
        breaks += [Break(index, begins, ends) for begins, ends in window.spans("breaks")]
    return Plan(tuple(entries), tuple(breaks))


def _shifts(window: Fields, index: int, queues: dict[str, int]) -> list[PlanEntry]:
    shifts = [shift.only("from", "to", "serves", "helps") for shift in window.tables("shift")]
    if not shifts:
        window.refuse("a window needs at least one [[window.shift]] with the queues that it serves")
    for before, after in pairwise(sorted(shifts, key=lambda shift: shift.clock("from"))):
        if after.clock("from") < before.clock("to"):
            after.refuse("this shift overlaps another of the same window", "from")
    entries = []
    for shift in shifts:
        begins, ends = shift.clock("from"), shift.clock("to")
        if begins >= ends:
            shift.refuse("this shift ends before it begins", "to")
        serves, helps = shift.names("serves", queues), shift.names("helps", queues)
        if not serves and not helps:
            shift.refuse("this shift serves no queue")
        if set(serves) & set(helps):
            shift.refuse("a queue is served or helped, not both", "helps")
        entries += [PlanEntry(index, queue, begins, ends) for queue in serves]
        entries += [PlanEntry(index, queue, begins, ends, helping=True) for queue in helps]
    return entries
