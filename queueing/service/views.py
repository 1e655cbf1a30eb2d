"""What the use cases of the live day hand out: frozen values, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel import catalogue
from queueing import estimate, store, trust
from queueing.errors import QueueNotFound
from queueing.priority.store import named
from queueing.rules.delivered import read
from queueing.rules.missing import may_miss_by_itself, misses_at
from queueing.rules.parking import ParkReason
from queueing.rules.provisional import is_provisional
from queueing.rules.steady import band_of
from queueing.rules.tickets import TicketStatus
from queueing.rules.waits import WaitRange

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from kernel.catalogue import HallQueue
    from kernel.ids import HallId, QueueId, StaffId, TicketId, WindowId
    from queueing.rules.priority import PriorityClass, PriorityWish
    from queueing.rules.steady import Band, ShownBand
    from queueing.rules.windows import PauseKind, WindowStatus


@dataclass(frozen=True, slots=True)
class ServiceName:
    """A service as it is named on a ticket."""

    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the person was told when the ticket was issued."""

    people_ahead: int | None
    p10: float | None
    p50: float | None
    p90: float | None

    @property
    def band(self) -> Band | None:
        """The range as it was read; None where nothing was told."""
        if self.p10 is None or self.p50 is None or self.p90 is None:
            return None
        return band_of(WaitRange(self.p10, self.p50, self.p90), self.people_ahead)


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket as its holder and the clerk see it; ``people_ahead`` and ``wait`` while it waits.

    ``service`` is what it is for; ``before`` and ``after`` are the visit's other services, each with a ticket
    of its own. ``shown`` is what its holder reads (``rules.steady``), where somebody follows the ticket;
    ``shown_is_new``: it has to be kept (``queueing.following``). ``remote``: the person is reached from the
    window and is not in the hall.
    """

    id: TicketId
    label: str
    hall_id: HallId
    queue_id: QueueId
    status: TicketStatus
    service: ServiceName
    priority: bool
    priority_class: PriorityClass | None
    came_back: bool
    remote: bool
    arrived_at: datetime
    due_at: datetime | None
    effective_at: datetime
    called_at: datetime | None
    calls: int
    changed_at: datetime
    window: str | None
    people_ahead: int | None
    wait: WaitRange | None
    told: Told
    moved_back: bool = False
    """By "more time", and nothing has moved it since."""
    provisional: bool = False
    """Printed by a kiosk without its server."""
    delivered: tuple[ServiceName, ...] = ()
    """The services that were done, once recorded or finished; the one in place of what was asked first."""
    for_window: str | None = None
    """The one window that calls it next, while it waits."""
    misses_at: datetime | None = None
    """When the program marks it as missed, unless somebody comes or the clerk holds it."""
    shown: ShownBand | None = None
    shown_is_new: bool = False
    before: tuple[ServiceName, ...] = ()
    after: tuple[ServiceName, ...] = ()
    park_reason: ParkReason | None = None
    park_words: str | None = None
    goes_on_as: str | None = None
    """The number of the next service's ticket, where finishing this one has just issued it."""

    @property
    def priority_wish(self) -> PriorityWish:
        """What was asked for when it was taken: no priority, priority, or a class of it."""
        return self.priority if self.priority_class is None else self.priority_class.id

    @property
    def visit(self) -> tuple[ServiceName, ...]:
        """All services of the visit, in the order in which they are done."""
        return (*self.before, self.service, *self.after)


@dataclass(frozen=True, slots=True)
class IssuedTicket:
    """A new ticket with the capability token that only its holder gets."""

    ticket: TicketView
    token: str


@dataclass(frozen=True, slots=True)
class WindowView:
    """A window as its clerk and the manager see it."""

    id: WindowId
    hall_id: HallId
    label: str
    name_zh: str
    name_en: str
    status: WindowStatus
    clerk_id: StaffId | None
    ticket: TicketView | None
    since: datetime | None
    serves: tuple[str, ...]
    pause_kind: PauseKind | None = None
    paused_at: datetime | None = None


def view(session: Session, own: store.Ticket, *, now: datetime) -> TicketView:
    """Return one ticket with its place and its expected wait."""
    queue = queue_of(session, own.hall_id, own.queue_id)
    ahead, wait = None, None
    if own.status is TicketStatus.WAITING:
        ahead = store.ahead_of(session, own)
        if not trust.withheld_of(session, [own.queue_id]):
            wait = estimate.estimate_for_ticket(session, queue, ahead=ahead, now=now)
    return _view(session, own, ahead, wait)


def views(session: Session, tickets: Sequence[store.Ticket]) -> list[TicketView]:
    """Return several tickets for a list; their place is their place in it."""
    names = store.services_around(session, [own.leg_id for own in tickets])
    labels = _window_labels(session, tickets)
    done, missed = _delivered(session, tickets), _misses_at(session, tickets)
    classes = _classes(session, tickets)
    return [
        _plain(
            *(own, names[own.leg_id], labels.get(own.window_id)),
            done=done.get(own.id, ()),
            misses_at=missed.get(own.id),
            for_window=labels.get(own.for_window_id),
            own_class=classes.get(own.priority_class_id),
        )
        for own in tickets
    ]


def _view(session: Session, own: store.Ticket, ahead: int | None, wait: WaitRange | None) -> TicketView:
    names = store.services_around(session, [own.leg_id])
    labels = _window_labels(session, [own])
    label = labels.get(own.window_id)
    done = _delivered(session, [own]).get(own.id, ())
    missed = _misses_at(session, [own]).get(own.id)
    return _plain(
        own,
        names[own.leg_id],
        label,
        ahead,
        wait,
        done=done,
        misses_at=missed,
        for_window=labels.get(own.for_window_id),
        own_class=_classes(session, [own]).get(own.priority_class_id),
    )


def _classes(session: Session, tickets: Sequence[store.Ticket]) -> dict[UUID | None, PriorityClass]:
    found = named(session, {own.priority_class_id for own in tickets if own.priority_class_id})
    return dict(found.items())


def _misses_at(session: Session, tickets: Sequence[store.Ticket]) -> dict[TicketId, datetime | None]:
    """Return when those of these tickets are marked as missed whose calls are used up."""
    called = [own for own in tickets if may_miss_by_itself(own)]
    after = {hall: store.policy(session, hall).miss_after for hall in {own.hall_id for own in called}}
    return {own.id: misses_at(own, after[own.hall_id]) for own in called}


def _delivered(session: Session, tickets: Sequence[store.Ticket]) -> dict[TicketId, tuple[ServiceName, ...]]:
    done = {own.id: (own.delivered_id, *read(own.done_as_well)) for own in tickets if own.delivered_id}
    names = store.names_of_services(session, [each for ids in done.values() for each in ids])
    return {own: tuple(ServiceName(*names[each]) for each in ids) for own, ids in done.items()}


def _window_labels(session: Session, tickets: Sequence[store.Ticket]) -> dict[WindowId | None, str]:
    halls = {own.hall_id for own in tickets if own.window_id is not None or own.for_window_id is not None}
    return {window.id: window.label for hall_id in halls for window in store.windows_of(session, hall_id)}


def _plain(
    own: store.Ticket,
    around: store.VisitServices,
    window: str | None,
    ahead: int | None = None,
    wait: WaitRange | None = None,
    *,
    done: tuple[ServiceName, ...] = (),
    misses_at: datetime | None = None,
    for_window: str | None = None,
    own_class: PriorityClass | None = None,
) -> TicketView:
    visit = [ServiceName(*names) for names in around.names]
    return TicketView(
        id=own.id,
        label=own.label,
        hall_id=own.hall_id,
        queue_id=own.queue_id,
        status=own.status,
        service=visit[around.at],
        priority=own.priority,
        priority_class=own_class,
        came_back=own.came_back,
        remote=own.remote,
        arrived_at=own.arrived_at,
        due_at=own.due_at,
        effective_at=own.effective_at,
        called_at=own.called_at,
        calls=own.calls,
        changed_at=own.changed_at,
        window=window,
        people_ahead=ahead,
        wait=wait,
        told=_told(own),
        moved_back=own.effective_before is not None,
        provisional=is_provisional(own.number),
        park_reason=ParkReason(own.park_reason) if own.park_reason else None,
        park_words=own.park_words,
        before=tuple(visit[: around.at]),
        after=tuple(visit[around.at + 1 :]),
        delivered=done,
        misses_at=misses_at,
        for_window=for_window,
    )


def _told(own: store.Ticket) -> Told:
    """Return what the person was told; a band that was withheld was not."""
    if own.band_withheld:
        return Told(own.told_ahead, None, None, None)
    return Told(own.told_ahead, own.told_p10, own.told_p50, own.told_p90)


def queue_of(session: Session, hall_id: HallId, queue_id: QueueId) -> HallQueue:
    """Return a queue of this hall; raises ``QueueNotFound``."""
    for queue in catalogue.queues(session, hall_id):
        if queue.id == queue_id:
            return queue
    raise QueueNotFound(queue=queue_id)
