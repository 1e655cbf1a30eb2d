"""A case as staff see it: nothing that tells who rated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from booking.ratings import store
from booking.ratings.service import PHONE_FIELD
from booking.ratings.store.ratings import TEXT_FIELD
from booking.rules.people import masked_phone
from booking.rules.rating_cases import (
    BY_HALL,
    BY_SUPERVISOR,
    CaseAction,
    CaseStatus,
    allowed,
    is_overdue,
)
from booking.rules.ratings import Level, Reason
from kernel import catalogue
from kernel.reach import CITY_ROLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.catalogue import Hall, HallQueue, Service
    from kernel.identity import Staff
    from kernel.ids import RatingCaseId
    from kernel.secrets import Vault

_A = CaseAction


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as staff see it: nothing that tells who rated, and the day, not the minute.

    ``may``: what this reader can do now. ``late``: it was answered after its time.
    """

    id: RatingCaseId
    hall: Hall
    queue: HallQueue
    service: Service
    day: date
    level: Level
    reasons: tuple[Reason, ...]
    text: str
    status: CaseStatus
    due_at: datetime
    overdue: bool
    late: bool
    handler: str
    phone_masked: str | None
    steps: tuple[StepView, ...]
    may: frozenset[CaseAction]


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as staff see it: a citizen's has no name and no minute, either would tell who rated."""

    what: str
    on: date
    at: datetime | None
    who: str
    note: str


def views(
    session: Session,
    found: Sequence[tuple[store.Case, Any]],
    reader: Staff,
    *,
    now: datetime,
    vault: Vault,
) -> tuple[CaseView, ...]:
    """Return cases, given with the columns of their ratings, as this reader sees them."""
    ids = [case.id for case, _ in found]
    steps, sealed = store.steps_of(session, ids), store.numbers_of(session, ids, now=now)
    names = store.names_of(session, {case.handler_id for case, _ in found if case.handler_id})
    halls = {hall.id: hall for hall in catalogue.halls(session)} if found else {}
    queues = catalogue.queues_by_id(session, {row.queue_id for _, row in found})
    services = {service.id: service for service in catalogue.services(session)} if found else {}
    return tuple(
        CaseView(
            id=case.id,
            hall=halls[case.hall_id],
            queue=queues[row.queue_id],
            service=services[row.service_id],
            day=row.day,
            level=Level(row.level),
            reasons=tuple(Reason(each) for each in row.reasons),
            text=vault.open(row.text_sealed, field=TEXT_FIELD) if row.text_sealed else "",
            status=case.status,
            due_at=case.due_at,
            overdue=is_overdue(case.status, case.due_at, now=now),
            late=case.answered_at is not None and case.answered_at > case.due_at,
            handler=names.get(case.handler_id, "") if case.handler_id else "",
            phone_masked=_masked(sealed.get(case.id), vault),
            steps=tuple(_step(step, halls[case.hall_id]) for step in steps[case.id]),
            may=_may(case, reader, has_number=case.id in sealed),
        )
        for case, row in found
    )


def _step(step: store.Step, hall: Hall) -> StepView:
    on = step.at.astimezone(ZoneInfo(hall.timezone)).date()
    if step.who is None:
        return StepView(step.what, on, None, "", "")
    return StepView(step.what, on, step.at, step.who, step.note)


def _masked(sealed: bytes | None, vault: Vault) -> str | None:
    return masked_phone(vault.open(sealed, field=PHONE_FIELD)) if sealed else None


def _may(case: store.Case, reader: Staff, *, has_number: bool) -> frozenset[CaseAction]:
    """Return what a reader can do; who can read a number can call back, so without one neither is offered."""
    whose = BY_HALL if reader.may_manage(case.hall_id) else frozenset[CaseAction]()
    if not has_number:
        whose -= {_A.READ_NUMBER, _A.CALL_BACK}
    if reader.role in CITY_ROLES and case.answered_by != reader.id:
        whose |= BY_SUPERVISOR
    return allowed(case.status) & whose
