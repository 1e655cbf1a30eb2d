"""One benchmark instance: a proposal for it, and everything played on the same fresh days."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.result import Summary, merged
from queueing.engine.run import draw_days, play
from queueing.plans.propose import propose
from queueing.plans.scoring import PlanCompiler
from queueing.plans.search import BestSoFar, Budget
from queueing.plans.trial import scaled
from sim.bench.plan_checker import what_is_wrong
from sim.bench.plan_instances import WEEKDAY_LEVELS, Instance, Shape, level_of, make_instance
from sim.bench.plan_references import by_hour, filled, one_queue_each, pooling

if TYPE_CHECKING:
    from datetime import date

    from queueing.engine.run import Days
    from queueing.plans.propose import Proposal
    from queueing.plans.rules import Layout

FRESH_DAYS = 200
FRESH_SEED = 777  # history is drawn from other seeds
CORES = 2
MARKS = (2.0, 10.0)  # seconds at which the search is asked how far it is
PLAYS = 10**9  # time alone ends the search


@dataclass(frozen=True, slots=True)
class Judged:
    """One instance on fresh days; summaries of the proposal and of what it is compared with.

    ``withheld``: why proposals would not be shown to a manager; each plan is judged here all the same.
    """

    name: str
    withheld: tuple[str, ...]
    seconds: float
    complaints: int
    planned: Summary
    pooled: Summary
    present: Summary
    simple: Summary
    single: Summary
    kept_gain: float  # the smaller share of the gain left at 20 % more or less demand
    kept_by_pooling: float  # the same of pooling's gain
    after: dict[float, float]  # objective on the training days after so many seconds, over the last


def core_seconds() -> float:
    """Return the processor's seconds so far by the two cores that a proposal has.

    That is what the clock on the wall would say on two cores of its own; on a shared machine the wall
    says nothing about the search.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) / CORES


def judged(shape: Shape, seconds: float) -> Judged:
    """Propose within ``seconds`` on two cores (``core_seconds``) and play everything on fresh days.

    In a week instance each weekday gets a proposal in a fifth of the time, and the five are judged as one.
    """
    instance = make_instance(shape)
    days = _weekdays(instance)
    began = core_seconds()
    found = [_proposed(instance, day, seconds / len(days)) for day in days]
    spent = core_seconds() - began
    proposals = [proposal for proposal, _ in found]
    plays = [_Fresh(instance, day) for day in days]
    simple = min(
        (filled(instance), by_hour(instance)),
        key=lambda layout: _together(plays, [layout] * len(days)).mean_wait_minutes,
    )
    same = len(days)
    return Judged(
        name=shape.name,
        withheld=tuple(proposal.reason for proposal in proposals if proposal.status != "shown"),
        seconds=spent,
        complaints=sum(
            len(what_is_wrong(one, instance.view.entries, shape.sessions)) for one in proposals
        ),
        planned=_together(plays, [one.layout for one in proposals]),
        pooled=_together(plays, [pooling(instance)] * same, full_speed=True),
        present=_together(plays, [instance.present] * same),
        simple=_together(plays, [simple] * same),
        single=_together(plays, [one_queue_each(instance)] * same),
        kept_gain=_kept_gain(instance, simple, [one.layout for one in proposals], days),
        kept_by_pooling=_kept_gain(instance, simple, [pooling(instance)] * same, days, full_speed=True),
        after=_after([marks for _, marks in found]),
    )  # fmt: skip


def without_list_limits(shape: Shape, seconds: float) -> tuple[Summary, Summary]:
    """Return a proposal on fresh days in the hall whose windows may list all that they can, and pooling."""
    instance = make_instance(shape)
    windows = tuple(replace(one, list_limit=len(instance.hall.queues)) for one in instance.hall.windows)
    free = replace(
        instance, hall=replace(instance.hall, windows=windows),
        history=replace(instance.history, windows=windows),
    )  # fmt: skip
    day = free.history.for_day
    proposal, _ = _proposed(free, day, seconds)
    fresh = _Fresh(free, day)
    return fresh.play(proposal.layout), fresh.play(pooling(free), full_speed=True)


def _weekdays(instance: Instance) -> list[date]:
    """Return the days that are planned for: one, or those of a week."""
    day = instance.history.for_day
    if not instance.shape.week:
        return [day]
    monday = day + timedelta(days=7 - day.weekday())
    return [monday + timedelta(days=number) for number in range(len(WEEKDAY_LEVELS))]


def _proposed(instance: Instance, day: date, seconds: float) -> tuple[Proposal, list[tuple[float, float]]]:
    """Return a proposal for a day, and (seconds, best objective) while it was searched for."""
    marks: list[tuple[float, float]] = []

    def watch(standing: BestSoFar) -> None:
        marks.append((core_seconds(), standing.best))

    limits = instance.history.limits
    if "QUEUE_SHORT" in os.environ:
        limits = replace(limits, queue_short=float(os.environ["QUEUE_SHORT"]))
    proposal = propose(
        replace(instance.history, for_day=day), instance.view, limits, seed=instance.shape.seed,
        budget=Budget(PLAYS, seconds), watch=watch, clock=core_seconds,
    )  # fmt: skip
    return proposal, [(at - marks[0][0], best) for at, best in marks]


class _Fresh:
    """The fresh days of a weekday."""

    def __init__(self, instance: Instance, day: date, demand: float = 1.0, share: int = 1) -> None:
        self._truth = scaled(instance.truth, demand * level_of(instance.shape, day))
        hall = instance.hall
        unlimited = replace(hall, limits=replace(hall.limits, integrated=0))
        self._compiler = PlanCompiler(instance.truth, hall.blocks, hall)
        self._at_full_speed = PlanCompiler(instance.truth, hall.blocks, unlimited)
        count = FRESH_DAYS // share // (len(WEEKDAY_LEVELS) if instance.shape.week else 1)
        self._citizens: Days = draw_days(
            self._truth, seed=FRESH_SEED, days=count, first_day=1000 * day.weekday() * instance.shape.week
        )

    def play(self, layout: Layout, *, full_speed: bool = False) -> Summary:
        """Play a plan; at ``full_speed`` long lists make nobody slower."""
        compiler = self._at_full_speed if full_speed else self._compiler
        return play(self._truth, compiler.arrays(layout), self._citizens)


def _together(days: list[_Fresh], layouts: list[Layout], *, full_speed: bool = False) -> Summary:
    return merged(
        [day.play(layout, full_speed=full_speed) for day, layout in zip(days, layouts, strict=True)]
    )


def _kept_gain(
    instance: Instance, simple: Layout, layouts: list[Layout], days: list[date], *, full_speed: bool = False
) -> float:
    """Return how much of the relative gain over the simple plan is left at the worse of ±20 % demand."""
    gains = []
    for demand in (1.0, 0.8, 1.2):
        plays = [_Fresh(instance, day, demand, share=4) for day in days]
        before = _together(plays, [simple] * len(days)).mean_wait_minutes
        after = _together(plays, layouts, full_speed=full_speed).mean_wait_minutes
        gains.append(1.0 - after / before if before > 0 else 0.0)
    return min(gains[1:]) / gains[0] if gains[0] > 0 else float("nan")


def _after(searches: list[list[tuple[float, float]]]) -> dict[float, float]:
    """Return the objective after so many seconds over the last one, the mean of the searches."""
    found = {}
    for mark in MARKS:
        shares = []
        for marks in searches:
            until = [best for at, best in marks if at <= mark / len(searches)] or [marks[0][1]]
            shares.append(until[-1] / marks[-1][1])
        found[mark] = float(np.mean(shares))
    return found
