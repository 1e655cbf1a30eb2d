"""Waits, tickets, windows and the hall's day, as the API answers them."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import Field

from kernel.web.schemas import Out
from queueing.rules.parking import ParkReason
from queueing.rules.steady import Cause, ShownBand
from queueing.rules.waits import WaitRange, told_minutes
from queueing.rules.windows import PauseKind
from queueing.service.boards import HallDay
from queueing.service.desks import DeskView
from queueing.service.views import IssuedTicket, TicketView, WindowView
from queueing.ticket_schemas import PriorityNameOut, ServiceNameOut, ToldOut


class WaitOut(Out):
    """A wait in minutes, and as it is told: both ends on 5 minutes, null above 90."""

    p10: float
    p50: float
    p90: float
    told: tuple[int, int] | None

    @classmethod
    def of(cls, wait: WaitRange | None) -> Self | None:
        if wait is None:
            return None
        return cls(
            p10=round(wait.p10, 1), p50=round(wait.p50, 1), p90=round(wait.p90, 1), told=told_minutes(wait)
        )


class ReasonOut(Out):
    """Why the upper end rose: ``count`` windows or people, ``at`` an instant, where the cause has one."""

    cause: Cause
    count: int
    at: datetime | None


class ShownOut(Out):
    """What people read of a wait: both ends in minutes on 5, null where nothing is told; since when.

    The words stand for a minute, and rise by more than 10 minutes only with a reason.
    """

    low: int | None
    high: int | None
    since: datetime
    reason: ReasonOut | None

    @classmethod
    def of(cls, shown: ShownBand | None) -> Self | None:
        if shown is None:
            return None
        band, reason = shown.band, shown.reason
        return cls(
            low=band.low if band else None,
            high=band.high if band else None,
            since=shown.since,
            reason=ReasonOut.model_validate(reason) if reason else None,
        )


class TicketOut(Out):
    """A ticket for its holder and for staff; no personal data.

    ``services`` is what was asked, ``delivered`` what was done, once it is recorded or finished.
    ``done_before`` and ``still_to_come`` are the other services of its visit, in order. ``goes_on_as``: the
    next one's number, in the answer to finishing this one. ``park_reason`` and ``park_words`` say why it is
    put aside, while it is. ``misses_at``: when it is marked as missed by itself, its calls being used up;
    null otherwise. ``priority_class``: where the hall names its classes. ``came_back``: by a return code.
    ``remote``: the person is reached by telephone or video and is not in the hall.
    ``for_window``: the one window that calls it next, while it waits.
    """

    id: UUID
    label: str
    hall_id: UUID
    queue_id: UUID
    status: str
    services: list[ServiceNameOut]
    delivered: list[ServiceNameOut] = Field(default_factory=list)
    priority: bool
    priority_class: PriorityNameOut | None = None
    came_back: bool = False
    remote: bool = False
    is_appointment: bool
    arrived_at: datetime
    due_at: datetime | None
    called_at: datetime | None
    calls: int
    changed_at: datetime
    window: str | None
    people_ahead: int | None
    wait: WaitOut | None
    shown: ShownOut | None = None
    told: ToldOut
    done_before: list[ServiceNameOut] = Field(default_factory=list)
    still_to_come: list[ServiceNameOut] = Field(default_factory=list)
    goes_on_as: str | None = None
    park_reason: ParkReason | None = None
    park_words: str | None = None
    provisional: bool = False
    misses_at: datetime | None = None
    for_window: str | None = None

    @classmethod
    def of(cls, ticket: TicketView) -> Self:
        return cls(
            id=ticket.id,
            label=ticket.label,
            hall_id=ticket.hall_id,
            queue_id=ticket.queue_id,
            status=ticket.status,
            services=[ServiceNameOut.model_validate(ticket.service)],
            delivered=[ServiceNameOut.model_validate(own) for own in ticket.delivered],
            priority=ticket.priority,
            priority_class=PriorityNameOut.model_validate(own) if (own := ticket.priority_class) else None,
            came_back=ticket.came_back,
            remote=ticket.remote,
            is_appointment=ticket.due_at is not None,
            arrived_at=ticket.arrived_at,
            due_at=ticket.due_at,
            called_at=ticket.called_at,
            calls=ticket.calls,
            changed_at=ticket.changed_at,
            window=ticket.window,
            people_ahead=ticket.people_ahead,
            wait=WaitOut.of(ticket.wait),
            shown=ShownOut.of(ticket.shown),
            told=ToldOut.model_validate(ticket.told),
            done_before=[ServiceNameOut.model_validate(own) for own in ticket.before],
            still_to_come=[ServiceNameOut.model_validate(own) for own in ticket.after],
            goes_on_as=ticket.goes_on_as,
            park_reason=ticket.park_reason,
            park_words=ticket.park_words,
            provisional=ticket.provisional,
            misses_at=ticket.misses_at,
            for_window=ticket.for_window,
        )


class IssuedTicketOut(Out):
    """A new ticket and the token that only its holder gets; ``link`` is the page that follows it."""

    ticket: TicketOut
    token: str
    link: str

    @classmethod
    def of(cls, issued: IssuedTicket) -> Self:
        return cls(ticket=TicketOut.of(issued.ticket), token=issued.token, link=f"/t/{issued.token}")


class WindowOut(Out):
    """A window as its clerk sees it; why and since when it pauses, null while it does not."""

    id: UUID
    hall_id: UUID
    label: str
    name_zh: str
    name_en: str
    status: str
    clerk_id: UUID | None
    ticket: TicketOut | None
    since: datetime | None
    serves: list[str]
    pause_kind: PauseKind | None = None
    paused_at: datetime | None = None

    @classmethod
    def of(cls, window: WindowView) -> Self:
        return cls(
            id=window.id,
            hall_id=window.hall_id,
            label=window.label,
            name_zh=window.name_zh,
            name_en=window.name_en,
            status=window.status,
            clerk_id=window.clerk_id,
            ticket=TicketOut.of(window.ticket) if window.ticket else None,
            since=window.since,
            serves=list(window.serves),
            pause_kind=window.pause_kind,
            paused_at=window.paused_at,
        )


class WindowsOut(Out):
    windows: list[WindowOut]


class DeskOut(Out):
    """A clerk's desk; ``waiting`` in call order."""

    window: WindowOut
    waiting: list[TicketOut]
    missed: list[TicketOut]
    parked: list[TicketOut]
    made_at: datetime

    @classmethod
    def of(cls, desk: DeskView) -> Self:
        return cls(
            window=WindowOut.of(desk.window),
            waiting=[TicketOut.of(ticket) for ticket in desk.waiting],
            missed=[TicketOut.of(ticket) for ticket in desk.missed],
            parked=[TicketOut.of(ticket) for ticket in desk.parked],
            made_at=desk.made_at,
        )


class QueueLineOut(Out):
    queue_id: UUID
    prefix: str
    name_zh: str
    name_en: str
    waiting: int
    wait: WaitOut | None
    shown: ShownOut | None = None
    longest_wait_minutes: float | None = None


class WindowDayOut(Out):
    """A window of a day; ``left_open``: open in the name of somebody who is signed in nowhere."""

    window: WindowOut
    clerk_name: str | None
    left_open: bool = False


class HallDayOut(Out):
    """A hall's live day for its manager; ``by_phone``: how many took their number with their own phone."""

    hall_id: UUID
    queues: list[QueueLineOut]
    windows: list[WindowDayOut]
    plan_version: int
    by_phone: int
    made_at: datetime

    @classmethod
    def of(cls, day: HallDay) -> Self:
        return cls(
            hall_id=day.hall_id,
            queues=[
                QueueLineOut(
                    queue_id=queue.line.queue_id,
                    prefix=queue.line.prefix,
                    name_zh=queue.line.name_zh,
                    name_en=queue.line.name_en,
                    waiting=queue.line.waiting,
                    wait=WaitOut.of(queue.line.wait),
                    longest_wait_minutes=queue.longest_wait_minutes,
                )
                for queue in day.queues
            ],
            windows=[
                WindowDayOut(
                    window=WindowOut.of(own.window), clerk_name=own.clerk_name, left_open=own.left_open
                )
                for own in day.windows
            ],
            plan_version=day.plan_version,
            by_phone=day.by_phone,
            made_at=day.made_at,
        )
