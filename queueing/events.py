"""What happened in a hall's live day. Boards apply these in ``seq`` order; tickets go by number only."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from kernel.calendar import Span
from kernel.events import Event, EventFrame
from queueing.rules.doors import Doors
from queueing.rules.notices import Notice
from queueing.rules.steady import Band, ShownBand, reason_of
from queueing.rules.waits import WaitRange


class TicketIssued(Event):
    kind: ClassVar[str] = "ticket_issued"
    number: str
    queue_id: UUID


class TicketCalled(Event):
    """A ticket is called to a window; ``was_waiting`` is false when it came out of the parking place.

    ``remote``, here and below: the person is reached from the window, so no screen shows or speaks it.
    """

    kind: ClassVar[str] = "ticket_called"
    number: str
    queue_id: UUID
    window: str
    was_waiting: bool = True
    remote: bool = False


class TicketRecalled(Event):
    kind: ClassVar[str] = "ticket_recalled"
    number: str
    queue_id: UUID
    window: str
    times: int
    remote: bool = False


class TicketStarted(Event):
    kind: ClassVar[str] = "ticket_started"
    number: str
    window: str
    remote: bool = False


class TicketLeftWindow(Event):
    """A window is free again; ``how`` is finished, missed, parked or given_up."""

    kind: ClassVar[str] = "ticket_left_window"
    number: str
    window: str
    how: str


class TicketBackAtWindow(Event):
    """A finish, a miss, a start, a park or a transfer was taken back within its time.

    ``left_queue_id`` is the queue in which a transferred ticket had begun to wait.
    """

    kind: ClassVar[str] = "ticket_back_at_window"
    number: str
    queue_id: UUID
    window: str
    status: str
    left_queue_id: UUID | None = None
    remote: bool = False


class TicketRequeued(Event):
    """A ticket waits (again): reinstated, resumed, transferred or taken back.

    ``from_queue_id`` is set when it was already waiting there; ``window`` when it leaves a window;
    ``for_window`` when one window alone calls it next.
    """

    kind: ClassVar[str] = "ticket_requeued"
    number: str
    queue_id: UUID
    from_queue_id: UUID | None = None
    window: str | None = None
    for_window: str | None = None
    how: str
    remote: bool = False


class TicketMovedBack(Event):
    """A ticket changed its place in its queue: "more time", or that taken back."""

    kind: ClassVar[str] = "ticket_moved_back"
    number: str
    queue_id: UUID


class TicketLeftQueue(Event):
    """A waiting ticket left: given up by the citizen, or closed by the hall at the end of its day."""

    kind: ClassVar[str] = "ticket_left_queue"
    number: str
    queue_id: UUID
    was_waiting: bool
    how: str


class WindowChanged(Event):
    kind: ClassVar[str] = "window_changed"
    window: str
    status: str


class WindowPlanApplied(Event):
    """Another window plan holds from now on; ``serves`` names each window's queues by prefix."""

    kind: ClassVar[str] = "window_plan_applied"
    plan_version: int
    serves: dict[str, list[str]]


class QueueEstimate(BaseModel):
    """The wait of somebody who joins this queue now; None where it is not known well enough to tell.

    ``low``, ``high``, ``since`` and ``reason`` are what people read (``rules.steady``).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    queue_id: UUID
    p10: float | None = None
    p50: float | None = None
    p90: float | None = None
    low: int | None = None
    high: int | None = None
    since: datetime | None = None
    reason: dict[str, Any] | None = None

    @property
    def shown(self) -> ShownBand | None:
        """What people read, or None in events from before it was kept."""
        if self.since is None:
            return None
        band = None if self.low is None or self.high is None else Band(self.low, self.high)
        return ShownBand(band, self.since, reason_of(self.reason or {}))

    @property
    def range(self) -> WaitRange | None:
        """The range, or None where it is withheld."""
        if self.p10 is None or self.p50 is None or self.p90 is None:
            return None
        return WaitRange(self.p10, self.p50, self.p90)


class EstimatesPublished(Event):
    kind: ClassVar[str] = "estimates_published"
    queues: tuple[QueueEstimate, ...]


class AlertRaised(Event):
    """The hall left its forecast; only its manager's page shows what is wrong."""

    kind: ClassVar[str] = "alert_raised"
    alert_id: UUID
    what: str
    subject: str


class AlertCleared(Event):
    kind: ClassVar[str] = "alert_cleared"
    alert_id: UUID
    what: str
    subject: str


class AlertTaken(Event):
    """A manager takes care of an alert."""

    kind: ClassVar[str] = "alert_taken"
    alert_id: UUID


class BoardQueue(BaseModel):
    """A queue as boards name it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    queue_id: UUID
    prefix: str
    name_zh: str
    name_en: str


class HallSetUpChanged(Event):
    """Queues or windows were renamed or added; both lists in the hall's order."""

    kind: ClassVar[str] = "hall_set_up_changed"
    queues: tuple[BoardQueue, ...]
    windows: tuple[str, ...]


class BoardNotice(BaseModel):
    """A notice as boards show it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: UUID
    text_zh: str
    text_en: str
    from_at: datetime
    until_at: datetime

    @classmethod
    def of(cls, notice: Notice) -> Self:
        return cls(
            id=notice.id,
            text_zh=notice.text_zh,
            text_en=notice.text_en,
            from_at=notice.from_at,
            until_at=notice.until_at,
        )

    @property
    def notice(self) -> Notice:
        return Notice(self.id, self.text_zh, self.text_en, self.from_at, self.until_at)


class NoticesChanged(Event):
    """A notice was put up or taken down; all that stand now, those that end first coming first."""

    kind: ClassVar[str] = "notices_changed"
    notices: tuple[BoardNotice, ...]


class AnnouncingChanged(Event):
    """The hall's screens speak or write otherwise from now on (``rules.announcing.Announcing``)."""

    kind: ClassVar[str] = "announcing_changed"
    languages: tuple[str, ...]
    one: str
    digit_share: float


class Opening(BaseModel):
    """An opening of a day as boards carry it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    opens_at: datetime
    closes_at: datetime


class DoorsChanged(Event):
    """The hall opens at other times today, or next (``rules.doors.Doors``)."""

    kind: ClassVar[str] = "doors_changed"
    today: tuple[Opening, ...]
    then_at: datetime | None

    @classmethod
    def of(cls, doors: Doors) -> Self:
        today = [Opening(opens_at=own.opens_at, closes_at=own.closes_at) for own in doors.today]
        return cls(today=tuple(today), then_at=doors.then_at)

    @property
    def doors(self) -> Doors:
        return Doors(tuple(Span(own.opens_at, own.closes_at) for own in self.today), self.then_at)


class ScreenChanged(Event):
    """A lobby screen says something new of its sound (``rules.screens.Sound``), or has ``left``."""

    kind: ClassVar[str] = "screen_changed"
    screen: UUID
    what: str


class StaffNews(Event):
    """Something changed that only the hall's staff read, who look anew; it says nothing of what it is."""

    kind: ClassVar[str] = "staff_news"


EVENTS: dict[str, type[Event]] = {
    event.kind: event
    for event in (
        *(TicketIssued, TicketCalled, TicketRecalled, TicketStarted, TicketLeftWindow),
        *(TicketBackAtWindow, TicketRequeued, TicketMovedBack, TicketLeftQueue),
        *(AlertRaised, AlertCleared, AlertTaken),
        *(WindowChanged, WindowPlanApplied, EstimatesPublished, HallSetUpChanged),
        *(NoticesChanged, ScreenChanged, AnnouncingChanged, DoorsChanged, StaffNews),
    )
}


def event_of(frame: EventFrame) -> Event:
    """Return the event a frame carries; raises KeyError for a kind that is not of this package."""
    return EVENTS[frame.kind].model_validate(frame.payload)
