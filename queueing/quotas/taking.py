"""A walk-in's numbers are taken of a hall's quotas, under the hall's lock, or given back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel import catalogue
from queueing.quotas import store
from queueing.quotas.errors import QuotaUsedUp
from queueing.rules.quotas import Wanted, no_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.events import LockedHall
    from kernel.ids import HallId, ServiceId


def take_numbers(session: Session, hall: LockedHall, wanted: Sequence[Wanted]) -> None:
    """Take a visit's numbers of every quota that concerns it, or none; raises ``QuotaUsedUp``.

    The caller holds the hall's lock and has ticked its clock.
    """
    quotas = [own for own in store.quotas_in(session, hall.hall_id) if own.count(wanted)]
    if not quotas:
        return
    now, calendar = hall.ticked_at, catalogue.calendar(session, hall.hall_id)
    day, minute = calendar.local_day(now), calendar.minute_of_day(now)
    weekday = calendar.counts_as(day)
    for own in quotas:
        if own.covers(minute) and not store.take(session, own, day, own.count(wanted), weekday=weekday):
            raise _used_up(session, hall, wanted, calendar)


def _used_up(
    session: Session, hall: LockedHall, wanted: Sequence[Wanted], calendar: OpeningCalendar
) -> QuotaUsedUp:
    now = hall.ticked_at
    today = calendar.local_day(now)
    states = store.states_in(session, hall.hall_id, today)
    why = no_numbers(states, wanted, at=now, today=today, calendar=calendar)
    again_at = why.again_at if why else None
    most = why.by.most_on(calendar.counts_as(today)) if why else 0
    return QuotaUsedUp(again_at=again_at, today=bool(why and why.later_today), most=most)


def count_given(
    session: Session, hall_id: HallId, service_ids: Sequence[ServiceId], *, arrived_at: datetime, by: int = 1
) -> None:
    """Count a visit that got its numbers without asking, or with ``by`` -1 gave them back unserved."""
    quotas = store.quotas_in(session, hall_id)
    if not quotas:
        return
    queue_of = store.queues_of(session, hall_id, service_ids)
    wanted = [Wanted(own, queue_of[own]) for own in service_ids if own in queue_of]
    calendar = catalogue.calendar(session, hall_id)
    day, minute = calendar.local_day(arrived_at), calendar.minute_of_day(arrived_at)
    for own in quotas:
        if own.covers(minute) and own.count(wanted):
            store.count(session, own, day, by * own.count(wanted))
