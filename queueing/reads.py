"""Use cases by the names that people and URLs use: hall codes and service codes instead of ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.reach import hall_to_look_into
from queueing import service, store
from queueing.service.desks import window_view
from queueing.service.issuing import issuer_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.identity import Device, Staff
    from kernel.secrets import Vault
    from queueing.rules.board import Board
    from queueing.rules.priority import PriorityWish
    from queueing.rules.windows import PlanEntry
    from queueing.service import HallDay, IssuedTicket, WindowView


def board_by_code(session: Session, code: str, *, now: datetime) -> Board:
    """Return the public board of a hall; raises ``HallNotFound``."""
    return service.board(session, catalogue.hall_by_code(session, code).id, now=now)


def issue_by_codes(
    session: Session,
    hall_code: str,
    service_codes: Sequence[str],
    *,
    priority: PriorityWish,
    clock: Clock,
    vault: Vault,
    device: Device | None = None,
    staff: Staff | None = None,
) -> IssuedTicket:
    """Issue a ticket at a kiosk or at the help desk of the hall it stands in; raises ``WrongHall``."""
    hall_id, issuer = issuer_in(session, hall_code, device=device, staff=staff)
    wanted = catalogue.services_by_code(session, service_codes)
    return service.issue_ticket(
        session,
        hall_id,
        [own.id for own in wanted],
        priority=priority,
        by=issuer,
        clock=clock,
        vault=vault,
    )


def windows_by_code(session: Session, code: str, *, by: Staff, now: datetime) -> list[WindowView]:
    """Return the windows of a hall for its staff; raises ``WrongHall``."""
    hall_id = hall_to_look_into(session, code, by).id
    return [window_view(session, own, by=by, now=now) for own in store.windows_of(session, hall_id)]


def hall_day_by_code(session: Session, code: str, *, by: Staff, now: datetime) -> HallDay:
    """Return a hall's live day; raises ``WrongHall``."""
    return service.hall_day(session, hall_to_look_into(session, code, by).id, now=now)


def plan_by_code(
    session: Session, code: str, *, by: Staff, now: datetime, day: date | None = None
) -> store.Plan:
    """Return the plan of today's weekday, or of that of ``day``, as it comes again; raises ``WrongHall``."""
    hall_id = hall_to_look_into(session, code, by).id
    return (
        service.plan_of(session, hall_id, now=now)
        if day is None
        else store.plan_of(session, hall_id, catalogue.calendar(session, hall_id).counts_as(day))
    )


@dataclass(frozen=True, slots=True)
class Published:
    """The plan that holds on the weekday now, and the one that waits for its time.

    ``scheduled`` says whether the one that waits was published by this.
    """

    plan: store.Plan
    waiting: store.PlanVersion | None
    scheduled: bool


def publish_by_code(
    session: Session,
    code: str,
    entries: Sequence[PlanEntry],
    *,
    base_version: int,
    for_day: date | None,
    only_weekday: bool,
    applies_at: datetime | None,
    by: Staff,
    clock: Clock,
) -> Published:
    """Publish a plan at once or for an instant; raises what ``publish_plan``, ``schedule_plan`` raise."""
    hall_id = catalogue.hall_by_code(session, code).id
    calendar = catalogue.calendar(session, hall_id)
    if applies_at is None:
        weekday = None if for_day is None else calendar.counts_as(for_day)
        plan = service.publish_plan(
            session, hall_id, entries, base_version=base_version, by=by, clock=clock, weekday=weekday,
            only_weekday=only_weekday,
        )  # fmt: skip
        return Published(plan, next(iter(store.waiting_plans(session, hall_id)), None), scheduled=False)
    waiting = service.schedule_plan(
        session, hall_id, entries, applies_at=applies_at, base_version=base_version, by=by, clock=clock,
        only_weekday=only_weekday,
    )  # fmt: skip
    weekday = calendar.counts_as(calendar.local_day(applies_at))
    return Published(store.plan_of(session, hall_id, weekday), waiting, scheduled=True)


def cancel_plan_by_code(session: Session, code: str, version: int, *, by: Staff, clock: Clock) -> None:
    """Call off a plan that waits; raises ``PlanNotWaiting``."""
    hall_id = catalogue.hall_by_code(session, code).id
    service.cancel_plan(session, hall_id, version, by=by, clock=clock)
