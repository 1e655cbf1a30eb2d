"""What people say to a no-show, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from booking.no_shows.store.facts import NoShow, no_shows
from booking.no_shows.store.facts import row_of as no_show_row
from booking.no_shows.tables import NoShowAppealRow
from booking.rules.no_shows import AppealStatus
from kernel.identity_tables import StaffRow
from kernel.ids import AppealId, HallId, NoShowId, StaffId, uuid7
from kernel.inserting import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sqlmodel import Session

appeals = NoShowAppealRow.__table__
staff = StaffRow.__table__


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal as decisions need it; its words stay sealed."""

    id: AppealId
    no_show_id: NoShowId
    hall_id: HallId
    status: AppealStatus
    words_sealed: bytes | None
    answer_sealed: bytes | None
    opened_at: datetime
    due_at: datetime
    decided_at: datetime | None
    decided_by: StaffId | None


def add_appeal(
    session: Session, own: NoShow, *, words: bytes, at: datetime, due_at: datetime
) -> AppealId | None:
    """Write an appeal; None if there is one already, in spite of the lock of its no-show."""
    added = session.execute(
        insert_into(session, appeals)
        .values(
            **{"id": uuid7(), "no_show_id": own.id, "hall_id": own.hall_id, "status": AppealStatus.OPEN},
            **{"words_sealed": words, "opened_at": at, "due_at": due_at},
        )
        .on_conflict_do_nothing(index_elements=[appeals.c.no_show_id])
        .returning(appeals.c.id)
    ).scalar_one_or_none()
    return None if added is None else AppealId(added)


def appeal_of(session: Session, no_show_id: UUID) -> Appeal | None:
    """Return the appeal against a no-show, or None."""
    row = session.execute(select(appeals).where(appeals.c.no_show_id == no_show_id)).one_or_none()
    return None if row is None else _appeal(row)


def no_show_of_appeal(session: Session, appeal_id: UUID) -> NoShowId | None:
    """Return against what an appeal is, to lock that first."""
    found = session.execute(
        select(appeals.c.no_show_id).where(appeals.c.id == appeal_id)
    ).scalar_one_or_none()
    return None if found is None else NoShowId(found)


def lock_appeal(session: Session, appeal_id: UUID) -> Appeal | None:
    """Return and lock an appeal.

    Without the lock two people both find it open: one forgives, the other rejects, and the citizen reads
    whatever was written last.
    """
    row = session.execute(select(appeals).where(appeals.c.id == appeal_id).with_for_update()).one_or_none()
    return None if row is None else _appeal(row)


def lock_open_appeals(session: Session, no_show_ids: Collection[UUID]) -> list[Appeal]:
    """Return and lock the open appeals against these, in order of id."""
    rows = session.execute(
        select(appeals)
        .where(appeals.c.no_show_id.in_(no_show_ids), appeals.c.status == AppealStatus.OPEN)
        .order_by(appeals.c.id)
        .with_for_update()
    )
    return [_appeal(row) for row in rows]


def close_appeal(
    session: Session, appeal_id: UUID, against: NoShow, status: AppealStatus, **values: object
) -> None:
    """Write what became of an appeal; its words go with an appointment that was erased while it was open."""
    if against.appointment_id is None:
        values["words_sealed"] = None
    session.execute(update(appeals).where(appeals.c.id == appeal_id).values(status=status.value, **values))


def _appeal(row: Any) -> Appeal:
    return Appeal(
        **{name: row._mapping[name] for name in Appeal.__dataclass_fields__}
        | {"status": AppealStatus(row.status)}
    )


def listed_appeals(
    session: Session, hall_id: HallId | None, statuses: Collection[AppealStatus], *, latest: bool, limit: int
) -> list[tuple[Appeal, NoShow, str]]:
    """Return appeals with their no-shows and who decided: the first due, or the latest decided, first."""
    own = [appeals.c[name].label(f"appeal_{name}") for name in Appeal.__dataclass_fields__]
    of = [no_shows.c[name] for name in NoShow.__dataclass_fields__]
    statement = (
        select(*own, *of, staff.c.display_name)
        .join(no_shows, no_shows.c.id == appeals.c.no_show_id)
        .join(staff, staff.c.id == appeals.c.decided_by, isouter=True)
        .where(appeals.c.status.in_(statuses))
        .order_by(
            *([appeals.c.decided_at.desc(), appeals.c.id] if latest else [appeals.c.due_at, appeals.c.id])
        )
        .limit(limit)
    )
    if hall_id is not None:
        statement = statement.where(appeals.c.hall_id == hall_id)
    return [_listed(row) for row in session.execute(statement)]


def _listed(row: Any) -> tuple[Appeal, NoShow, str]:
    values = {name: row._mapping[f"appeal_{name}"] for name in Appeal.__dataclass_fields__}
    appeal = Appeal(**values | {"status": AppealStatus(values["status"])})
    return appeal, no_show_row(row), row.display_name or ""


def appeal_counts(
    session: Session, hall_id: HallId | None, *, now: datetime
) -> list[tuple[HallId, AppealStatus, bool, int]]:
    """Return (hall, status, whether due before now or decided late, how many)."""
    late = (func.coalesce(appeals.c.decided_at, now) > appeals.c.due_at).label("late")
    statement = select(appeals.c.hall_id, appeals.c.status, late, func.count().label("n"))
    if hall_id is not None:
        statement = statement.where(appeals.c.hall_id == hall_id)
    rows = session.execute(statement.group_by(appeals.c.hall_id, appeals.c.status, late))
    return [(HallId(row.hall_id), AppealStatus(row.status), bool(row.late), row.n) for row in rows]
