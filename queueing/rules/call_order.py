"""The one call order. Live halls, wait prediction, what-if and simulation all decide by this module.

Each waiting ticket has one number, its *effective arrival*, fixed when it joins. The earliest is
called first among the queues that a window serves, primary queues before helping ones; a helping
ticket that has waited past the hall's help limit ranks as primary.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TicketT = TypeVar("TicketT")


@dataclass(frozen=True, slots=True)
class CallPolicy:
    """What a hall may set about its call order; all are durations.

    ``appointment_credit``: how much earlier than its slot a punctual appointment counts.
    ``priority_credit``: taken off for the legal priority groups.
    ``return_credit``: taken off for whoever comes back with papers that were missing.
    ``grace``: how late after slot start a check-in is still punctual.
    ``help_limit``: a helping ticket that has waited this long ranks as primary.
    """

    appointment_credit: timedelta = timedelta(minutes=10)
    priority_credit: timedelta = timedelta(minutes=15)
    return_credit: timedelta = timedelta(minutes=20)
    grace: timedelta = timedelta(minutes=10)
    help_limit: timedelta = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Arrival:
    """The facts that fix a ticket's place: ``due_at`` and ``booked_at`` are set for appointments.

    ``priority_credit``: that of the hall's class, in place of the policy's.
    """

    arrived_at: datetime
    due_at: datetime | None = None
    booked_at: datetime | None = None
    priority: bool = False
    comes_back: bool = False
    priority_credit: timedelta | None = None


@dataclass(frozen=True, slots=True)
class QueueHead(Generic[TicketT]):
    """The first waiting ticket of one queue, as a window sees it.

    ``number`` breaks ties inside an instant; ``queue_rank`` (the queue's position in the hall) breaks
    ties between queues, so the order is the same on every machine and in the compiled engine.
    """

    ticket: TicketT
    effective_at: datetime
    helping: bool
    queue_rank: int
    number: int


def effective_arrival(arrival: Arrival, policy: CallPolicy) -> datetime:
    """Return the instant by which a ticket is ordered; the smallest is called first.

    A walk-in counts from when it came. An appointment counts from its slot start minus
    ``policy.appointment_credit`` (never before the moment it was booked) if it checked in by slot
    start plus ``policy.grace``, however early; else from its check-in. Legal priority takes
    ``policy.priority_credit`` off, or its class's; coming back with papers ``policy.return_credit``.
    Nobody is overtaken inside a queue by anyone whose arrival or slot lies more than the credits later,
    so nobody starves.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> effective_arrival(Arrival(noon), CallPolicy()) == noon
    True
    """
    instant = arrival.arrived_at
    if arrival.due_at is not None and not came_late(arrival.arrived_at, arrival.due_at, policy):
        instant = arrival.due_at - policy.appointment_credit
        if arrival.booked_at is not None:
            instant = max(instant, arrival.booked_at)
    if arrival.priority:
        credit = arrival.priority_credit
        instant -= policy.priority_credit if credit is None else credit
    if arrival.comes_back:
        instant -= policy.return_credit
    return instant


def came_late(arrived_at: datetime, due_at: datetime, policy: CallPolicy) -> bool:
    """Return whether an appointment counts from its check-in and no more from its time."""
    return arrived_at > due_at + policy.grace


def ranks_as_primary(head: QueueHead[TicketT], *, now: datetime, policy: CallPolicy) -> bool:
    """Return whether a head ranks with the window's own queues: it is one, or it has waited too long."""
    return not head.helping or now - head.effective_at > policy.help_limit


def turn(head: QueueHead[TicketT], *, now: datetime, policy: CallPolicy) -> tuple[bool, datetime, int, int]:
    """Return the key by which a window calls: the smallest first."""
    helps = not ranks_as_primary(head, now=now, policy=policy)
    return helps, head.effective_at, head.queue_rank, head.number


def choose_next(
    heads: Iterable[QueueHead[TicketT]], *, now: datetime, policy: CallPolicy
) -> QueueHead[TicketT] | None:
    """Return the head that a free window calls, or None when nobody waits.

    ``heads`` holds at most one entry a queue, the earliest by (effective_at, number); that suffices
    because the order inside a queue is the same order.
    """
    return min(heads, key=lambda head: turn(head, now=now, policy=policy), default=None)


def behind_follower(effective_ats: Sequence[datetime], *, places: int, own: datetime) -> datetime:
    """Return the instant just after the ``places``-th follower: the new place of a ticket moved back.

    ``effective_ats`` are those of the tickets behind it, in call order. With fewer followers the
    ticket goes behind the last; with none it stays where it is.
    """
    if not effective_ats or places <= 0:
        return own
    follower = effective_ats[min(places, len(effective_ats)) - 1]
    return max(own, follower + timedelta(microseconds=1))
