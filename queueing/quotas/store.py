"""Ticket quotas in the database; no decisions."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, insert, or_, select, update

from kernel.identity_tables import StaffRow
from kernel.ids import HallId, QueueId, ServiceId, StaffId, uuid7
from kernel.inserting import insert_into
from kernel.tables import HallServiceRow
from kernel.touched import touched
from queueing.quotas.errors import QuotaNotFound
from queueing.quotas.tables import TicketQuotaGivenRow, TicketQuotaRow
from queueing.rules.quotas import Quota, QuotaNow
from queueing.rules.tickets import TicketAction, TicketStatus
from queueing.store.ticket_writes import log
from queueing.store.tickets import legs, tickets

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import Row
    from sqlmodel import Session

_quotas = TicketQuotaRow.__table__
_given = TicketQuotaGivenRow.__table__
_offers = HallServiceRow.__table__
_staff = StaffRow.__table__
_BY_WEEKDAY = tuple(f"most_{day}" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))


@dataclass(frozen=True, slots=True)
class KeptQuota:
    """A quota with what was given today, and who set it when."""

    now: QuotaNow
    set_by: str
    set_at: datetime


def quotas_in(session: Session, hall_id: HallId) -> list[Quota]:
    """Return a hall's quotas."""
    rows = session.execute(select(_quotas).where(_quotas.c.hall_id == hall_id).order_by(*_ORDER))
    return [_quota(row) for row in rows]


def states_in(session: Session, hall_id: HallId, day: date) -> list[QuotaNow]:
    """Return a hall's quotas with what was given of each on a day."""
    rows = session.execute(_with_given(day).where(_quotas.c.hall_id == hall_id).order_by(*_ORDER))
    return [QuotaNow(_quota(row), row.given) for row in rows]


def states_everywhere(session: Session, day: date) -> list[QuotaNow]:
    """Return the quotas of the whole city with what was given of each on a day."""
    return [QuotaNow(_quota(row), row.given) for row in session.execute(_with_given(day))]


def kept_in(session: Session, hall_id: HallId, day: date) -> list[KeptQuota]:
    """Return a hall's quotas for its page."""
    asked = _with_given(day).add_columns(_staff.c.display_name).join(_staff, _staff.c.id == _quotas.c.set_by)
    rows = session.execute(asked.where(_quotas.c.hall_id == hall_id).order_by(*_ORDER))
    return [KeptQuota(QuotaNow(_quota(row), row.given), row.display_name, row.set_at) for row in rows]


def quota(session: Session, quota_id: UUID) -> Quota:
    """Return a quota; raises ``QuotaNotFound``."""
    row = session.execute(select(_quotas).where(_quotas.c.id == quota_id)).one_or_none()
    if row is None:
        raise QuotaNotFound(quota=quota_id)
    return _quota(row)


def new_quota(
    hall_id: HallId,
    queue_id: QueueId | None,
    service_id: ServiceId | None,
    *,
    from_minute: int,
    to_minute: int,
    most: int,
    by_weekday: Mapping[int, int] = MappingProxyType({}),
) -> Quota:
    """Return a quota with an id of its own."""
    return Quota(uuid7(), hall_id, queue_id, service_id, from_minute, to_minute, most, by_weekday)


def add(session: Session, own: Quota, *, by: StaffId, at: datetime) -> None:
    """Write a quota."""
    values = {name: getattr(own, name) for name in Quota.__dataclass_fields__ if name != "by_weekday"}
    values |= _numbers(own.most, own.by_weekday)
    session.execute(insert(_quotas).values(**values, set_by=by, set_at=at))


def set_most(
    session: Session, quota_id: UUID, most: int, by_weekday: Mapping[int, int], *, by: StaffId, at: datetime
) -> None:
    """Set how many numbers a quota gives, and on which weekdays another number."""
    values = _numbers(most, by_weekday)
    statement = update(_quotas).where(_quotas.c.id == quota_id)
    session.execute(statement.values(**values, set_by=by, set_at=at))


def remove(session: Session, quota_id: UUID) -> None:
    """Take a quota away, and the counts of its days with it."""
    session.execute(delete(_given).where(_given.c.quota_id == quota_id))
    session.execute(delete(_quotas).where(_quotas.c.id == quota_id))


def take(session: Session, own: Quota, day: date, numbers: int, *, weekday: int) -> bool:
    """Take numbers of a quota's day and return whether there were as many; a conditional update.

    ``weekday``: what the day counts as.

    The caller holds the hall's lock. Without both, two kiosks that read "one left" give two numbers.
    """
    _begin_day(session, own, day)
    there_are = func.coalesce(_quotas.c[_BY_WEEKDAY[weekday]], _quotas.c.most)
    most = select(there_are).where(_quotas.c.id == own.id).scalar_subquery()
    done = touched(
        session,
        update(_given)
        .where(_given.c.quota_id == own.id, _given.c.day == day, _given.c.given + numbers <= most)
        .values(given=_given.c.given + numbers),
    )
    return done > 0


def count(session: Session, own: Quota, day: date, numbers: int) -> None:
    """Count numbers that were given without asking, or given back (a negative number)."""
    _begin_day(session, own, day)
    session.execute(
        update(_given)
        .where(_given.c.quota_id == own.id, _given.c.day == day, _given.c.given + numbers >= 0)
        .values(given=_given.c.given + numbers)
    )


def set_given(session: Session, own: Quota, day: date, numbers: int) -> None:
    """Begin a quota's day with what was given before there was the quota."""
    _begin_day(session, own, day)
    session.execute(
        update(_given).where(_given.c.quota_id == own.id, _given.c.day == day).values(given=numbers)
    )


def given_before(session: Session, own: Quota, day: date, begins: datetime, ends: datetime) -> int:
    """Return how many numbers walk-ins got for a quota's subject on a day between two instants.

    One for each service of a visit. A number that was given back before anybody was served is none.
    """
    first = legs.alias("first")
    served = select(log.c.id).where(log.c.ticket_id == tickets.c.id, log.c.what == TicketAction.START.value)
    subject = legs.c.service_id == own.service_id
    if own.queue_id is not None:
        subject = legs.c.service_id.in_(
            select(_offers.c.service_id).where(
                _offers.c.hall_id == own.hall_id, _offers.c.queue_id == own.queue_id
            )
        )
    asked = (
        select(func.count())
        .select_from(tickets)
        .join(first, and_(first.c.id == tickets.c.leg_id, first.c.position == 0))
        .join(legs, legs.c.visit_id == first.c.visit_id)
        .where(
            *(tickets.c.hall_id == own.hall_id, tickets.c.day == day, tickets.c.due_at.is_(None)),
            tickets.c.came_back.is_(False),
            *(tickets.c.arrived_at >= begins, tickets.c.arrived_at < ends, subject),
            or_(tickets.c.status != TicketStatus.GIVEN_UP.value, served.exists()),
        )
    )
    return int(session.execute(asked).scalar_one())


def services_asked(session: Session, leg_id: Any) -> list[ServiceId]:
    """Return the services of the visit whose first leg this is; none for a later leg."""
    own = legs.alias("own")
    rows = session.execute(
        select(legs.c.service_id)
        .join(own, own.c.visit_id == legs.c.visit_id)
        .where(own.c.id == leg_id, own.c.position == 0)
    )
    return [ServiceId(row.service_id) for row in rows]


def queues_of(
    session: Session, hall_id: HallId, service_ids: Collection[ServiceId]
) -> dict[ServiceId, QueueId]:
    """Return the queue in which each of these services waits in a hall, for those that wait in one."""
    rows = session.execute(
        select(_offers.c.service_id, _offers.c.queue_id).where(
            _offers.c.hall_id == hall_id,
            _offers.c.service_id.in_(service_ids),
            _offers.c.queue_id.is_not(None),
        )
    )
    return {ServiceId(row.service_id): QueueId(row.queue_id) for row in rows}


def forget_given(session: Session, hall_id: HallId, *, before: date) -> None:
    """Remove a hall's counts of former days; tickets say what was given then."""
    own = select(_quotas.c.id).where(_quotas.c.hall_id == hall_id)
    session.execute(delete(_given).where(_given.c.quota_id.in_(own), _given.c.day < before))


_ORDER = (_quotas.c.queue_id, _quotas.c.service_id, _quotas.c.from_minute, _quotas.c.to_minute.desc())


def _begin_day(session: Session, own: Quota, day: date) -> None:
    new = insert_into(session, _given).values(quota_id=own.id, day=day, given=0)
    session.execute(new.on_conflict_do_nothing())


def _with_given(day: date) -> Any:
    today = and_(_given.c.quota_id == _quotas.c.id, _given.c.day == day)
    return select(_quotas, func.coalesce(_given.c.given, 0).label("given")).outerjoin(_given, today)


def _quota(row: Row[Any]) -> Quota:
    return Quota(
        *(row.id, HallId(row.hall_id)),
        QueueId(row.queue_id) if row.queue_id is not None else None,
        ServiceId(row.service_id) if row.service_id is not None else None,
        *(row.from_minute, row.to_minute, row.most),
        {
            weekday: number
            for weekday, column in enumerate(_BY_WEEKDAY)
            if (number := getattr(row, column)) is not None
        },
    )


def _numbers(most: int, by_weekday: Mapping[int, int]) -> dict[str, int | None]:
    own = {column: by_weekday.get(weekday) for weekday, column in enumerate(_BY_WEEKDAY)}
    return {"most": most, **own}
