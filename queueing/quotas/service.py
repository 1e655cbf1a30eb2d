"""Ticket quotas: what a hall's have left, and how its manager sets them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.audit import note
from kernel.events import lock_hall
from kernel.reach import hall_to_look_into
from queueing.errors import QueueNotFound
from queueing.quotas import store
from queueing.quotas.errors import (
    QuotaChangedMeanwhile,
    QuotaClashes,
    QuotaInvalid,
    TooManyQuotas,
)
from queueing.rules import quotas as rules
from queueing.rules.quotas import Quota, QuotaNow, Wanted, no_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from typing import Any
    from uuid import UUID

    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.catalogue import Hall, HallQueue, Service
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import HallId, QueueId, ServiceId
    from queueing.quotas.store import KeptQuota
    from queueing.rules.quotas import NoNumbers


@dataclass(frozen=True, slots=True)
class NumbersNow:
    """What a hall's quotas have left now; asked before a number is wanted, so the next second may differ."""

    states: tuple[QuotaNow, ...]
    queue_of: dict[ServiceId, QueueId]
    calendar: OpeningCalendar
    now: datetime

    def for_services(self, service_ids: Sequence[ServiceId]) -> NoNumbers | None:
        """Return why a visit with these services gets no number now, or None."""
        wanted = [Wanted(own, self.queue_of[own]) for own in service_ids if own in self.queue_of]
        return self._asked(wanted)

    def for_queue(self, queue_id: QueueId) -> NoNumbers | None:
        """Return why nobody gets a number of a queue now, or None where some of its services have one."""
        of_queue = [own for own in self.states if own.quota.queue_id == queue_id]
        if not of_queue:
            return None
        some = next((own for own, its in self.queue_of.items() if its == queue_id), None)
        return None if some is None else replace(self, states=tuple(of_queue)).for_services([some])

    def _asked(self, wanted: Sequence[Wanted]) -> NoNumbers | None:
        if not self.states:
            return None
        today = self.calendar.local_day(self.now)
        return no_numbers(self.states, wanted, at=self.now, today=today, calendar=self.calendar)


@dataclass(frozen=True, slots=True)
class HallQuotas:
    """A hall's quotas with what they are for; ``weekday``: what today counts as, 0 for Monday."""

    hall: Hall
    quotas: tuple[KeptQuota, ...]
    queues: tuple[HallQueue, ...]
    services: tuple[Service, ...]
    weekday: int

    def left(self, own: KeptQuota) -> int:
        """Return how many numbers of a quota are left today."""
        return own.now.left(self.weekday)

    def subject(self, own: Quota) -> HallQueue | Service | None:
        """Return the queue or service of a quota; None for a service that is not offered any more."""
        if own.queue_id is not None:
            return next((each for each in self.queues if each.id == own.queue_id), None)
        return next((each for each in self.services if each.id == own.service_id), None)


def numbers_now(session: Session, hall_id: HallId, *, now: datetime) -> NumbersNow:
    """Return what a hall's quotas have left; two statements where it has none."""
    calendar = catalogue.calendar(session, hall_id)
    states = tuple(store.states_in(session, hall_id, calendar.local_day(now)))
    queue_of = {}
    if states:
        offers = catalogue.offers_in(session, hall_id)
        queue_of = {own.service_id: own.queue_id for own in offers if own.queue_id is not None}
    return NumbersNow(states, queue_of, calendar, now)


def numbers_everywhere(session: Session, days: Mapping[HallId, date]) -> dict[HallId, list[QuotaNow]]:
    """Return what was given of the quotas of halls on their days: a statement for each day, one as a rule."""
    found: defaultdict[HallId, list[QuotaNow]] = defaultdict(list)
    for day in set(days.values()):
        for own in store.states_everywhere(session, day):
            if days.get(own.quota.hall_id) == day:
                found[own.quota.hall_id].append(own)
    return found


def quotas_of(session: Session, code: str, *, now: datetime) -> HallQuotas:
    """Return a hall's quotas with what was given today; raises ``HallNotFound``."""
    return _quotas_of(session, catalogue.hall_by_code(session, code), now)


def quotas_for_staff(session: Session, code: str, *, by: Staff, now: datetime) -> HallQuotas:
    """Return the same for its manager and the supervisor; raises ``HallNotFound``, ``WrongHall``."""
    hall = hall_to_look_into(session, code, by)
    return _quotas_of(session, hall, now)


def _quotas_of(session: Session, hall: Hall, now: datetime) -> HallQuotas:
    calendar = catalogue.calendar(session, hall.id)
    today = calendar.local_day(now)
    offered = {own.service_id for own in catalogue.offers_in(session, hall.id) if own.queue_id is not None}
    return HallQuotas(
        hall,
        tuple(store.kept_in(session, hall.id, today)),
        tuple(catalogue.queues(session, hall.id)),
        tuple(own for own in catalogue.services(session) if own.id in offered),
        calendar.counts_as(today),
    )


def add_quota(
    session: Session,
    code: str,
    *,
    queue: str | None,
    service: str | None,
    from_minute: int,
    to_minute: int,
    most: int,
    by_weekday: Mapping[int, int] = MappingProxyType({}),
    by: Staff,
    clock: Clock,
) -> HallQuotas:
    """Set a quota for a queue (its letter) or a service (its code) of a hall, from now on.

    ``by_weekday`` has the weekdays on which it is another number. What was given today counts already.
    Raises ``HallNotFound``, ``WrongHall``, ``QuotaInvalid``, ``QuotaClashes``,
    ``TooManyQuotas``, ``QueueNotFound``, ``ServiceNotFound``, ``NotOfferedHere``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    locked = lock_hall(session, hall.id)
    now = locked.tick(clock)
    queue_id, service_id = _subject(session, hall, queue, service)
    by_weekday = _numbers(from_minute, to_minute, most, by_weekday)
    own = store.new_quota(
        *(hall.id, queue_id, service_id),
        from_minute=from_minute,
        to_minute=to_minute,
        most=most,
        by_weekday=by_weekday,
    )
    others = store.quotas_in(session, hall.id)
    if rules.clashes(own, others):
        raise QuotaClashes(subject=queue or service)
    if len(others) >= rules.MOST_QUOTAS:
        raise TooManyQuotas(most=rules.MOST_QUOTAS)
    store.add(session, own, by=by.id, at=now)
    calendar = catalogue.calendar(session, hall.id)
    today = calendar.local_day(now)
    begins, ends = calendar.at_minute(today, from_minute), calendar.at_minute(today, to_minute)
    store.set_given(session, own, today, store.given_before(session, own, today, begins, ends))
    detail = {**_said(own, queue or service), "after": _told(most, by_weekday)}
    note(session, "quota.set", by=by, hall_id=hall.id, at=now, subject=str(own.id), detail=detail)
    return _quotas_of(session, hall, now)


def _subject(
    session: Session, hall: Hall, queue: str | None, service: str | None
) -> tuple[QueueId | None, ServiceId | None]:
    if (queue is None) == (service is None):
        raise QuotaInvalid(most=rules.MOST_NUMBERS)
    queue_id = service_id = None
    if queue is not None:
        queue_id = next((own.id for own in catalogue.queues(session, hall.id) if own.prefix == queue), None)
        if queue_id is None:
            raise QueueNotFound(prefix=queue)
    if service is not None:
        service_id = catalogue.services_by_code(session, [service])[0].id
        catalogue.queue_for(session, hall.id, service_id)
    return queue_id, service_id


def _numbers(from_minute: int, to_minute: int, most: int, by_weekday: Mapping[int, int]) -> dict[int, int]:
    if not rules.band_fits(from_minute, to_minute, [most, *by_weekday.values()]):
        raise QuotaInvalid(most=rules.MOST_NUMBERS)
    return rules.own_numbers(most, by_weekday)


def change_quota(
    session: Session,
    quota_id: UUID,
    most: int,
    *,
    before: int,
    by_weekday: Mapping[int, int] | None = None,
    by_weekday_before: Mapping[int, int] = MappingProxyType({}),
    by: Staff,
    clock: Clock,
) -> HallQuotas:
    """Set how many numbers a quota gives; ``before`` and ``by_weekday_before`` are what the page showed.

    Without ``by_weekday`` the weekdays that have a number of their own keep it.
    Raises ``QuotaNotFound``, ``QuotaInvalid``, ``QuotaChangedMeanwhile``, ``WrongHall``.
    """
    own, hall, now = _under_lock(session, quota_id, by, clock)
    new = own.by_weekday if by_weekday is None else by_weekday
    new = _numbers(own.from_minute, own.to_minute, most, new)
    same_week = by_weekday is None or dict(by_weekday_before) == own.by_weekday
    if own.most != before or not same_week:
        raise QuotaChangedMeanwhile(most=own.most)
    store.set_most(session, quota_id, most, new, by=by.id, at=now)
    were = {"before": _told(own.most, own.by_weekday), "after": _told(most, new)}
    detail = {**_said(own, _name(session, own)), **were}
    note(session, "quota.set", by=by, hall_id=hall.id, at=now, subject=str(quota_id), detail=detail)
    return _quotas_of(session, hall, now)


def remove_quota(session: Session, quota_id: UUID, *, by: Staff, clock: Clock) -> HallQuotas:
    """Take a quota away; raises ``QuotaNotFound``, ``WrongHall``."""
    own, hall, now = _under_lock(session, quota_id, by, clock)
    name = _name(session, own)
    store.remove(session, quota_id)
    detail = {**_said(own, name), "before": _told(own.most, own.by_weekday)}
    note(session, "quota.removed", by=by, hall_id=hall.id, at=now, subject=str(quota_id), detail=detail)
    return _quotas_of(session, hall, now)


def _under_lock(session: Session, quota_id: UUID, by: Staff, clock: Clock) -> tuple[Quota, Hall, datetime]:
    hall = catalogue.hall(session, store.quota(session, quota_id).hall_id)
    by.must_work_in(hall.id)
    now = lock_hall(session, hall.id).tick(clock)
    return store.quota(session, quota_id), hall, now


def _name(session: Session, own: Quota) -> str | None:
    if own.queue_id is not None:
        return next(
            (each.prefix for each in catalogue.queues(session, own.hall_id) if each.id == own.queue_id), None
        )
    return next((each.code for each in catalogue.services(session) if each.id == own.service_id), None)


def _told(most: int, by_weekday: Mapping[int, int]) -> int | dict[str, int]:
    """Return the numbers as the trail has them: one, or with the weekdays, 1 for Monday as in ISO 8601."""
    if not by_weekday:
        return most
    return {"most": most} | {f"weekday {weekday + 1}": number for weekday, number in by_weekday.items()}


def _said(own: Quota, name: str | None) -> dict[str, Any]:
    return {"subject": name, "from_minute": own.from_minute, "to_minute": own.to_minute}
