"""The manager puts a notice up and takes it down; who looks at the hall sees it while it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.audit import note
from kernel.events import LockedHall, lock_hall, record
from kernel.reach import hall_to_look_into
from queueing.events import BoardNotice, NoticesChanged
from queueing.notices import store
from queueing.notices.errors import NoticeOver, NoticeTextWrong, NoticeTimesWrong, TooManyNotices
from queueing.rules import notices as rules

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import HallId
    from queueing.notices.store import KeptNotice
    from queueing.rules.notices import Notice

LISTED = 30  # the manager's page shows so many, past ones among them


@dataclass(frozen=True, slots=True)
class NewNotice:
    """What a manager writes; ``from_at`` None is now."""

    text_zh: str
    text_en: str
    from_at: datetime | None
    until_at: datetime


@dataclass(frozen=True, slots=True)
class HallNotices:
    """A hall's notices for its manager, those that end last first; some are over."""

    hall: Hall
    notices: tuple[KeptNotice, ...]
    now: datetime


def standing(session: Session, hall_id: HallId, *, now: datetime) -> tuple[Notice, ...]:
    """Return the notices that are up in a hall."""
    return rules.standing(store.not_over(session, hall_id, now), now)


def standing_everywhere(session: Session, *, now: datetime) -> dict[HallId, tuple[Notice, ...]]:
    """Return the notices that are up in the whole city, by hall."""
    return store.standing_everywhere(session, now)


def notices_of(session: Session, code: str, *, by: Staff, now: datetime) -> HallNotices:
    """Return a hall's notices, coming and past ones too; raises ``HallNotFound``, ``WrongHall``."""
    hall = hall_to_look_into(session, code, by)
    return HallNotices(hall, tuple(store.latest(session, hall.id, limit=LISTED)), now)


def post_notice(session: Session, code: str, wanted: NewNotice, *, by: Staff, clock: Clock) -> KeptNotice:
    """Put a notice up, now or from its time on.

    Raises ``HallNotFound``, ``WrongHall``, ``NoticeTextWrong``, ``NoticeTimesWrong``, ``TooManyNotices``.
    """
    hall_id = catalogue.hall_by_code(session, code).id
    by.must_work_in(hall_id)
    # Two managers who both see four would otherwise put up a sixth.
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    notice = _checked(wanted, now)
    if len(store.not_over(session, hall_id, now)) >= rules.MOST:
        raise TooManyNotices(most=rules.MOST)
    store.add(session, hall_id, notice, by=by.id, at=now)
    _tell(session, hall, now)
    note(
        session, "notice.posted", by=by, hall_id=hall_id, at=now, subject=str(notice.id), detail=_said(notice)
    )
    return store.kept(session, notice.id)


def _checked(wanted: NewNotice, now: datetime) -> Notice:
    text_zh, text_en = rules.plain_text(wanted.text_zh), rules.plain_text(wanted.text_en)
    if not rules.text_fits(text_zh, text_en):
        raise NoticeTextWrong(most_zh=rules.LONGEST_ZH, most_en=rules.LONGEST_EN)
    from_at = max(wanted.from_at or now, now)
    if not rules.times_fit(from_at, wanted.until_at, now=now):
        raise NoticeTimesWrong(now=now, latest=from_at + rules.LONGEST_TIME)
    return store.new_notice(text_zh, text_en, from_at, wanted.until_at)


def end_notice(session: Session, notice_id: UUID, *, by: Staff, clock: Clock) -> KeptNotice:
    """Take a notice down before its time; raises ``NoticeNotFound``, ``WrongHall``, ``NoticeOver``."""
    found = store.kept(session, notice_id)
    by.must_work_in(found.hall_id)
    hall = lock_hall(session, found.hall_id)
    now = hall.tick(clock)
    if not store.end(session, notice_id, at=now):
        raise NoticeOver(until=found.ended_at or found.notice.until_at)
    _tell(session, hall, now)
    note(
        session, "notice.ended", by=by, hall_id=found.hall_id, at=now, subject=str(notice_id),
        detail=_said(found.notice),
    )  # fmt: skip
    return store.kept(session, notice_id)


def _tell(session: Session, hall: LockedHall, now: datetime) -> None:
    """Let boards follow; what begins or ends by time alone they read anew."""
    up = standing(session, hall.hall_id, now=now)
    record(session, hall, NoticesChanged(notices=tuple(BoardNotice.of(own) for own in up)), at=now)


def _said(notice: Notice) -> dict[str, str]:
    return {
        "zh": notice.text_zh,
        "en": notice.text_en,
        "from": notice.from_at.isoformat(),
        "until": notice.until_at.isoformat(),
    }
