"""Appointments and their legs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from booking.errors import AppointmentNotFound
from booking.rules.appointments import AppointmentStatus
from booking.rules.cancelling import CancelReason
from booking.rules.meeting import AppointmentKind
from booking.rules.parties import minutes_of, places_of
from booking.rules.slots import Leg, leg_starts
from booking.store.quotas import quotas
from booking.store.seats import claims
from booking.tables import AppointmentRow, AppointmentServiceRow
from kernel.erasure import refuse_erased
from kernel.ids import AppointmentId, HallId, QueueId, ServiceId
from kernel.inserting import insert_into
from kernel.tables import HallServiceRow, ServiceRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from uuid import UUID

    from sqlmodel import Session

appointments = AppointmentRow.__table__
legs = AppointmentServiceRow.__table__
services = ServiceRow.__table__
offers = HallServiceRow.__table__


@dataclass(frozen=True, slots=True)
class BookedService:
    """A leg as it was booked, with the service's names; minutes and places are those of the whole party."""

    service_id: ServiceId
    queue_id: QueueId
    starts_at: datetime
    code: str
    name_zh: str
    name_en: str
    minutes: float
    needs_id_tail: bool
    places: int = 1
    single: bool = False


@dataclass(frozen=True, slots=True)
class Appointment:
    """An appointment as decisions need it; who it is stays sealed."""

    id: AppointmentId
    hall_id: HallId
    status: AppointmentStatus
    code: str
    starts_at: datetime
    ends_at: datetime
    name_sealed: bytes | None
    phone_sealed: bytes | None
    company_sealed: bytes | None
    priority: bool
    expires_at: datetime | None
    ics_sequence: int
    created_at: datetime
    confirmed_at: datetime | None
    cancel_reason: CancelReason | None
    cancel_note: str | None
    for_other: bool
    party: int
    kind: AppointmentKind
    address_sealed: bytes | None
    services: tuple[BookedService, ...]

    @property
    def legs(self) -> tuple[Leg, ...]:
        return tuple(Leg(each.service_id, each.queue_id, each.minutes, each.places) for each in self.services)


COLUMNS = [
    column
    for column in appointments.c
    if column.name not in {"token_hash", "phone_hash", "id_tail_sealed", "id_hash", "changed_at", "erased_on"}
]

# What was promised once and whatever became of it; not holds.
BOOKED = frozenset(AppointmentStatus) - {AppointmentStatus.HELD, AppointmentStatus.EXPIRED}


def add_appointment(session: Session, reference: str, **values: object) -> bool:
    """Write an appointment; False if its reference is somebody else's already."""
    added = session.execute(
        insert_into(session, appointments)
        .values(code=reference, priority=False, ics_sequence=0, **values)
        .on_conflict_do_nothing(index_elements=[appointments.c.code])
        .returning(appointments.c.id)
    )
    return added.one_or_none() is not None


def add_legs(
    session: Session, appointment_id: AppointmentId, wanted: Sequence[Leg], starts_at: datetime
) -> None:
    """Write an appointment's legs, one after the other."""
    session.execute(
        insert(legs),
        [
            {
                "appointment_id": appointment_id,
                "position": position,
                "service_id": leg.service_id,
                "queue_id": leg.queue_id,
                "starts_at": begins,
            }
            for position, (leg, begins) in enumerate(zip(wanted, leg_starts(wanted, starts_at), strict=True))
        ],
    )


def move_legs(session: Session, appointment: Appointment, starts_at: datetime) -> None:
    """Write an appointment's legs anew from another start."""
    session.execute(delete(legs).where(legs.c.appointment_id == appointment.id))
    add_legs(session, appointment.id, appointment.legs, starts_at)


def change(session: Session, appointment_id: AppointmentId, at: datetime, **values: object) -> None:
    """Write what changed at an appointment."""
    session.execute(
        update(appointments).where(appointments.c.id == appointment_id).values(changed_at=at, **values)
    )


def hall_of(session: Session, token_hash: bytes) -> HallId:
    """Return the hall of the appointment behind a token, to lock it first; raises ``AppointmentNotFound``."""
    hall_id = session.execute(
        select(appointments.c.hall_id).where(appointments.c.token_hash == token_hash)
    ).scalar_one_or_none()
    if hall_id is None:
        refuse_erased(session, token_hash)
        raise AppointmentNotFound
    return HallId(hall_id)


def by_token(session: Session, token_hash: bytes, *, lock: bool = False) -> Appointment:
    """Return the appointment behind a token; raises ``AppointmentNotFound``, ``LinkErased``.

    Whoever changes it locks it: without the lock two changes both find it confirmed, and a cancelled
    appointment is checked in.
    """
    try:
        return _one(session, appointments.c.token_hash == token_hash, lock=lock)
    except AppointmentNotFound:
        refuse_erased(session, token_hash)
        raise


def by_id(session: Session, appointment_id: AppointmentId, *, lock: bool = False) -> Appointment:
    """Return an appointment; raises ``AppointmentNotFound``. ``lock`` as in ``by_token``."""
    return _one(session, appointments.c.id == appointment_id, lock=lock)


def by_ids(session: Session, ids: Collection[AppointmentId]) -> list[Appointment]:
    """Return those of these appointments that are there and not erased, in order of start."""
    rows = session.execute(
        select(*COLUMNS)
        .where(appointments.c.id.in_(ids), appointments.c.erased_on.is_(None))
        .order_by(appointments.c.starts_at, appointments.c.id)
    ).all()
    return with_services(session, rows)


def by_reference(session: Session, reference: str, *, lock: bool = False) -> Appointment:
    """Return the appointment with a reference; raises and locks as ``by_token``."""
    return _one(session, appointments.c.code == reference, lock=lock)


def _one(session: Session, which: Any, *, lock: bool) -> Appointment:
    statement = select(*COLUMNS).where(which)
    row = session.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise AppointmentNotFound
    return with_services(session, [row])[0]


def legs_of(
    session: Session, appointment_ids: Collection[AppointmentId]
) -> dict[AppointmentId, tuple[Leg, ...]]:
    """Return the legs of each of these appointments, in order."""
    found: defaultdict[AppointmentId, list[Leg]] = defaultdict(list)
    for row in session.execute(
        select(
            *(legs.c.appointment_id, legs.c.service_id, legs.c.queue_id),
            *(services.c.minutes, services.c.party.label("takes"), appointments.c.party),
        )
        .join(services, services.c.id == legs.c.service_id)
        .join(appointments, appointments.c.id == legs.c.appointment_id)
        .where(legs.c.appointment_id.in_(appointment_ids))
        .order_by(legs.c.appointment_id, legs.c.position)
    ):
        minutes = minutes_of(row.takes, row.minutes, row.party)
        leg = Leg(row.service_id, row.queue_id, minutes, places_of(row.takes, row.party))
        found[row.appointment_id].append(leg)
    return {own: tuple(each) for own, each in found.items()}


def sweep_holds(session: Session, *, now: datetime) -> int:
    """Write ``expired`` where a hold ran out, clear what it claimed, and return how many there were."""
    swept = session.execute(
        update(appointments)
        .where(appointments.c.status == AppointmentStatus.HELD, appointments.c.expires_at <= now)
        .values(status=AppointmentStatus.EXPIRED, changed_at=now)
        .returning(appointments.c.id)
    ).all()
    session.execute(delete(claims).where(claims.c.expires_at <= now))
    session.execute(delete(quotas).where(quotas.c.expires_at <= now))
    return len(swept)


def with_services(session: Session, rows: Iterable[Any]) -> list[Appointment]:
    """Return the appointments of rows that have ``COLUMNS``, in their order, each with its services."""
    rows = list(rows)
    parties = {row.id: row.party for row in rows}
    booked: defaultdict[UUID, list[BookedService]] = defaultdict(list)
    for leg in session.execute(
        select(
            *(legs.c.appointment_id, legs.c.service_id, legs.c.queue_id, legs.c.starts_at),
            *(services.c.code, services.c.name_zh, services.c.name_en),
            *(services.c.minutes, services.c.needs_id_tail, services.c.party, services.c.single),
        )
        .join(services, services.c.id == legs.c.service_id)
        .where(legs.c.appointment_id.in_([row.id for row in rows]))
        .order_by(legs.c.appointment_id, legs.c.position)
    ):
        party = parties[leg.appointment_id]
        booked[leg.appointment_id].append(
            BookedService(
                *(leg.service_id, leg.queue_id, leg.starts_at, leg.code, leg.name_zh, leg.name_en),
                minutes=minutes_of(leg.party, leg.minutes, party),
                needs_id_tail=leg.needs_id_tail,
                places=places_of(leg.party, party),
                single=leg.single,
            )
        )
    return [
        Appointment(
            **{
                **row._mapping,
                "status": AppointmentStatus(row.status),
                "kind": AppointmentKind(row.kind),
                "cancel_reason": CancelReason(row.cancel_reason) if row.cancel_reason else None,
            },
            services=tuple(booked[row.id]),
        )
        for row in rows
    ]
