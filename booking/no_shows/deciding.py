"""Appeals are decided once: by the manager of the hall, or by the supervisor."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from booking.no_shows.errors import AppealDecided, AppealNotFound, AppealWordsMissing, NotYourAppeal
from booking.no_shows.personal import ANSWER_FIELD, WORDS_FIELD, opened
from booking.no_shows.store import appeals, facts
from booking.no_shows.telling import told_answer
from booking.rules.no_shows import (
    APPEAL_ENDINGS,
    APPEAL_TRANSITIONS,
    NEEDS_WORDS,
    SHORTEST_WORDS,
    AppealStatus,
    NoShowStatus,
)
from kernel import catalogue
from kernel.audit import note
from kernel.identity import WrongHall
from kernel.reach import CITY_ROLES, hall_in_reach

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlmodel import Session

    from booking.no_shows.store.appeals import Appeal
    from booking.no_shows.store.facts import NoShow
    from booking.rules.no_shows import AppealAction, NoShowKind
    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import AppealId, HallId, NoShowId
    from kernel.secrets import Vault

MOST_SHOWN = 200
LATEST_DECIDED = 50


@dataclass(frozen=True, slots=True)
class AppealCase:
    """An appeal as staff see it; ``reference`` leads to the booking until that is erased.

    ``overdue``: open after ``due_at``. ``late``: decided after it.
    """

    id: AppealId
    hall: Hall
    starts_at: datetime
    kind: NoShowKind
    reference: str | None
    words: str
    status: AppealStatus
    opened_at: datetime
    due_at: datetime
    overdue: bool
    late: bool
    answer: str
    decided_at: datetime | None
    decided_by: str
    may: bool


@dataclass(frozen=True, slots=True)
class AppealTally:
    """How many appeals of a hall are open, overdue, upheld, rejected, and decided after their time."""

    open: int = 0
    overdue: int = 0
    upheld: int = 0
    rejected: int = 0
    late: int = 0

    def __add__(self, other: AppealTally) -> AppealTally:
        return AppealTally(
            self.open + other.open,
            self.overdue + other.overdue,
            self.upheld + other.upheld,
            self.rejected + other.rejected,
            self.late + other.late,
        )


@dataclass(frozen=True, slots=True)
class AppealList:
    """The appeals of a hall, or of the city where ``hall`` is None."""

    hall: Hall | None
    appeals: tuple[AppealCase, ...]
    tally: AppealTally
    made_at: datetime


class _Around(NamedTuple):
    """What appeals are shown with, read once for all of them."""

    halls: Mapping[HallId, Hall]
    references: Mapping[NoShowId, str]


def list_appeals(
    session: Session, code: str | None, *, decided: bool, reader: Staff, now: datetime, vault: Vault
) -> AppealList:
    """Return the open appeals, the first due first, or the latest that are decided.

    A manager reads the own hall. Raises ``HallNotFound``, ``WrongHall``.
    """
    hall = hall_in_reach(session, code, reader)
    hall_id = hall.id if hall else None
    statuses = APPEAL_ENDINGS if decided else {AppealStatus.OPEN}
    limit = LATEST_DECIDED if decided else MOST_SHOWN
    found = appeals.listed_appeals(session, hall_id, statuses, latest=decided, limit=limit)
    tallies = appeal_tallies(session, hall_id, now=now)
    around = _Around(
        {own.id: own for own in catalogue.halls(session)},
        facts.references_of(session, [against for _, against, _ in found]),
    )
    return AppealList(
        hall=hall,
        appeals=tuple(_case(around, *each, reader, now=now, vault=vault) for each in found),
        tally=sum(tallies.values(), AppealTally()),
        made_at=now,
    )


def appeal_tallies(session: Session, hall_id: HallId | None, *, now: datetime) -> dict[HallId, AppealTally]:
    """Return by hall how many appeals stand where; halls without one are left out."""
    found: defaultdict[HallId, AppealTally] = defaultdict(AppealTally)
    for own_hall, status, late, n in appeals.appeal_counts(session, hall_id, now=now):
        is_open = status is AppealStatus.OPEN
        found[own_hall] += AppealTally(
            open=n if is_open else 0,
            overdue=n if is_open and late else 0,
            upheld=n if status is AppealStatus.UPHELD else 0,
            rejected=n if status is AppealStatus.REJECTED else 0,
            late=n if late and not is_open else 0,
        )
    return dict(found)


def decide(
    session: Session,
    appeal_id: AppealId,
    action: AppealAction,
    words: str,
    *,
    by: Staff,
    clock: Clock,
    vault: Vault,
) -> AppealCase:
    """Uphold an appeal, so that the no-show does not count any more, or reject it with a reason.

    Two deciders come one after the other: the second finds it decided. Raises ``AppealNotFound``,
    ``AppealDecided``, ``AppealWordsMissing``, ``NotYourAppeal``, ``WrongHall``.
    """
    own, against = _locked(session, appeal_id)
    now = clock.now()
    _refuse_stranger(own, by)
    said = words.strip()
    if action in NEEDS_WORDS and len(said) < SHORTEST_WORDS:
        raise AppealWordsMissing(field="note")
    after = APPEAL_TRANSITIONS.get((own.status, action))
    if after is None:
        raise AppealDecided(status=own.status)
    answer = vault.seal(said, field=ANSWER_FIELD) if said else None
    appeals.close_appeal(
        session, own.id, against, after, answer_sealed=answer, decided_at=now, decided_by=by.id
    )
    if after is AppealStatus.UPHELD:
        facts.set_status(session, against.id, NoShowStatus.FORGIVEN)
    note(
        session, f"no-show-appeal.{action}", by=by, hall_id=own.hall_id, at=now, subject=str(own.id),
        detail={"before": own.status.value, "after": after.value, "no_show": str(against.id)},
    )  # fmt: skip
    told_answer(session, against.appointment_id, own.hall_id, against.starts_at, now=now, vault=vault)
    decided = appeals.appeal_of(session, against.id)
    assert decided is not None
    around = _Around(
        {own.hall_id: catalogue.hall(session, own.hall_id)}, facts.references_of(session, [against])
    )
    return _case(around, decided, against, by.name, by, now=now, vault=vault)


def _locked(session: Session, appeal_id: AppealId) -> tuple[Appeal, NoShow]:
    """Lock the no-show, then its appeal, as everybody does who touches both."""
    no_show_id = appeals.no_show_of_appeal(session, appeal_id)
    against = facts.no_show(session, no_show_id, lock=True) if no_show_id else None
    own = appeals.lock_appeal(session, appeal_id)
    if own is None or against is None:
        raise AppealNotFound
    return own, against


def _refuse_stranger(own: Appeal, by: Staff) -> None:
    if by.role in CITY_ROLES or by.may_manage(own.hall_id):
        return
    if by.hall_id == own.hall_id:
        raise NotYourAppeal
    raise WrongHall


def _case(
    around: _Around,
    own: Appeal,
    against: NoShow,
    decided_by: str,
    reader: Staff,
    *,
    now: datetime,
    vault: Vault,
) -> AppealCase:
    is_open = own.status is AppealStatus.OPEN
    return AppealCase(
        id=own.id,
        hall=around.halls[own.hall_id],
        starts_at=against.starts_at,
        kind=against.kind,
        reference=around.references.get(against.id),
        words=opened(own.words_sealed, WORDS_FIELD, vault),
        status=own.status,
        opened_at=own.opened_at,
        due_at=own.due_at,
        overdue=is_open and now > own.due_at,
        late=own.decided_at is not None and own.decided_at > own.due_at,
        answer=opened(own.answer_sealed, ANSWER_FIELD, vault),
        decided_at=own.decided_at,
        decided_by=decided_by,
        may=is_open and (reader.role in CITY_ROLES or reader.may_manage(own.hall_id)),
    )
