"""Seeded halls for judging window plans: 8 to 60 windows, light to overloaded, with a simulated history.

The recipe is that of the optimizer's prototype: two humps of arrivals a day per queue, lognormal
services (means of 4 to 22 minutes), day factors of 10 % for the hall and 8 % by queue, three windows
equipped for everything and the others for three to six queues. Some halls are open through noon and
every clerk has a break, some have weekdays that differ, some are as the prototype's own two were.
History is what the engine's citizens would have left in the ticket log under the present plan; the
optimizer sees nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

from kernel.calendar import is_workday
from kernel.ids import QueueId, StaffId, WindowId
from queueing.engine import HallModel, QueueModel, lognormal
from queueing.engine.result import Outcome
from queueing.engine.run import draw_days, play_records
from queueing.plans.history import HallHistory, read_history
from queueing.plans.layouts import blocks_of, entries_of
from queueing.plans.moves import fill_up
from queueing.plans.propose import PlanView
from queueing.plans.records import TicketRecord
from queueing.plans.rules import Layout, Limits, PlanClerk, PlanHall, PlanQueue, PlanWindow, Rest
from queueing.plans.scoring import PlanCompiler
from queueing.plans.trial import scaled
from queueing.rules.tickets import TicketStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from queueing.engine.result import DayRecord
    from queueing.plans.records import Sessions

    Floats = NDArray[np.float64]

SESSIONS = ((510, 720), (840, 1050))  # 8:30 to 12:00, 14:00 to 17:30
THROUGH_NOON = ((540, 1020),)  # 9:00 to 17:00, the clerks eat in turns
LONG_DAY = ((540, 1080),)  # 9:00 to 18:00
MIDDAY = 780  # 13:00, the middle of a long day
LUNCH = Rest(60, 660, 840)  # an hour between 11:00 and 14:00, in three waves in the present plan
WEEKDAY_LEVELS = (1.15, 1.0, 0.9, 0.95, 1.0)  # of a week instance, Monday to Friday
CHANGES_PER_WINDOW = 1.2  # list changes a day, as in the prototype's halls: 24 for 20 windows
INTEGRATED_SHARE = 10  # one window in so many may be integrated, as in the prototype's halls
FIRST_DAY = date(2026, 9, 1)
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
OUTCOMES = {
    Outcome.SERVED: TicketStatus.FINISHED,
    Outcome.GAVE_UP: TicketStatus.GIVEN_UP,
    Outcome.MISSED: TicketStatus.NEVER_CAME,
    Outcome.TURNED_AWAY: TicketStatus.CLOSED_UNSERVED,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What an instance is like; ``load`` is the offered load at the day's peak per window."""

    windows: int
    queues: int
    load: float
    list_limit: int = 3
    half_days: bool = False  # queues of the morning or of the afternoon only
    days: int = 44
    filled: bool = True  # whether the present plan's lists are filled up to the limit
    seed: int = 1
    through_noon: bool = False  # open all day, with a break for every clerk
    integrated: int = 0  # windows that may list more than the limit at once, 12 % slower
    week: bool = False  # weekdays differ, and each gets its plan
    long_day: bool = False  # through noon, an hour longer
    apart: bool = False  # a queue is of the morning or of the afternoon; in the other nobody comes for it
    setup_minutes: float = 1.0  # what a change of its list costs a window

    @property
    def sessions(self) -> Sessions:
        if self.long_day:
            return LONG_DAY
        return THROUGH_NOON if self.through_noon else SESSIONS

    @property
    def name(self) -> str:
        half = "-half" * self.half_days + "-apart" * self.apart
        load = round(100 * self.load)
        noon = "-noon" * self.through_noon + "-long" * self.long_day + "-week" * self.week
        return f"{self.windows}w-{self.queues}q-{load}%-k{self.list_limit}{half}{noon}-s{self.seed}"


@dataclass(frozen=True, slots=True)
class Instance:
    """A hall: ``truth`` makes its citizens and is hidden from the optimizer, which sees ``history``."""

    shape: Shape
    truth: HallModel
    hall: PlanHall
    present: Layout
    view: PlanView
    history: HallHistory


def make_instance(shape: Shape) -> Instance:
    """Return the instance of a shape; the same shape gives the same instance."""
    chance = np.random.default_rng(shape.seed)
    truth = _truth(shape, chance)
    hall = _hall(shape, chance)
    present = with_breaks(hall, proportional(hall, mean_load(truth)))
    if shape.filled:
        present = fill_up(present, hall)
    view = PlanView(1, entries_of(hall, present))
    history = _history(shape, truth, hall, present)
    return Instance(shape, truth, hall, present, view, history)


def _truth(shape: Shape, chance: np.random.Generator) -> HallModel:
    services = [lognormal(chance.uniform(4, 22), chance.uniform(0.5, 1.1)) for _ in range(shape.queues)]
    weights = chance.dirichlet(np.full(shape.queues, 3.0))
    profiles = np.stack([_profile(shape, chance) for _ in range(shape.queues)])
    means = np.array([service.mean for service in services])
    # ``weights`` share out the work; the peak of the smoothed total load is what ``shape.load`` asks for.
    load = weights[:, None] * profiles
    peak = np.convolve(load.sum(axis=0), np.full(4, 0.25), mode="same").max()
    rates = load * (shape.load * shape.windows / peak) * 15.0 / means[:, None]
    return HallModel(
        queues=tuple(
            QueueModel(LETTERS[q], tuple(rates[q]), services[q], day_cv=0.08) for q in range(shape.queues)
        ),
        windows=tuple(str(window + 1) for window in range(shape.windows)),
        sessions=shape.sessions,
        day_cv=0.10,
        setup_minutes=shape.setup_minutes,
    )


def _profile(shape: Shape, chance: np.random.Generator) -> Floats:
    """Return one queue's arrivals over the day, mean 1 over the open quarters."""
    opens, closes = shape.sessions[0][0], shape.sessions[-1][1]
    middle = opens + 15.0 * (np.arange((closes - opens) // 15) + 0.5)
    morning = np.exp(-(((middle - chance.uniform(560, 640)) / chance.uniform(40, 80)) ** 2))
    afternoon = np.exp(-(((middle - chance.uniform(880, 960)) / chance.uniform(40, 80)) ** 2))
    share = chance.uniform(0.35, 0.65)
    if shape.half_days and chance.random() < 0.5:
        share = chance.choice([0.05, 0.95])
    opened = np.zeros(len(middle))
    for begins, ends in shape.sessions:
        opened[(middle > begins) & (middle < ends)] = 1.0
    profile = (0.25 + share * morning + (1 - share) * afternoon) * opened
    if shape.apart:
        profile *= (middle < MIDDAY) == (chance.random() < 0.5)
    scaled: Floats = profile / profile[opened > 0].mean()
    return scaled


def _hall(shape: Shape, chance: np.random.Generator) -> PlanHall:
    everything = (1 << shape.queues) - 1
    windows = []
    for place in range(shape.windows):
        equipped = everything
        if place >= 3:
            count = int(chance.integers(3, 7))
            drawn = chance.choice(shape.queues, min(count, shape.queues), replace=False)
            equipped = sum(1 << int(queue) for queue in drawn) | 1 << place % shape.queues
        windows.append(
            PlanWindow(WindowId(UUID(int=1000 + place)), str(place + 1), equipped, shape.list_limit)
        )
    clerks = tuple(
        PlanClerk(
            StaffId(UUID(int=2000 + place)), everything, place, None, LUNCH if shape.through_noon else None
        )
        for place in range(shape.windows)
    )
    blocks = blocks_of(shape.sessions, (), rests=[LUNCH] * shape.through_noon)
    changes = max(Limits().changes_per_day, round(CHANGES_PER_WINDOW * shape.windows))
    limits = Limits(integrated=shape.integrated, changes_per_day=changes)
    queues = tuple(PlanQueue(QueueId(UUID(int=1 + q)), LETTERS[q]) for q in range(shape.queues))
    return PlanHall(queues, tuple(windows), clerks, blocks, (shape.windows,) * len(blocks), limits)


def mean_load(truth: HallModel) -> Floats:
    """Return each queue's work in minutes a day."""
    return np.array([sum(queue.walk_ins_per_interval) * queue.service.mean for queue in truth.queues])


def proportional(hall: PlanHall, work: Floats) -> Layout:
    """Return the fixed plan with one queue per window: each window takes the queue that lacks most."""
    given = np.zeros(len(hall.queues))
    chosen = [0] * len(hall.windows)
    # Windows with the least choice choose first; a queue without a window comes before all others.
    for window in sorted(range(len(hall.windows)), key=lambda w: hall.windows[w].equipped.bit_count()):
        able = [q for q in range(len(hall.queues)) if hall.windows[window].equipped >> q & 1]
        queue = max(able, key=lambda q: (given[q] == 0, work[q] / (given[q] + 1), -q))
        chosen[window] = queue
        given[queue] += 1
    blocks = len(hall.blocks)
    return Layout(
        tuple((1 << queue,) * blocks for queue in chosen),
        tuple((0,) * blocks for _ in chosen),
        tuple(range(len(chosen))),
    )


def with_breaks(hall: PlanHall, layout: Layout) -> Layout:
    """Return a plan with the clerks' breaks in three waves, the windows of a queue in different ones."""
    if not any(clerk.rest for clerk in hall.clerks):
        return layout
    waves = (LUNCH.to_minute - LUNCH.from_minute) // LUNCH.minutes
    met: dict[int, int] = {}
    rows = []
    for row in layout.primary:
        wave = met[row[0]] = met.get(row[0], row[0].bit_length()) + 1
        starts = LUNCH.from_minute + LUNCH.minutes * (wave % waves)
        rows.append(
            tuple(
                0 if starts <= block.from_minute < starts + LUNCH.minutes else mask
                for mask, block in zip(row, hall.blocks, strict=True)
            )
        )
    return replace(layout, primary=tuple(rows))


def level_of(shape: Shape, day: date) -> float:
    """Return how many times the usual arrivals come on a date's weekday."""
    return WEEKDAY_LEVELS[day.weekday() % len(WEEKDAY_LEVELS)] if shape.week else 1.0


def _history(shape: Shape, truth: HallModel, hall: PlanHall, present: Layout) -> HallHistory:
    days = workdays(FIRST_DAY, shape.days + 1)
    plan = PlanCompiler(truth, hall.blocks, hall).arrays(present)
    played = []
    for number, day in enumerate(days[:-1]):
        model = scaled(truth, level_of(shape, day)) if shape.week else truth
        citizens = draw_days(model, seed=10_000 + shape.seed, days=1, first_day=number)
        played += play_records(model, plan, citizens)
    records = [
        record
        for day, record_of_day in zip(days, played, strict=False)
        for record in _records(day, record_of_day, hall)
    ]
    believed, report = read_history(records, hall.queues, hall.windows, dict.fromkeys(days, shape.sessions))
    return HallHistory(
        hall.queues, hall.windows, hall.clerks, shape.sessions, days[-1], believed, report, limits=hall.limits
    )


def workdays(first: date, count: int) -> list[date]:
    """Return ``count`` workdays from ``first`` on."""
    days: list[date] = []
    day = first
    while len(days) < count:
        if is_workday(day):
            days.append(day)
        day += timedelta(days=1)
    return days


def _records(day: date, played: DayRecord, hall: PlanHall) -> Sequence[TicketRecord]:
    def at(minutes: float) -> float | None:
        return None if np.isnan(minutes) else float(minutes)

    return [
        TicketRecord(
            day=day,
            queue_id=hall.queues[int(played.queue[ticket])].id,
            window_id=hall.windows[int(played.window[ticket])].id if played.window[ticket] >= 0 else None,
            arrived=float(played.joined_minutes[ticket]),
            effective=float(played.effective_minutes[ticket]),
            called=at(played.called_minutes[ticket]),
            started=at(played.started_minutes[ticket]),
            ended=at(played.finished_minutes[ticket]),
            outcome=OUTCOMES[Outcome(int(played.outcome[ticket]))],
        )
        for ticket in range(len(played.queue))
    ]
