"""Notices in the database; no decisions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from kernel.identity_tables import StaffRow
from kernel.ids import HallId, StaffId, uuid7
from kernel.touched import touched
from queueing.notices.errors import NoticeNotFound
from queueing.notices.tables import HallNoticeRow
from queueing.rules.notices import Notice, standing

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row
    from sqlmodel import Session

OVER_KEPT_FOR = timedelta(days=90)  # to be looked up on the manager's page; the trail keeps who wrote what

_notices = HallNoticeRow.__table__
_staff = StaffRow.__table__


@dataclass(frozen=True, slots=True)
class KeptNotice:
    """A notice with who put it up, and when somebody took it down before its time."""

    notice: Notice
    hall_id: HallId
    made_by: str
    made_at: datetime
    ended_at: datetime | None

    def over_at(self, now: datetime) -> bool:
        """Return whether it can be seen no more."""
        return self.ended_at is not None or now >= self.notice.until_at


def add(session: Session, hall_id: HallId, notice: Notice, *, by: StaffId, at: datetime) -> None:
    """Write a notice."""
    session.execute(
        insert(_notices).values(
            id=notice.id,
            hall_id=hall_id,
            text_zh=notice.text_zh,
            text_en=notice.text_en,
            from_at=notice.from_at,
            until_at=notice.until_at,
            made_by=by,
            made_at=at,
        )
    )


def new_notice(text_zh: str, text_en: str, from_at: datetime, until_at: datetime) -> Notice:
    """Return a notice with an id of its own."""
    return Notice(uuid7(), text_zh, text_en, from_at, until_at)


def end(session: Session, notice_id: UUID, *, at: datetime) -> bool:
    """Take a notice down; return whether it was not over already."""
    done = touched(
        session,
        update(_notices)
        .where(_notices.c.id == notice_id, _notices.c.ended_at.is_(None), _notices.c.until_at > at)
        .values(ended_at=at),
    )
    return done > 0


def forget_over(session: Session, now: datetime) -> None:
    """Remove notices that were over long ago: each page of the halls looks through all that are kept."""
    session.execute(delete(_notices).where(_notices.c.until_at < now - OVER_KEPT_FOR))


def kept(session: Session, notice_id: UUID) -> KeptNotice:
    """Return a notice; raises ``NoticeNotFound``."""
    row = session.execute(_with_names().where(_notices.c.id == notice_id)).one_or_none()
    if row is None:
        raise NoticeNotFound(notice=notice_id)
    return _kept(row)


def latest(session: Session, hall_id: HallId, *, limit: int) -> list[KeptNotice]:
    """Return a hall's notices, those that end last first."""
    rows = session.execute(
        _with_names()
        .where(_notices.c.hall_id == hall_id)
        .order_by(_notices.c.until_at.desc(), _notices.c.id.desc())
        .limit(limit)
    )
    return [_kept(row) for row in rows]


def not_over(session: Session, hall_id: HallId, now: datetime) -> list[Notice]:
    """Return a hall's notices that stand or are to come, those that end first coming first."""
    rows = session.execute(
        select(_notices)
        .where(_notices.c.hall_id == hall_id, _notices.c.ended_at.is_(None), _notices.c.until_at > now)
        .order_by(_notices.c.until_at, _notices.c.id)
    )
    return [_notice(row) for row in rows]


def standing_everywhere(session: Session, now: datetime) -> dict[HallId, tuple[Notice, ...]]:
    """Return the notices that are up in the whole city, by hall."""
    found: defaultdict[HallId, list[Notice]] = defaultdict(list)
    for row in session.execute(
        select(_notices).where(_notices.c.ended_at.is_(None), _notices.c.until_at > now)
    ):
        found[HallId(row.hall_id)].append(_notice(row))
    return {hall_id: standing(own, now) for hall_id, own in found.items()}


def _with_names() -> Any:
    return select(_notices, _staff.c.display_name).join(_staff, _staff.c.id == _notices.c.made_by)


def _kept(row: Row[Any]) -> KeptNotice:
    return KeptNotice(_notice(row), HallId(row.hall_id), row.display_name, row.made_at, row.ended_at)


def _notice(row: Row[Any]) -> Notice:
    return Notice(row.id, row.text_zh, row.text_en, row.from_at, row.until_at)
