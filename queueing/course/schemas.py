"""The course as JSON; figures of fewer than five tickets are null."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from kernel.web.schemas import Out
from queueing.course.rules import Change, Step
from queueing.course.service import Course, PlanBegan, Stage
from queueing.promises.schemas import ShareOut


class ChangeOut(Out):
    """A share less that of the period before, with its 95 % interval over days; ``sure``: it excludes 0."""

    difference: float
    low: float
    high: float
    sure: bool

    @classmethod
    def of(cls, change: Change | None) -> Self | None:
        if change is None:
            return None
        return cls(difference=change.difference, low=change.low, high=change.high, sure=change.sure)


class PlanBeganOut(Out):
    """A window plan that began to hold; ``weekday`` (0 = Monday) or ``on_day`` where not for all days."""

    hall: str
    version: int
    source: str
    weekday: int | None
    on_day: date | None
    on: date

    @classmethod
    def of(cls, plan: PlanBegan) -> Self:
        return cls(
            hall=plan.hall.code,
            version=plan.version,
            source=plan.source,
            weekday=plan.weekday,
            on_day=plan.on_day,
            on=plan.on,
        )


class StageOut(Out):
    """A period, local dates, both inclusive; ``cut``: it is not over. Waits in whole minutes."""

    first: date
    last: date
    cut: bool
    days: int
    tickets: int
    simulated: int
    wait_half: int | None
    wait_nine_in_ten: int | None
    over_long: ShareOut
    kept: ShareOut
    left: ShareOut
    over_long_change: ChangeOut | None
    kept_change: ChangeOut | None
    left_change: ChangeOut | None
    plans: list[PlanBeganOut]

    @classmethod
    def of(cls, stage: Stage) -> Self:
        record = stage.record
        return cls(
            first=stage.period.first,
            last=stage.period.last,
            cut=stage.period.cut,
            days=stage.days,
            tickets=record.tally.issued,
            simulated=record.tally.simulated,
            wait_half=record.wait_minutes(0.5),
            wait_nine_in_ten=record.wait_minutes(0.9),
            over_long=ShareOut.told(record.over_long),
            kept=ShareOut.told(record.kept),
            left=ShareOut.told(record.left),
            over_long_change=ChangeOut.of(stage.over_long),
            kept_change=ChangeOut.of(stage.kept),
            left_change=ChangeOut.of(stage.left),
            plans=[PlanBeganOut.of(plan) for plan in stage.plans],
        )


class CourseOut(Out):
    """Stages from the earliest on; ``hall`` null for the whole city."""

    hall: str | None
    step: Step
    made_at: datetime
    stages: list[StageOut]

    @classmethod
    def of(cls, course: Course) -> Self:
        return cls(
            hall=course.hall.code if course.hall else None,
            step=course.step,
            made_at=course.made_at,
            stages=[StageOut.of(stage) for stage in course.stages],
        )
