"""What the hall takes back by itself: its own outages, and single ones that are wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from booking.no_shows.errors import (
    AppealWordsMissing,
    NoShowNotCounting,
    NoShowNotFound,
    OutageInvalid,
)
from booking.no_shows.personal import ANSWER_FIELD
from booking.no_shows.store import appeals, facts, halls
from booking.no_shows.telling import told_answer
from booking.rules.no_shows import SHORTEST_WORDS, AppealStatus, NoShowStatus
from kernel import catalogue
from kernel.audit import note
from kernel.events import lock_hall

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from booking.no_shows.store.facts import NoShow
    from booking.rules.no_shows import NoShowKind
    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import NoShowId
    from kernel.secrets import Vault

LONGEST_OUTAGE = timedelta(days=31)
FURTHEST_BACK = timedelta(days=366)
LISTED = 100
OUTAGES_LISTED = 10


@dataclass(frozen=True, slots=True)
class Declared:
    """An outage, and how many no-shows do not count any more because of it."""

    begins_at: datetime
    ends_at: datetime
    reason: str
    excused: int


@dataclass(frozen=True, slots=True)
class HallNoShow:
    """A no-show as the hall's staff see it; ``reference`` is None once the appointment is erased."""

    id: NoShowId
    starts_at: datetime
    kind: NoShowKind
    status: NoShowStatus
    reference: str | None
    excuse: str


@dataclass(frozen=True, slots=True)
class HallNoShows:
    """A hall's latest no-shows and outages, newest first."""

    hall: Hall
    no_shows: tuple[HallNoShow, ...]
    outages: tuple[Declared, ...]


def of_hall(session: Session, code: str, *, by: Staff) -> HallNoShows:
    """Return a hall's latest no-shows and outages; raises ``HallNotFound``, ``WrongHall``."""
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    latest = facts.latest_of_hall(session, hall.id, limit=LISTED)
    return HallNoShows(
        hall=hall,
        no_shows=tuple(
            HallNoShow(own.id, own.starts_at, own.kind, own.status, code_of, own.excuse)
            for own, code_of in latest
        ),
        outages=tuple(
            Declared(row.begins_at, row.ends_at, row.reason, row.excused)
            for row in halls.outages_of(session, hall.id, limit=OUTAGES_LISTED)
        ),
    )


def declare_outage(
    session: Session,
    code: str,
    begins_at: datetime,
    ends_at: datetime,
    reason: str,
    *,
    by: Staff,
    clock: Clock,
    vault: Vault,
) -> Declared:
    """Say that a hall could not serve; what was due in that time does not count, recorded or not yet.

    Open appeals against it are upheld with it. Raises ``OutageInvalid``, ``AppealWordsMissing``,
    ``WrongHall``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    said = said_in_words(reason)
    # A day that rolls over meanwhile would ask for outages before this one is there, and write afterwards.
    now = lock_hall(session, hall.id).tick(clock)
    if not (begins_at < ends_at <= begins_at + LONGEST_OUTAGE and ends_at <= now + LONGEST_OUTAGE):
        raise OutageInvalid(field="ends_at")
    if begins_at < now - FURTHEST_BACK:
        raise OutageInvalid(field="begins_at")
    against = facts.lock_counting(session, hall.id, begins_at, ends_at)
    _excuse(session, against, said, by=by, now=now, vault=vault)
    halls.add_outage(
        session, hall_id=hall.id, begins_at=begins_at, ends_at=ends_at, reason=said,
        declared_at=now, declared_by=by.id, excused=len(against),
    )  # fmt: skip
    detail = {"from": begins_at.isoformat(), "to": ends_at.isoformat(), "reason": said}
    note(
        session, "no-show.outage", by=by, hall_id=hall.id, at=now, subject=hall.code,
        detail=detail | {"excused": len(against)},
    )  # fmt: skip
    return Declared(begins_at, ends_at, said, len(against))


def excuse(
    session: Session, no_show_id: NoShowId, reason: str, *, by: Staff, clock: Clock, vault: Vault
) -> NoShow:
    """Take one back: the person was there after all, or the hall is at fault.

    Raises ``NoShowNotFound``, ``NoShowNotCounting``, ``AppealWordsMissing``, ``WrongHall``.
    """
    own = facts.no_show(session, no_show_id, lock=True)
    if own is None:
        raise NoShowNotFound
    by.must_work_in(own.hall_id)
    if own.status is not NoShowStatus.COUNTS:
        raise NoShowNotCounting(status=own.status)
    now, said = clock.now(), said_in_words(reason)
    _excuse(session, [own], said, by=by, now=now, vault=vault)
    note(
        session, "no-show.excuse", by=by, hall_id=own.hall_id, at=now, subject=str(own.id),
        detail={"before": own.status.value, "after": NoShowStatus.EXCUSED.value, "reason": said},
    )  # fmt: skip
    changed = facts.no_show(session, no_show_id)
    assert changed is not None
    return changed


def said_in_words(reason: str) -> str:
    """Return a reason that says something; raises ``AppealWordsMissing``."""
    said = reason.strip()
    if len(said) < SHORTEST_WORDS:
        raise AppealWordsMissing(field="reason")
    return said


def _excuse(
    session: Session, against: list[NoShow], reason: str, *, by: Staff, now: datetime, vault: Vault
) -> None:
    """Write that locked ones do not count, and answer the open appeals against them with the reason."""
    for own in against:
        facts.set_status(
            session, own.id, NoShowStatus.EXCUSED, excuse=reason, excused_at=now, excused_by=by.id
        )
    answer = vault.seal(reason, field=ANSWER_FIELD)
    of = {own.id: own for own in against}
    for appeal in appeals.lock_open_appeals(session, [own.id for own in against]):
        own = of[appeal.no_show_id]
        appeals.close_appeal(
            session,
            appeal.id,
            own,
            AppealStatus.UPHELD,
            answer_sealed=answer,
            decided_at=now,
            decided_by=by.id,
        )
        note(
            session, "no-show-appeal.uphold", by=by, hall_id=appeal.hall_id, at=now, subject=str(appeal.id),
            detail={"before": appeal.status.value, "after": AppealStatus.UPHELD.value},
        )  # fmt: skip
        told_answer(session, own.appointment_id, own.hall_id, own.starts_at, now=now, vault=vault)
