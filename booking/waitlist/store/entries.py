"""Who waits, and for what."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import and_, delete, insert, or_, select, update

from booking.rules.appointments import AppointmentStatus
from booking.rules.meeting import AppointmentKind
from booking.rules.waitlist import OfferStatus, WaitingStatus, Wish, status_at
from booking.tables import AppointmentRow
from booking.waitlist.errors import WaitingNotFound
from booking.waitlist.tables import WaitlistEntryRow, WaitlistHallRow, WaitlistOfferRow
from kernel.erasure import refuse_erased
from kernel.ids import AppointmentId, HallId, WaitingId
from kernel.inserting import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlmodel import Session

# Under which name, number and the ID number's end are sealed.
NAME_FIELD, PHONE_FIELD, ID_TAIL_FIELD = "waiting.name", "waiting.phone", "waiting.id_tail"
ADDRESS_FIELD = "waiting.address"

entries = WaitlistEntryRow.__table__
halls = WaitlistHallRow.__table__
offers = WaitlistOfferRow.__table__
appointments = AppointmentRow.__table__


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who waits, as decisions need it; who it is stays sealed.

    ``own_starts_at``, ``own_status`` and ``own_kind`` are those of the appointment that is to be earlier, if
    there is one; ``kind`` and ``address_sealed`` are of a new one.
    """

    id: WaitingId
    hall_id: HallId
    appointment_id: AppointmentId | None
    status: WaitingStatus
    services: tuple[str, ...]
    first_day: date
    last_day: date
    from_minute: int
    to_minute: int
    until: datetime
    queued_at: datetime
    lapses: int
    name_sealed: bytes | None
    phone_sealed: bytes | None
    id_tail_sealed: bytes | None
    kind: AppointmentKind
    address_sealed: bytes | None
    phone_hash: bytes | None
    priority: bool
    created_at: datetime
    own_starts_at: datetime | None
    own_status: AppointmentStatus | None
    own_kind: AppointmentKind | None
    hall_ids: tuple[HallId, ...]

    @property
    def wish(self) -> Wish:
        return Wish(self.first_day, self.last_day, self.from_minute, self.to_minute, self.own_starts_at)

    @property
    def held(self) -> AppointmentKind:
        """How the appointment is held that is waited for: an earlier one as it is, a new one as was said."""
        return self.own_kind or self.kind

    def status_at(self, now: datetime) -> WaitingStatus:
        """Return how the wait stands at an instant."""
        stands = self.appointment_id is None or (
            self.own_status is AppointmentStatus.CONFIRMED
            and self.own_starts_at is not None
            and now < self.own_starts_at
        )
        return status_at(self.status, until=self.until, appointment_stands=stands, now=now)


_COLUMNS = (
    *(column for column in entries.c if column.name not in {"token_hash", "person_seat", "ended_at"}),
    appointments.c.starts_at.label("own_starts_at"),
    appointments.c.status.label("own_status"),
    appointments.c.kind.label("own_kind"),
)
_FROM = entries.outerjoin(appointments, appointments.c.id == entries.c.appointment_id)
_BY_PLACE = (entries.c.queued_at, entries.c.id)


def _live(now: datetime) -> Any:
    return and_(
        entries.c.status == WaitingStatus.WAITING,
        entries.c.until > now,
        or_(
            entries.c.appointment_id.is_(None),
            and_(appointments.c.status == AppointmentStatus.CONFIRMED, appointments.c.starts_at > now),
        ),
    )


def add_entry(session: Session, seat: int, **values: object) -> bool:
    """Write a wait; False if the person has one in that seat, or the appointment has one already."""
    added = session.execute(
        insert_into(session, entries)
        .values(person_seat=seat, lapses=0, status=WaitingStatus.WAITING, **values)
        .on_conflict_do_nothing()
        .returning(entries.c.id)
    )
    return added.one_or_none() is not None


def is_waited_earlier(session: Session, appointment_id: AppointmentId) -> bool:
    """Return whether somebody waits for a time earlier than that of an appointment."""
    found = session.execute(
        select(entries.c.id).where(
            entries.c.appointment_id == appointment_id, entries.c.status == WaitingStatus.WAITING
        )
    )
    return found.one_or_none() is not None


def set_halls(session: Session, waiting_id: WaitingId, hall_ids: Iterable[HallId]) -> None:
    """Write the halls in which somebody would take a place."""
    session.execute(delete(halls).where(halls.c.entry_id == waiting_id))
    session.execute(insert(halls), [{"entry_id": waiting_id, "hall_id": hall_id} for hall_id in hall_ids])


def change(session: Session, waiting_id: WaitingId, **values: object) -> None:
    """Write what changed at a wait."""
    session.execute(update(entries).where(entries.c.id == waiting_id).values(**values))


def by_token(session: Session, token_hash: bytes, *, lock: bool = False) -> Entry:
    """Return the wait behind a token; raises ``WaitingNotFound``, ``LinkErased``.

    Whoever changes it, or offers it a place, locks it: without the lock a place is offered to somebody who
    is leaving at this moment, and kept for nobody.
    """
    found = _one(session, entries.c.token_hash == token_hash, lock=lock)
    if found is None:
        refuse_erased(session, token_hash)
        raise WaitingNotFound
    return found


def by_id(session: Session, waiting_id: WaitingId, *, lock: bool = False) -> Entry:
    """Return a wait; raises ``WaitingNotFound``; ``lock`` as in ``by_token``."""
    found = _one(session, entries.c.id == waiting_id, lock=lock)
    if found is None:
        raise WaitingNotFound
    return found


def by_ids(session: Session, waiting_ids: Collection[WaitingId]) -> list[Entry]:
    """Return those of these waits that there are, in two statements for however many."""
    which = entries.c.id.in_(waiting_ids)
    return _entries(session, session.execute(select(*_COLUMNS).select_from(_FROM).where(which)))


def _one(session: Session, which: Any, *, lock: bool) -> Entry | None:
    if lock:
        session.execute(select(entries.c.id).where(which).with_for_update()).one_or_none()
    found = _entries(session, session.execute(select(*_COLUMNS).select_from(_FROM).where(which)))
    return found[0] if found else None


def anybody_waits(session: Session, hall_id: HallId, *, now: datetime) -> bool:
    """Return whether somebody waits for a place in a hall."""
    found = session.execute(
        select(entries.c.id)
        .select_from(_FROM.join(halls, halls.c.entry_id == entries.c.id))
        .where(halls.c.hall_id == hall_id, _live(now))
        .limit(1)
    )
    return found.one_or_none() is not None


def halls_waited_for(session: Session) -> list[HallId]:
    """Return the halls that live waits name, over by now or not, and those with an offer nobody has closed.

    Whoever has changed the wish waits elsewhere by now, and is offered nothing while the old offer is open.
    """
    named = (
        select(halls.c.hall_id)
        .join(entries, entries.c.id == halls.c.entry_id)
        .where(entries.c.status == WaitingStatus.WAITING)
    )
    offering = select(offers.c.hall_id).where(offers.c.status == OfferStatus.OPEN)
    return sorted(session.execute(named.union(offering)).scalars())


def in_line(session: Session, hall_id: HallId, *, now: datetime) -> list[Entry]:
    """Return who can be offered a place in a hall, the first first: nobody who has an open offer."""
    has_offer = select(offers.c.id).where(offers.c.person == entries.c.phone_hash).exists()
    rows = session.execute(
        select(*_COLUMNS)
        .select_from(_FROM.join(halls, halls.c.entry_id == entries.c.id))
        .where(halls.c.hall_id == hall_id, _live(now), ~has_offer)
        .order_by(*_BY_PLACE)
    )
    return _entries(session, rows)


def live_waits(session: Session, hall_ids: Collection[HallId], *, now: datetime) -> list[Entry]:
    """Return everybody who waits for a place in one of these halls, the first first."""
    named = select(halls.c.entry_id).where(halls.c.hall_id.in_(hall_ids))
    rows = session.execute(
        select(*_COLUMNS).select_from(_FROM).where(entries.c.id.in_(named), _live(now)).order_by(*_BY_PLACE)
    )
    return _entries(session, rows)


def over_by_now(session: Session, hall_id: HallId, *, now: datetime) -> list[WaitingId]:
    """Return the waits that a hall looks after and that are over, though nobody has written it."""
    rows = session.execute(
        select(entries.c.id)
        .select_from(_FROM)
        .where(entries.c.hall_id == hall_id, entries.c.status == WaitingStatus.WAITING, ~_live(now))
    )
    return list(rows.scalars())


def entry_ids_of_phone(session: Session, phone_hash: bytes) -> list[WaitingId]:
    """Return the live waits of a phone number, by its keyed hash."""
    rows = session.execute(
        select(entries.c.id).where(entries.c.phone_hash == phone_hash).order_by(*_BY_PLACE)
    )
    return list(rows.scalars())


def _entries(session: Session, rows: Iterable[Any]) -> list[Entry]:
    rows = list(rows)
    named: defaultdict[UUID, list[HallId]] = defaultdict(list)
    for entry_id, hall_id in session.execute(
        select(halls.c.entry_id, halls.c.hall_id)
        .where(halls.c.entry_id.in_([row.id for row in rows]))
        .order_by(halls.c.entry_id, halls.c.hall_id)
    ):
        named[entry_id].append(hall_id)
    return [
        Entry(
            **{
                **row._mapping,
                "status": WaitingStatus(row.status),
                "services": tuple(row.services),
                "kind": AppointmentKind(row.kind),
                "own_status": AppointmentStatus(row.own_status) if row.own_status else None,
                "own_kind": AppointmentKind(row.own_kind) if row.own_kind else None,
                "hall_ids": tuple(named[row.id]),
            }
        )
        for row in rows
    ]
