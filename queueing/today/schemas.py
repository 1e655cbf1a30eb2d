"""The manager's today as the API sends it. Rows of numbers run over ``quarters`` (local minutes)."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

from pydantic import StringConstraints

from kernel.web.schemas import In, Out
from queueing.rules.drain import QUARTER_MINUTES
from queueing.rules.gaps import Hint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernel.ids import QueueId
    from queueing.today.capacity import Advice
    from queueing.today.service import HallToday
    from queueing.today.store import Alert

Done = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]


class AcknowledgeIn(In):
    """What was done about an alert, in a few words; may be empty."""

    done: Done = ""


class AlertOut(Out):
    """``kind``: more_arrivals, fewer_arrivals, long_wait, window_missing; ``subject`` a prefix or window."""

    id: UUID
    kind: str
    subject: str
    facts: dict[str, float]
    raised_at: datetime
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    done: str

    @classmethod
    def of(cls, alert: Alert) -> Self:
        """Return the response for an alert."""
        return cls(
            id=alert.id, kind=alert.kind.value, subject=alert.subject, facts=dict(alert.facts),
            raised_at=alert.raised_at, cleared_at=alert.cleared_at, acknowledged_at=alert.acknowledged_at,
            acknowledged_by=alert.acknowledged_name, done=alert.done,
        )  # fmt: skip


class CountOut(Out):
    """A count to come; eight in ten lie from ``low`` to ``high``."""

    mean: float
    low: int
    high: int


class SeriesOut(Out):
    """A queue's day, or the hall's (``queue_id`` null), one value a quarter hour.

    ``came`` is null from now on; ``mean``, ``low``, ``high``: as forecast on the morning for what is
    past, and as known now for what comes. ``capacity``: people that the plan can serve. ``ratio``:
    today's walk-ins against the morning's forecast, as far as that is credible.
    """

    queue_id: UUID | None
    prefix: str
    name_zh: str
    name_en: str
    known: bool
    came: list[int | None]
    mean: list[float]
    low: list[int]
    high: list[int]
    capacity: list[float]
    ratio: float
    came_total: int
    expected_so_far: float
    rest: CountOut


class HintOut(Out):
    """``kind``: open a window, or let one that lists other queues help."""

    kind: str
    window: str
    lists: list[str]


class GapOut(Out):
    """So many windows are lacking for a queue between two local minutes.

    ``lacking`` is the same before it was rounded; summed over queues it says what the hall lacks.
    """

    prefix: str
    from_minute: int
    to_minute: int
    windows: int
    lacking: float
    hints: list[HintOut]


class TodayOut(Out):
    """A hall's today; without opening hours ``quarters`` is empty."""

    hall_id: UUID
    day: date
    made_at: datetime
    minute: float
    target_minutes: float
    quarters: list[int]
    series: list[SeriesOut]
    gaps: list[GapOut]
    alerts: list[AlertOut]

    @classmethod
    def of(cls, today: HallToday) -> Self:
        """Return the response for a hall's today: the hall's series first, then its queues'."""
        opened = [number for number, share in enumerate(today.forecast.open_share) if share > 0]
        quarters = list(range(opened[0], opened[-1] + 1)) if opened else []
        prefixes = {queue.id: queue.prefix for queue in today.queues}
        everything = [queue.id for queue in today.queues]
        own = [_series(today, [queue.id], quarters, queue.prefix, queue.name_zh, queue.name_en)
               for queue in today.queues]  # fmt: skip
        return cls(
            hall_id=today.hall.id,
            day=today.forecast.day,
            made_at=today.forecast.made_at,
            minute=round(today.minute, 2),
            target_minutes=today.policy.wait_target.total_seconds() / 60,
            quarters=[quarter * QUARTER_MINUTES for quarter in quarters],
            series=[_series(today, everything, quarters, "", "", ""), *own],
            gaps=[_gap(one, prefixes) for one in today.advice],
            alerts=[AlertOut.of(alert) for alert in today.alerts],
        )


def _series(
    today: HallToday,
    keys: Sequence[QueueId],
    quarters: Sequence[int],
    prefix: str,
    name_zh: str,
    name_en: str,
) -> SeriesOut:
    forecast, now = today.forecast, int(today.minute // QUARTER_MINUTES)
    known = [key for key in keys if key in forecast.demand.queues]
    ranges = [
        forecast.demand.range_before(known, [quarter]) if quarter < now
        else forecast.demand.range_of(known, [quarter])
        for quarter in quarters
    ]  # fmt: skip
    came = [sum(forecast.came[key][quarter] for key in keys if key in forecast.came) for quarter in quarters]
    people = [sum(today.capacity.people[key][quarter] for key in keys) for quarter in quarters]
    expected, _ = forecast.demand.until_now(known)
    rest = forecast.demand.range_of(known, [quarter for quarter in quarters if quarter > now])
    return SeriesOut(
        queue_id=keys[0] if prefix else None,
        prefix=prefix,
        name_zh=name_zh,
        name_en=name_en,
        known=bool(known),
        came=[count if quarter <= now else None for quarter, count in zip(quarters, came, strict=True)],
        mean=[round(own.mean, 2) for own in ranges],
        low=[own.low for own in ranges],
        high=[own.high for own in ranges],
        capacity=[round(value, 2) for value in people],
        ratio=round(_ratio(today, known), 3),
        came_total=sum(sum(forecast.came[key]) for key in keys if key in forecast.came),
        expected_so_far=round(expected, 1),
        rest=CountOut(mean=round(rest.mean, 1), low=rest.low, high=rest.high),
    )


def _ratio(today: HallToday, keys: Sequence[QueueId]) -> float:
    queues = [today.forecast.demand.queues[key] for key in keys]
    before = sum(sum(queue.walk_ins_before) for queue in queues)
    return sum(sum(queue.walk_ins) for queue in queues) / before if before > 0 else 1.0


def _gap(one: Advice, prefixes: dict[QueueId, str]) -> GapOut:
    gap = one.gap
    return GapOut(
        prefix=prefixes[gap.queue],
        from_minute=gap.from_quarter * QUARTER_MINUTES,
        to_minute=gap.to_quarter * QUARTER_MINUTES,
        windows=gap.windows,
        lacking=round(gap.lacking, 2),
        hints=[_hint(hint, prefixes) for hint in one.hints],
    )


def _hint(hint: Hint[QueueId], prefixes: dict[QueueId, str]) -> HintOut:
    lists = sorted(prefixes[key] for key in hint.lists if key in prefixes)
    return HintOut(kind=hint.kind, window=hint.window, lists=lists)
