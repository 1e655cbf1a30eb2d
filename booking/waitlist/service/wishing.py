"""What somebody waits for: checked when they join and when they change it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from booking import store as bookings
from booking.errors import NoServiceChosen
from booking.meeting.errors import KindNotOffered
from booking.meeting.service import must_offer
from booking.rules.meeting import AppointmentKind
from booking.rules.waitlist import DAY_MINUTES, MOST_HALLS, WaitingStatus, Wish
from booking.service.slots import claimed_from_now, legs_for, timetable
from booking.waitlist import store
from booking.waitlist.errors import ClosedThen, PlaceFree, WaitingOver, WishInvalid
from booking.waitlist.service.views import TOKEN_FIELD, view
from kernel import catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlmodel import Session

    from booking.rules.slots import Leg
    from booking.rules.timetable import Timetable
    from booking.waitlist.service.views import WaitingView
    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.secrets import Vault

NEXT_FREE = 3  # starts that a refusal names


@dataclass(frozen=True, slots=True)
class Times:
    """Halls by code, local dates (both included) and minutes of the day (the last not) that would suit."""

    halls: tuple[str, ...]
    first_day: date
    last_day: date
    from_minute: int = 0
    to_minute: int = DAY_MINUTES


def checked(
    session: Session,
    times: Times,
    codes: Sequence[str],
    *,
    own: bookings.Appointment | None = None,
    kind: AppointmentKind = AppointmentKind.HALL,
    now: datetime,
) -> tuple[list[Hall], Wish, datetime]:
    """Return the halls, the wish and the end of its last day; ``own`` is what may become earlier.

    ``kind``: how a new appointment would be held. Raises ``KindNotOffered`` for the first hall that does not
    offer it, ``WishInvalid``, ``ClosedThen``; ``PlaceFree`` where a time that suits is free for everybody
    now: the list is for places that are not there, and an offer keeps a place six times as long as a hold.
    Also what ``legs_for`` raises.
    """
    if not codes:
        raise NoServiceChosen
    names = list(dict.fromkeys(times.halls))
    if not 1 <= len(names) <= MOST_HALLS:
        raise WishInvalid(field="halls", most=MOST_HALLS)
    halls = [catalogue.hall_by_code(session, name) for name in names]
    tables = [timetable(session, hall) for hall in halls]
    wish = _wish(times, tables, before=own.starts_at if own else None, now=now)
    if not any(_opens_within(table, wish) for table in tables):
        raise ClosedThen(field="days")
    for hall, table in zip(halls, tables, strict=True):
        legs = own.legs if own else legs_for(session, hall.id, codes)
        if own is None:
            _must_offer(session, hall, legs, kind)
        _refuse_if_free(session, hall, table, legs, wish, now=now)
    zone = tables[0].calendar.zone
    return halls, wish, datetime.combine(wish.last_day + timedelta(days=1), time(), zone)


def _must_offer(session: Session, hall: Hall, legs: Sequence[Leg], kind: AppointmentKind) -> None:
    try:
        must_offer(session, hall.id, [leg.service_id for leg in legs], kind)
    except KindNotOffered as refused:
        raise KindNotOffered(field="kind", hall=hall.code, **refused.facts) from None


def _wish(times: Times, tables: Sequence[Timetable], *, before: datetime | None, now: datetime) -> Wish:
    today = tables[0].calendar.local_day(now)
    furthest = max(table.last_day(now) for table in tables)
    if not today <= times.last_day <= furthest or times.first_day > times.last_day:
        raise WishInvalid(field="days", first_day=today, last_day=furthest)
    if not 0 <= times.from_minute < times.to_minute <= DAY_MINUTES:
        raise WishInvalid(field="times")
    return Wish(max(today, times.first_day), times.last_day, times.from_minute, times.to_minute, before)


def _opens_within(table: Timetable, wish: Wish) -> bool:
    """Return whether a hall is open at any time that would suit; where it never is nothing becomes free."""
    minute = timedelta(minutes=1)
    for ahead in range((wish.last_day - wish.first_day).days + 1):
        day = wish.first_day + timedelta(days=ahead)
        midnight = datetime.combine(day, time(), table.calendar.zone)
        first, last = midnight + wish.from_minute * minute, midnight + wish.to_minute * minute
        if any(span.opens_at < last and first < span.closes_at for span in table.calendar.spans(day)):
            return True
    return False


def _refuse_if_free(
    session: Session, hall: Hall, table: Timetable, legs: Sequence[Leg], wish: Wish, *, now: datetime
) -> None:
    claimed = claimed_from_now(session, table, legs, now=now)
    zone = table.calendar.zone
    free = [start for start in table.free_starts(legs, claimed, now=now) if wish.fits(start, zone)]
    if free:
        near = [start.isoformat() for start in free[:NEXT_FREE]]
        raise PlaceFree(hall=hall.code, hall_zh=hall.name_zh, hall_en=hall.name_en, next_free=near)


def change_wish(session: Session, token: str, times: Times, *, clock: Clock, vault: Vault) -> WaitingView:
    """Wait for other days, times or halls; the place in the line stays, and an open offer too.

    Raises ``WaitingOver`` and what ``checked`` raises.
    """
    entry = store.by_token(session, vault.digest(token, field=TOKEN_FIELD), lock=True)
    now = clock.now()
    status = entry.status_at(now)
    if status is not WaitingStatus.WAITING:
        raise WaitingOver(stands=status)
    own_hall = (catalogue.hall(session, entry.hall_id).code,)
    if entry.appointment_id is not None and tuple(times.halls) != own_hall:
        raise WishInvalid(field="halls", most=1)
    own = bookings.by_id(session, entry.appointment_id) if entry.appointment_id else None
    halls, wish, until = checked(session, times, entry.services, own=own, kind=entry.kind, now=now)
    store.set_halls(session, entry.id, [hall.id for hall in halls])
    store.change(
        session,
        entry.id,
        hall_id=halls[0].id,
        first_day=wish.first_day,
        last_day=wish.last_day,
        from_minute=wish.from_minute,
        to_minute=wish.to_minute,
        until=until,
    )
    return view(session, store.by_id(session, entry.id), now=now, vault=vault)
