"""Studies as the API sends them. Minutes are numbers; differences are draft minus now."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from kernel.days import Day
from kernel.web.schemas import In, Out
from queueing.plan_schemas import PlanEntryIn, PlanEntryOut
from queueing.plans.schemas import BlockOut, CellOut, ConflictOut, HistoryOut

if TYPE_CHECKING:
    from queueing.plans.studies import StudyView

MOST_ENTRIES = 5000


class TrialIn(In):
    """A draft and the day that it is tried on."""

    for_day: Day
    entries: list[PlanEntryIn] = Field(min_length=1, max_length=MOST_ENTRIES)


class StaffingIn(In):
    """How many windows does a day need for ``share`` of its citizens to wait under ``target_minutes``?"""

    for_day: Day
    target_minutes: Annotated[float, Field(ge=1, le=120)] = 15
    share: Annotated[float, Field(ge=0.5, le=0.99)] = 0.9


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")


class EstimateOut(_Answer):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


class PlanFiguresOut(_Answer):
    """One plan: waits in minutes, share beyond the target, when the last citizen leaves (local minute)."""

    mean: EstimateOut
    p90: EstimateOut
    over_target: EstimateOut
    last_minute: float
    window_hours: float


class QueueTrialOut(_Answer):
    """One queue; ``tickets`` a day; ``verdict`` is gains, loses or same."""

    prefix: str
    tickets: float
    now_mean: float
    draft_mean: float
    now_p90: float
    draft_p90: float
    difference: EstimateOut
    verdict: str


class WindowTrialOut(_Answer):
    """One window a day, in hours: open by the plan, and with a citizen; and tickets."""

    label: str
    now_open: float
    now_busy: float
    now_tickets: float
    draft_open: float
    draft_busy: float
    draft_tickets: float


class StressTrialOut(_Answer):
    """Mean waits if demand is ``demand`` times what is expected."""

    demand: float
    now_mean: float
    draft_mean: float
    difference: EstimateOut


class BrokenRuleOut(_Answer):
    """A rule that the draft breaks; ``subject`` is a window or queue, the minutes are local."""

    rule: str
    subject: str
    from_minute: int | None
    to_minute: int | None


class TrialOut(_Answer):
    """What a draft would do, played on ``days`` drawn days beside the present plan."""

    base_version: int
    days: int
    tickets: float
    observed_mean: float
    target_minutes: float
    now: PlanFiguresOut
    draft: PlanFiguresOut
    difference: EstimateOut
    p90_difference: EstimateOut
    over_target_difference: EstimateOut
    days_better: int
    queues: list[QueueTrialOut]
    windows: list[WindowTrialOut]
    stress: list[StressTrialOut]
    conflicts: list[BrokenRuleOut]
    history: HistoryOut


class PointOut(_Answer):
    """A number of windows, the share of citizens within the target, P90 and mean wait in minutes."""

    windows: int
    within: EstimateOut
    p90: EstimateOut
    mean: EstimateOut


class WithinOut(_Answer):
    """The share of a queue's citizens within the target."""

    prefix: str
    within: EstimateOut


class StaffedWindowOut(_Answer):
    """A window's day, one cell per block."""

    label: str
    cells: list[CellOut]


class StaffedOut(_Answer):
    """A layout: window hours a day, windows open and share within the target by block, by queue."""

    window_hours: float
    by_block: list[int]
    within_by_block: list[float]
    point: PointOut
    queues: list[WithinOut]
    windows: list[StaffedWindowOut]
    entries: list[PlanEntryOut]


class QueueNeedOut(_Answer):
    """One queue at windows of its own: how many all day (null: out of reach), how many by block."""

    prefix: str
    tickets: float
    windows: int | None
    by_block: list[int]
    curve: list[PointOut]


class LimitOut(_Answer):
    """What keeps the goal out of reach: windows, list_limit, equipment or skill; and for which queues."""

    what: str
    queues: list[str]
    windows_needed: int | None


class StaffingOut(_Answer):
    """How many windows a day needs; ``cheapest`` is null where the goal is out of reach."""

    base_version: int
    target_minutes: float
    share: float
    tickets: float
    blocks: list[BlockOut]
    present: StaffedOut
    full: StaffedOut
    cheapest: StaffedOut | None
    limit: LimitOut | None
    curve: list[PointOut]
    queues: list[QueueNeedOut]
    history: HistoryOut


class WeekTrialOut(_Answer):
    """What a day's plan would do; differences are planned minus now."""

    tickets: float
    now: PlanFiguresOut
    draft: PlanFiguresOut
    difference: EstimateOut
    queues: list[QueueTrialOut]


class WeekDayOut(_Answer):
    """A day: ``kind`` is common, own or none, and ``reason`` says why nothing is proposed.

    ``conflicts``: the rules that cannot be kept together, where that is why.
    """

    day: date
    kind: str
    reason: str
    conflicts: list[ConflictOut] = Field(default_factory=list)
    base_version: int
    entries: list[PlanEntryOut]
    trial: WeekTrialOut | None


class WeekOut(_Answer):
    """The open days of a week."""

    days: list[WeekDayOut]
    history: HistoryOut


class WeekIn(In):
    """The first of seven days."""

    first_day: date


class AcceptWeekIn(In):
    """The days whose plans shall hold, each as its weekday's own."""

    days: list[date] = Field(min_length=1, max_length=7)


class StudyOut(Out):
    """A study; ``progress`` runs from 0 to 1, ``reason`` says why there is no answer.

    ``conflicts``: the rules that cannot be kept together, where that is why.
    """

    id: UUID
    hall_id: UUID
    kind: str
    status: str
    progress: float
    reason: str
    conflicts: list[ConflictOut]
    asked_at: datetime
    answered_at: datetime | None
    question: dict[str, Any]

    @classmethod
    def of(cls, view: StudyView) -> Self:
        """Return the response for a study; subclasses read the answer of their kind."""
        stored = view.study
        answer = stored.answer if stored.answer and not stored.answer.get("reason") else None
        return cls.model_validate(
            {
                "id": stored.id,
                "hall_id": stored.hall_id,
                "kind": stored.kind.value,
                "status": view.status.value,
                "progress": view.progress,
                "reason": stored.answer.get("reason", ""),
                "conflicts": [] if answer else stored.answer.get("conflicts", []),
                "asked_at": stored.asked_at,
                "answered_at": stored.answered_at,
                "question": {key: value for key, value in stored.question.items() if key != "entries"},
                "answer": answer,
                "decisions": stored.decisions,
            }
        )


class TrialStudyOut(StudyOut):
    """A draft that is, or was, tried."""

    answer: TrialOut | None


class StaffingStudyOut(StudyOut):
    """A staffing question and its answer."""

    answer: StaffingOut | None


class WeekStudyOut(StudyOut):
    """A week that is, or was, planned, and what a person accepted of it."""

    answer: WeekOut | None
    decisions: list[dict[str, Any]]


class StudiesOut(Out):
    """A hall's latest studies of one kind, newest first, without their answers."""

    studies: list[StudyOut]

    @classmethod
    def of(cls, views: list[StudyView]) -> Self:
        """Return the response for several studies."""
        return cls(studies=[StudyOut.of(view) for view in views])
