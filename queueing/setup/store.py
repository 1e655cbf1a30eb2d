"""SQL of the hall's set-up."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from kernel.identity import Role
from kernel.identity_tables import StaffRow
from kernel.ids import QueueId, StaffId, WindowId, uuid7
from kernel.inserting import insert_into
from kernel.tables import ClosureRow, HallRow, HallServiceRow, OpeningHoursRow, QueueRow, ServiceRow
from queueing.setup.rules import Hours, OwnDay
from queueing.store.windows import equipment, skills, windows
from queueing.tables import ExpectedArrivalRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.ids import HallId

_halls = HallRow.__table__
_hours = OpeningHoursRow.__table__
_days = ClosureRow.__table__
_queues = QueueRow.__table__
_offers = HallServiceRow.__table__
_services = ServiceRow.__table__
_staff = StaffRow.__table__
_expected = ExpectedArrivalRow.__table__


@dataclass(frozen=True, slots=True)
class Clerk:
    """A person of the hall; no ``skills`` entered means every queue."""

    id: StaffId
    username: str
    name: str
    disabled: bool
    skills: tuple[QueueId, ...]


@dataclass(frozen=True, slots=True)
class OfferedService:
    """A service that waits in a queue of the hall."""

    code: str
    name_zh: str
    name_en: str
    queue_id: QueueId


def hours_of(session: Session, hall_id: HallId) -> Hours:
    """Return the opening spans of each weekday."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in session.execute(select(_hours).where(_hours.c.hall_id == hall_id)):
        found[row.weekday].append((row.opens, row.closes))
    return {weekday: tuple(sorted(found[weekday])) for weekday in range(7)}


def write_hours(session: Session, hall_id: HallId, hours: Hours) -> None:
    """Replace a hall's week."""
    session.execute(delete(_hours).where(_hours.c.hall_id == hall_id))
    rows = [
        {"hall_id": hall_id, "weekday": weekday, "opens": opens, "closes": closes}
        for weekday, spans in hours.items()
        for opens, closes in spans
    ]
    if rows:
        session.execute(insert(_hours), rows)


def days_of(session: Session, hall_id: HallId, *, since: date) -> list[OwnDay]:
    """Return the days that the hall decides by itself, from ``since`` on."""
    rows = session.execute(
        select(_days).where(_days.c.hall_id == hall_id, _days.c.day >= since).order_by(_days.c.day)
    )
    return [OwnDay(row.day, row.opens_as_weekday, row.reason_zh, row.reason_en) for row in rows]


def write_day(session: Session, hall_id: HallId, own: OwnDay) -> None:
    """Write one such day in place of what the hall said about it before."""
    clear_day(session, hall_id, own.day)
    session.execute(
        insert(_days).values(
            hall_id=hall_id,
            day=own.day,
            opens_as_weekday=own.works_as,
            reason_zh=own.reason_zh,
            reason_en=own.reason_en,
        )
    )


def clear_day(session: Session, hall_id: HallId, day: date) -> None:
    """Let a day follow the week and the national calendar again."""
    session.execute(delete(_days).where(_days.c.hall_id == hall_id, _days.c.day == day))


def expected_after(session: Session, hall_id: HallId, now: datetime) -> list[datetime]:
    """Return when people are expected in the hall from now on, one instant for each of them."""
    rows = session.execute(
        select(func.min(_expected.c.due_at))
        .join(_queues, _queues.c.id == _expected.c.queue_id)
        .where(_queues.c.hall_id == hall_id, _expected.c.due_at > now)
        .group_by(_expected.c.reference)
    )
    return list(rows.scalars())


def write_queue(session: Session, queue_id: QueueId, **values: object) -> None:
    """Write names, typical minutes or urgency of a queue."""
    session.execute(update(_queues).where(_queues.c.id == queue_id).values(**values))


def add_queue(session: Session, hall_id: HallId, **values: object) -> QueueId:
    """Write a new queue at the end of the hall's list."""
    highest = session.execute(
        select(func.max(_queues.c.rank)).where(_queues.c.hall_id == hall_id)
    ).scalar_one()
    queue_id = QueueId(uuid7())
    rank = 0 if highest is None else highest + 1
    session.execute(insert(_queues).values(id=queue_id, hall_id=hall_id, rank=rank, **values))
    return queue_id


def services_of(session: Session, hall_id: HallId) -> list[OfferedService]:
    """Return the services that wait in the hall's queues, by code."""
    rows = session.execute(
        select(_services.c.code, _services.c.name_zh, _services.c.name_en, _offers.c.queue_id)
        .join(_offers, _offers.c.service_id == _services.c.id)
        .where(_offers.c.hall_id == hall_id, _offers.c.queue_id.is_not(None))
        .order_by(_services.c.code)
    )
    return [OfferedService(row.code, row.name_zh, row.name_en, QueueId(row.queue_id)) for row in rows]


def move_service(session: Session, hall_id: HallId, code: str, queue_id: QueueId) -> None:
    """Let a service wait in another queue of its hall."""
    service_id = select(_services.c.id).where(_services.c.code == code).scalar_subquery()
    session.execute(
        update(_offers)
        .where(_offers.c.hall_id == hall_id, _offers.c.service_id == service_id)
        .values(queue_id=queue_id)
    )


def policy_of(session: Session, hall_id: HallId) -> dict[str, float]:
    """Return the values that a hall has set; those it has not set keep their defaults."""
    return dict(session.execute(select(_halls.c.policy).where(_halls.c.id == hall_id)).scalar_one())


def write_policy(session: Session, hall_id: HallId, values: dict[str, float]) -> None:
    """Replace the values that a hall has set."""
    session.execute(update(_halls).where(_halls.c.id == hall_id).values(policy=values))


def write_contact(session: Session, hall_id: HallId, **values: str) -> None:
    """Write a hall's address and telephone."""
    session.execute(update(_halls).where(_halls.c.id == hall_id).values(**values))


def write_window(session: Session, window_id: WindowId, **values: object) -> None:
    """Write names or the list limit of a window."""
    session.execute(update(windows).where(windows.c.id == window_id).values(**values))


def add_window(session: Session, hall_id: HallId, **values: object) -> WindowId:
    """Write a new, closed window at the end of the hall's list."""
    highest = session.execute(
        select(func.max(windows.c.rank)).where(windows.c.hall_id == hall_id)
    ).scalar_one()
    window_id = WindowId(uuid7())
    rank = 0 if highest is None else highest + 1
    session.execute(
        insert(windows).values(id=window_id, hall_id=hall_id, rank=rank, status="closed", **values)
    )
    return window_id


def write_equipment(session: Session, window_id: WindowId, queue_ids: Collection[QueueId]) -> None:
    """Replace what a window is equipped for."""
    session.execute(delete(equipment).where(equipment.c.window_id == window_id))
    session.execute(insert(equipment), [{"window_id": window_id, "queue_id": each} for each in queue_ids])


def clerks_of(session: Session, hall_id: HallId) -> list[Clerk]:
    """Return the clerks of a hall by name, disabled ones last."""
    entered: defaultdict[StaffId, list[QueueId]] = defaultdict(list)
    for row in session.execute(
        select(skills.c.staff_id, skills.c.queue_id)
        .join(_staff, _staff.c.id == skills.c.staff_id)
        .join(_queues, _queues.c.id == skills.c.queue_id)
        .where(_staff.c.hall_id == hall_id)
        .order_by(_queues.c.rank, _queues.c.id)
    ):
        entered[row.staff_id].append(row.queue_id)
    rows = session.execute(
        select(_staff)
        .where(_staff.c.hall_id == hall_id, _staff.c.role == Role.CLERK.value)
        .order_by(_staff.c.disabled, _staff.c.display_name, _staff.c.username)
    )
    return [
        Clerk(StaffId(row.id), row.username, row.display_name, row.disabled, tuple(entered[row.id]))
        for row in rows
    ]


def add_clerk(
    session: Session, hall_id: HallId, username: str, name: str, password_hash: str
) -> StaffId | None:
    """Write a new clerk and return who it is, or None where a rival took the sign-in name meanwhile.

    Two halls have two locks, so between the look for the name and this statement another may take it;
    the schema's unique name decides, whatever the case of its letters.
    """
    staff_id = StaffId(uuid7())
    written = session.execute(
        insert_into(session, _staff)
        .values(
            id=staff_id,
            username=username,
            display_name=name,
            role=Role.CLERK.value,
            hall_id=hall_id,
            password_hash=password_hash,
            failed_tries=0,
            disabled=False,
            password_chosen=False,
        )
        .on_conflict_do_nothing()
        .returning(_staff.c.id)
    )
    return staff_id if written.first() is not None else None


def write_clerk(session: Session, staff_id: StaffId, *, name: str, disabled: bool) -> None:
    """Write a clerk's name and whether the account works."""
    session.execute(
        update(_staff).where(_staff.c.id == staff_id).values(display_name=name, disabled=disabled)
    )


def write_skills(session: Session, staff_id: StaffId, queue_ids: Iterable[QueueId]) -> None:
    """Replace the queues that a clerk can serve; none means all."""
    session.execute(delete(skills).where(skills.c.staff_id == staff_id))
    rows = [{"staff_id": staff_id, "queue_id": each} for each in queue_ids]
    if rows:
        session.execute(insert(skills), rows)
