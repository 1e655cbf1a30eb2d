"""A bad rating's case: the hall takes it, may call back, answers; the supervisor accepts or sends back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from booking.ratings import store
from booking.ratings.case_views import CaseView, views
from booking.ratings.errors import NoCallBackNumber, OwnAnswer, RatingCaseNotPossible
from booking.ratings.service import PHONE_FIELD
from booking.rules.rating_cases import (
    BY_HALL,
    BY_SUPERVISOR,
    CASE_TRANSITIONS,
    ENDINGS,
    UNANSWERED,
    CaseAction,
    CaseStatus,
    due_at,
)
from booking.rules.ratings import rating_policy
from kernel import audit, catalogue
from kernel.identity import Role, WrongHall, WrongRole
from kernel.reach import CITY_ROLES, hall_in_reach

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import HallId, RatingCaseId
    from kernel.secrets import Vault

MOST_SHOWN = 200
LATEST_ENDED = 50
_A = CaseAction


@dataclass(frozen=True, slots=True)
class CaseTally:
    """How many cases of a hall wait for an answer, are overdue, wait for review, and are over."""

    unanswered: int = 0
    overdue: int = 0
    to_review: int = 0
    accepted: int = 0
    withdrawn: int = 0

    def __add__(self, other: CaseTally) -> CaseTally:
        return CaseTally(
            self.unanswered + other.unanswered,
            self.overdue + other.overdue,
            self.to_review + other.to_review,
            self.accepted + other.accepted,
            self.withdrawn + other.withdrawn,
        )


@dataclass(frozen=True, slots=True)
class CaseList:
    """The cases of a hall, or of the city where ``hall`` is None, and how many there are of each kind."""

    hall: Hall | None
    cases: tuple[CaseView, ...]
    tally: CaseTally
    made_at: datetime


def list_cases(
    session: Session, code: str | None, *, ended: bool, reader: Staff, now: datetime, vault: Vault
) -> CaseList:
    """Return the cases that are not over, the first due first, or the latest that are."""
    hall = hall_in_reach(session, code, reader)
    hall_id = hall.id if hall else None
    statuses = ENDINGS if ended else frozenset(CaseStatus) - ENDINGS
    found = store.cases_with_ratings(
        session, hall_id, statuses, latest=ended, limit=LATEST_ENDED if ended else MOST_SHOWN
    )
    tallies = case_tallies(session, hall_id, now=now)
    return CaseList(
        hall, views(session, found, reader, now=now, vault=vault), sum(tallies.values(), CaseTally()), now
    )


def case_tallies(session: Session, hall_id: HallId | None, *, now: datetime) -> dict[HallId, CaseTally]:
    """Return by hall how many cases stand where; halls without a case are left out."""
    found: defaultdict[HallId, CaseTally] = defaultdict(CaseTally)
    for own_hall, status, late, n in store.case_counts(session, hall_id, now=now):
        waiting = n if status in UNANSWERED else 0
        found[own_hall] += CaseTally(
            unanswered=waiting,
            overdue=waiting if late else 0,
            to_review=n if status is CaseStatus.ANSWERED else 0,
            accepted=n if status is CaseStatus.ACCEPTED else 0,
            withdrawn=n if status is CaseStatus.WITHDRAWN else 0,
        )
    return dict(found)


def go_on(
    session: Session,
    case_id: RatingCaseId,
    action: CaseAction,
    note: str = "",
    *,
    by: Staff,
    clock: Clock,
    vault: Vault,
) -> CaseView:
    """Take a case a step on.

    Raises ``RatingCaseNotPossible``, ``WrongHall``, ``WrongRole``, ``OwnAnswer``.
    """
    case = store.lock_case(session, case_id)
    now = clock.now()
    _refuse_stranger(case, action, by)
    after = CASE_TRANSITIONS.get((case.status, action))
    if after is None or action not in BY_HALL | BY_SUPERVISOR:
        raise RatingCaseNotPossible(status=case.status, action=action)
    changes = _changes(session, case, action, by=by, now=now)
    store.change_case(session, case_id, status=after, **changes)
    store.add_step(session, case_id, action, at=now, by=by.actor, note=note)
    audit.note(
        *(session, f"rating-case.{action}"),
        by=by,
        hall_id=case.hall_id,
        at=now,
        subject=str(case_id),
        detail={"before": case.status.value, "after": after.value},
    )
    if after in ENDINGS:
        store.erase_number(session, case_id)
    found = store.case_with_rating(session, case_id)
    return views(session, [found], by, now=now, vault=vault)[0]


def read_number(session: Session, case_id: RatingCaseId, *, by: Staff, clock: Clock, vault: Vault) -> str:
    """Return the number to call back, and log who read it; raises ``NoCallBackNumber`` and as ``go_on``."""
    store.lock_case(session, case_id)
    sealed = store.numbers_of(session, [case_id], now=clock.now()).get(case_id)
    go_on(session, case_id, _A.READ_NUMBER, by=by, clock=clock, vault=vault)
    if sealed is None:
        raise NoCallBackNumber
    return vault.open(sealed, field=PHONE_FIELD)


def _refuse_stranger(case: store.Case, action: CaseAction, by: Staff) -> None:
    """The hall's manager answers for its cases; the supervisor reviews, never an answer of their own."""
    if action in BY_SUPERVISOR:
        if by.role not in CITY_ROLES:
            raise WrongRole(role=by.role, needed=[Role.SUPERVISOR])
        if case.answered_by == by.id:
            raise OwnAnswer
    elif not by.may_manage(case.hall_id):
        if by.hall_id == case.hall_id or by.role is Role.SUPERVISOR:
            raise WrongRole(role=by.role, needed=[Role.MANAGER])
        raise WrongHall


def _changes(
    session: Session, case: store.Case, action: CaseAction, *, by: Staff, now: datetime
) -> dict[str, Any]:
    """Return what an action writes beside the status."""
    if action is _A.TAKE:
        return {"handler_id": by.id}
    if action is _A.ANSWER:
        return {"answered_at": now, "answered_by": by.id}
    if action is _A.ACCEPT:
        return {"ended_at": now}
    if action is _A.SEND_BACK:
        days = rating_policy(catalogue.hall(session, case.hall_id).policy).answer_days
        again = due_at(catalogue.calendar(session, case.hall_id), now, days)
        return {"due_at": again, "answered_at": None, "answered_by": None}
    return {}
