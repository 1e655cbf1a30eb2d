"""Use cases of the hall's set-up: lock the hall, compare with what the draft was made on, write, note who."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kernel import catalogue
from kernel.audit import AuditLine, lines_of, note
from kernel.calendar import SpecialDay, special_days
from kernel.events import lock_hall, record
from kernel.identity import new_sign_in_link
from kernel.reach import hall_to_look_into
from queueing.errors import QueueNotFound
from queueing.events import AnnouncingChanged, BoardQueue, DoorsChanged, HallSetUpChanged
from queueing.rules.doors import doors_at
from queueing.setup import store
from queueing.setup.errors import AppointmentsAffected, SetupChangedMeanwhile, SetupDayOver
from queueing.setup.rules import OwnDay, checked_hours, fingerprint, left_outside
from queueing.store import policy
from queueing.store.plans import plan_in_force, plan_of, plan_version, waiting_plans
from queueing.store.windows import equipment_of, windows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime, time

    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.catalogue import Hall, HallQueue
    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.identity import Staff
    from kernel.ids import QueueId, StaffId, WindowId
    from kernel.secrets import Vault
    from queueing.rules.windows import PlanEntry
    from queueing.setup.rules import Hours
    from queueing.setup.store import Clerk, OfferedService
    from queueing.store.windows import Window

AHEAD = timedelta(days=120)  # how far the page lists days that are out of the ordinary
AUDIT_PREFIX, AUDIT_LINES = "setup.", 30
LINK_LASTS = timedelta(hours=12)  # one working day: a lost link is no key for long


@dataclass(frozen=True, slots=True)
class HallSetup:
    """Everything a manager may set about a hall but its published values, and who changed it last."""

    hall: Hall
    hours: Hours
    special: tuple[SpecialDay, ...]
    own_days: tuple[OwnDay, ...]
    queues: tuple[HallQueue, ...]
    services: tuple[OfferedService, ...]
    windows: tuple[Window, ...]
    equipment: Mapping[WindowId, set[QueueId]]
    clerks: tuple[Clerk, ...]
    audit: tuple[AuditLine, ...]
    today: date


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A link that signs one person in until it ends; shown only now."""

    token: str
    expires_at: datetime


def setup_of(session: Session, code: str, *, by: Staff, now: datetime) -> HallSetup:
    """Return a hall's set-up; raises ``HallNotFound``, ``WrongHall``."""
    hall = hall_to_look_into(session, code, by)
    return _setup(session, hall, now)


def _setup(session: Session, hall: Hall, now: datetime) -> HallSetup:
    today = catalogue.calendar(session, hall.id).local_day(now)
    return HallSetup(
        hall=hall,
        hours=store.hours_of(session, hall.id),
        special=tuple(special_days(today, today + AHEAD)),
        own_days=tuple(store.days_of(session, hall.id, since=today)),
        queues=tuple(catalogue.queues(session, hall.id)),
        services=tuple(store.services_of(session, hall.id)),
        windows=tuple(windows_of(session, hall.id)),
        equipment=equipment_of(session, hall.id),
        clerks=tuple(store.clerks_of(session, hall.id)),
        audit=tuple(lines_of(session, hall.id, prefix=AUDIT_PREFIX, limit=AUDIT_LINES)),
        today=today,
    )


@dataclass(slots=True)
class Change:
    """A change under the hall's lock: whose, when, and what the trail will say."""

    session: Session
    hall: Hall
    locked: LockedHall
    by: Staff
    now: datetime

    def compare(self, base: str | None, present: object) -> None:
        """Raise ``SetupChangedMeanwhile`` unless the draft was made on what is there."""
        if base != fingerprint(present):
            raise SetupChangedMeanwhile

    def note(self, what: str, subject: str = "", **detail: Any) -> None:
        """Write the trail."""
        note(
            self.session,
            f"{AUDIT_PREFIX}{what}",
            by=self.by,
            hall_id=self.hall.id,
            at=self.now,
            subject=subject,
            detail=detail,
        )

    def tell_boards(self) -> None:
        """Let screens know the queues and windows as they are now."""
        queues = [
            BoardQueue(queue_id=each.id, prefix=each.prefix, name_zh=each.name_zh, name_en=each.name_en)
            for each in catalogue.queues(self.session, self.hall.id)
        ]
        labels = [each.label for each in windows_of(self.session, self.hall.id)]
        event = HallSetUpChanged(queues=tuple(queues), windows=tuple(labels))
        record(self.session, self.locked, event, at=self.now)

    def tell_screens(self) -> None:
        """Let screens know how they speak and write from now on."""
        own = policy(self.session, self.hall.id).announcing
        event = AnnouncingChanged(languages=own.languages, one=own.one, digit_share=own.digit_share)
        record(self.session, self.locked, event, at=self.now)

    def tell_doors(self, before: OpeningCalendar) -> None:
        """Let screens know when the doors are open from now on, if that is news to them."""
        doors = doors_at(catalogue.calendar(self.session, self.hall.id), self.now)
        if doors != doors_at(before, self.now):
            record(self.session, self.locked, DoorsChanged.of(doors), at=self.now)

    def done(self) -> HallSetup:
        """Return the set-up as it is now."""
        return _setup(self.session, self.hall, self.now)

    def renewed(self) -> HallSetup:
        """Return the set-up as it is now, after a change of the hall itself."""
        return _setup(self.session, catalogue.hall(self.session, self.hall.id), self.now)


def begin(session: Session, code: str, *, by: Staff, clock: Clock) -> Change:
    """Lock a hall for a change of its set-up; raises ``HallNotFound``, ``WrongHall``.

    Every change takes this lock before it reads what it compares with. Without it two managers save on
    the same base and the first one's work is gone without a word.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    locked = lock_hall(session, hall.id)
    # Read anew under the lock: what the change is compared with may be from before it.
    return Change(session, catalogue.hall(session, hall.id), locked, by, locked.tick(clock))


def set_hours(
    session: Session,
    code: str,
    hours: Mapping[int, Sequence[tuple[time, time]]],
    *,
    base: str,
    accept: bool,
    by: Staff,
    clock: Clock,
) -> HallSetup:
    """Set the week's opening hours.

    Raises ``HoursInvalid``, ``SetupChangedMeanwhile``, and ``AppointmentsAffected`` unless ``accept``.
    """
    wanted = checked_hours(hours)
    change = begin(session, code, by=by, clock=clock)
    before = store.hours_of(session, change.hall.id)
    change.compare(base, plain_hours(before))
    calendar = catalogue.calendar(session, change.hall.id)
    left = _left(change, calendar, replace(calendar, hours=wanted), accept=accept)
    store.write_hours(session, change.hall.id, wanted)
    change.tell_doors(calendar)
    change.note("hours", before=plain_hours(before), after=plain_hours(wanted), appointments=left)
    return change.done()


def set_day(session: Session, code: str, own: OwnDay, *, accept: bool, by: Staff, clock: Clock) -> HallSetup:
    """Close a day, or work it with the hours of a weekday.

    Raises ``SetupDayOver``, and ``AppointmentsAffected`` unless ``accept``.
    """
    change = begin(session, code, by=by, clock=clock)
    calendar = _calendar_from(change, own.day)
    closed = calendar.closed_on - {own.day} | ({own.day} if own.works_as is None else set())
    worked = {day: as_day for day, as_day in calendar.worked_as.items() if day != own.day}
    if own.works_as is not None:
        worked[own.day] = own.works_as
    left = _left(change, calendar, replace(calendar, closed_on=closed, worked_as=worked), accept=accept)
    store.write_day(session, change.hall.id, own)
    change.tell_doors(calendar)
    change.note("day", own.day.isoformat(), works_as=own.works_as, reason=own.reason_zh, appointments=left)
    return change.done()


def clear_day(session: Session, code: str, day: date, *, accept: bool, by: Staff, clock: Clock) -> HallSetup:
    """Let a day follow the week and the national calendar again."""
    change = begin(session, code, by=by, clock=clock)
    calendar = _calendar_from(change, day)
    worked = {each: as_day for each, as_day in calendar.worked_as.items() if each != day}
    after = replace(calendar, closed_on=calendar.closed_on - {day}, worked_as=worked)
    left = _left(change, calendar, after, accept=accept)
    store.clear_day(session, change.hall.id, day)
    change.tell_doors(calendar)
    change.note("day_cleared", day.isoformat(), appointments=left)
    return change.done()


def _calendar_from(change: Change, day: date) -> OpeningCalendar:
    calendar = catalogue.calendar(change.session, change.hall.id)
    if day < calendar.local_day(change.now):
        raise SetupDayOver(day=day)
    return calendar


def _left(change: Change, before: OpeningCalendar, after: OpeningCalendar, *, accept: bool) -> int:
    """Return how many booked people would find the doors closed; refuses them unless accepted."""
    due = store.expected_after(change.session, change.hall.id, change.now)
    left = left_outside(due, before, after)
    if left and not accept:
        first_on = before.local_day(left[0])
        raise AppointmentsAffected(count=len(left), first_on=first_on, first_at=left[0], last_at=left[-1])
    return len(left)


def plain_hours(hours: Hours) -> dict[str, list[str]]:
    """Return the week as text, for the trail and for comparing.

    >>> from datetime import time
    >>> plain_hours({0: ((time(9), time(12)),)})
    {'0': ['09:00-12:00']}
    """
    return {
        str(weekday): [f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in spans]
        for weekday, spans in hours.items()
    }


def queue_in(change: Change, queue_id: QueueId) -> HallQueue:
    """Return a queue of the hall; raises ``QueueNotFound``."""
    for queue in catalogue.queues(change.session, change.hall.id):
        if queue.id == queue_id:
            return queue
    raise QueueNotFound(queue=queue_id)


def plans_to_keep(change: Change) -> list[tuple[PlanEntry, ...]]:
    """Return the plans of the days of the week, today's own, and the one that waits for its time."""
    session, hall_id = change.session, change.hall.id
    calendar = catalogue.calendar(session, hall_id)
    today = calendar.local_day(change.now)
    plans = [plan_of(session, hall_id, weekday) for weekday in range(7)]
    plans.append(plan_in_force(session, hall_id, calendar, today))
    plans.extend(plan_version(session, hall_id, own.version) for own in waiting_plans(session, hall_id))
    return [plan.entries for plan in plans if plan.entries]


def sign_in_link(change: Change, staff_id: StaffId, *, vault: Vault) -> SignInLink:
    """Return a new link for a clerk of the hall."""
    expires_at = change.now + LINK_LASTS
    token = new_sign_in_link(change.session, staff_id, vault=vault, expires_at=expires_at)
    return SignInLink(token, expires_at)
