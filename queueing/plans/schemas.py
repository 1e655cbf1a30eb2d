"""Proposals as the API sends them. Minutes are numbers; differences are planned minus now."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from kernel.days import Day, Instant
from kernel.web.schemas import In, Out

if TYPE_CHECKING:
    from queueing.plans.views import ProposalView

Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class ProposalIn(In):
    """The day to plan for.

    ``spare_every_queue``: no queue may come to wait clearly longer. Otherwise one may for the good of the
    others, while it waits at most half of what the hall as a whole waits now.
    """

    for_day: Day
    spare_every_queue: bool = False


class ReplanIn(In):
    """From which local minute of today the plan may change; now if not given."""

    from_minute: int | None = Field(default=None, ge=0, lt=1440)


class AcceptIn(In):
    """From when on the plan shall hold, at once if nothing is given.

    ``from_minute``: a local minute, for the rest of today. ``applies_at``: an instant, for other plans.
    """

    from_minute: int | None = Field(default=None, ge=0, lt=1440)
    applies_at: Instant | None = None


class DeclineIn(In):
    """Why a proposal is declined."""

    reason: Reason


class WaitsOut(Out):
    """Waits on the judged days; ``over_target`` is the share of citizens who waited over 20 minutes."""

    mean: float
    p90: float
    over_target: float
    tail: float


class DifferenceOut(Out):
    """Difference of the mean waits with its 95 % interval over days."""

    mean: float
    low: float
    high: float


class QueueEffectOut(Out):
    """One queue; ``verdict`` is gains, loses or same."""

    prefix: str
    tickets: int
    now_mean: float
    planned_mean: float
    now_p90: float
    planned_p90: float
    verdict: str


class StressOut(Out):
    """Mean waits if demand were ``demand`` times what it was."""

    demand: float
    now_mean: float
    planned_mean: float


class BlockOut(Out):
    """A stretch of the day, in local minutes."""

    from_minute: int
    to_minute: int


class CellOut(Out):
    """What a window lists in a block, by prefix; both empty when it is closed."""

    primary: list[str]
    helping: list[str]


class WindowEffectOut(Out):
    """A window's day now and as planned, one cell per block; ``clerk_id`` where skills decide the seat."""

    label: str
    clerk_id: UUID | None = None
    changed: bool
    now: list[CellOut]
    planned: list[CellOut]


class ConflictOut(Out):
    """A rule that cannot be kept together with the others; ``subject`` is a window or queue, or empty."""

    rule: str
    subject: str


class DayLeftOut(Out):
    day: date
    reason: str


class HistoryOut(Out):
    """What was used of the ticket history, and what was left out and why."""

    days_used: int
    tickets_used: int
    rows_left_out: dict[str, int]
    days_left_out: list[DayLeftOut]


class QueueMeasuredOut(Out):
    """One queue on the days since: both plans as simulated on them, and what was observed; minutes."""

    prefix: str
    tickets: int
    before_mean: float
    planned_mean: float
    observed_mean: float
    observed_p90: float


class MeasuredOut(Out):
    """How an accepted proposal keeps its promise.

    ``verdict``: kept, not_kept, not_seen (played it gains, but what people really waited lies nearer to
    the plan before), too_early, not_comparable (another plan held), one_day. ``difference``: the accepted
    plan minus the one before, both played on the days that really came.
    """

    model_config = ConfigDict(extra="ignore")

    verdict: str
    final: bool = False
    days: list[date] = Field(default_factory=list)
    tickets: int = 0
    difference: DifferenceOut | None = None
    before: WaitsOut | None = None
    planned: WaitsOut | None = None
    days_better: int = 0
    observed_mean: float | None = None
    observed_p90: float | None = None
    queues: list[QueueMeasuredOut] = Field(default_factory=list)
    measured_at: datetime | None = None


class EffectOut(Out):
    """The simulated effect; fields are missing where nothing could be computed.

    ``reason`` says why a plan is not offered: as_it_is, interval_includes_zero, gain_too_small,
    queue_worse, history_too_short, rules_conflict. ``changes`` counts windows, cells (window and
    block) and list changes during the day. ``weighted`` is the difference with queues' urgency counted,
    by which the plan is offered or not; missing where no queue is more urgent than another.
    """

    model_config = ConfigDict(extra="ignore")

    reason: str = ""
    conflicts: list[ConflictOut] = Field(default_factory=list)
    judged_days: list[date] = Field(default_factory=list)
    tickets: int = 0
    now: WaitsOut | None = None
    planned: WaitsOut | None = None
    difference: DifferenceOut | None = None
    weighted: DifferenceOut | None = None
    days_better: int = 0
    queues: list[QueueEffectOut] = Field(default_factory=list)
    stress: list[StressOut] = Field(default_factory=list)
    changes: dict[str, int] = Field(default_factory=dict)
    blocks: list[BlockOut] = Field(default_factory=list)
    windows: list[WindowEffectOut] = Field(default_factory=list)
    history: HistoryOut | None = None
    evaluations: int = 0
    stopped_by_time: bool = False
    stopped_by_hand: bool = False
    seed: int = 0
    notes: list[str] = Field(default_factory=list)
    futures: int = 0
    until_minute: int | None = None
    seconds: float | None = None
    measured: MeasuredOut | None = None
    made_at: datetime | None = None
    applied_version: int | None = None
    applies_at: datetime | None = None


class SoFarOut(Out):
    """Mean wait plus a quarter of the longest tenth's, in minutes, on the days searched on."""

    now: float
    best: float


class ProposalOut(Out):
    """A proposal; ``progress`` runs from 0 to 1 while it is computed, ``decline_reason`` may be empty.

    ``so_far`` is what the search has found by now, ``stopping`` whether it was asked to end with that.
    ``overtaken``: it can be accepted no more, since the plan that it was made on was replaced;
    ``rules_changed``: since the hall has other rules by now than it keeps. ``weekdays`` (0 = Monday) are
    those on which it would hold once accepted: all that have the plan that it was made on.
    """

    id: UUID
    hall_id: UUID
    for_day: date
    kind: str
    status: str
    progress: float
    so_far: SoFarOut | None
    stopping: bool
    overtaken: bool
    rules_changed: bool
    weekdays: list[int]
    base_version: int
    created_at: datetime
    decided_at: datetime | None
    decline_reason: str
    effect: EffectOut | None

    @classmethod
    def of(cls, view: ProposalView) -> Self:
        """Return the response for a proposal."""
        stored = view.proposal
        return cls(
            id=stored.id,
            hall_id=stored.hall_id,
            for_day=stored.for_day,
            kind=stored.kind,
            status=view.status.value,
            progress=view.progress,
            so_far=SoFarOut.model_validate(view.so_far) if view.so_far else None,
            stopping=view.stopping,
            overtaken=view.overtaken,
            rules_changed=view.rules_changed,
            weekdays=list(view.weekdays),
            base_version=stored.base_version,
            created_at=stored.created_at,
            decided_at=stored.decided_at,
            decline_reason=stored.reason,
            effect=EffectOut.model_validate(stored.effect) if stored.effect else None,
        )


class ProposalsOut(Out):
    """A hall's proposals, newest first."""

    proposals: list[ProposalOut]

    @classmethod
    def of(cls, views: list[ProposalView]) -> Self:
        """Return the response for several proposals."""
        return cls(proposals=[ProposalOut.of(view) for view in views])
