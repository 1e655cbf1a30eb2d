"""Use cases by the names that people and URLs use: hall codes and service codes instead of ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.identity import WrongHall
from queueing import service, store
from queueing.service.desks import window_view

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.identity import Device, Staff
    from kernel.ids import HallId
    from kernel.secrets import Vault
    from queueing.rules.board import Board
    from queueing.service import HallDay, IssuedTicket, WindowView


def board_by_code(session: Session, code: str, *, now: datetime) -> Board:
    """Return the public board of a hall; raises ``HallNotFound``."""
    return service.board(session, catalogue.hall_by_code(session, code).id, now=now)


def issue_by_codes(
    session: Session,
    hall_code: str,
    service_codes: Sequence[str],
    *,
    priority: bool,
    clock: Clock,
    vault: Vault,
    device: Device | None = None,
    staff: Staff | None = None,
) -> IssuedTicket:
    """Issue a ticket at a kiosk or at the help desk of the hall it stands in; raises ``WrongHall``."""
    hall_id = catalogue.hall_by_code(session, hall_code).id
    if device is not None:
        device.must_stand_in(hall_id)
    if staff is not None:
        staff.must_work_in(hall_id)
    issuer = device or staff
    if issuer is None:
        raise WrongHall(hall=hall_code)
    wanted = catalogue.services_by_code(session, service_codes)
    return service.issue_ticket(
        session,
        hall_id,
        [own.id for own in wanted],
        priority=priority,
        by=issuer.actor,
        clock=clock,
        vault=vault,
    )


def windows_by_code(session: Session, code: str, *, by: Staff, now: datetime) -> list[WindowView]:
    """Return the windows of a hall for its staff; raises ``WrongHall``."""
    hall_id = _hall_to_look_into(session, code, by)
    return [window_view(session, own, by=by, now=now) for own in store.windows_of(session, hall_id)]


def hall_day_by_code(session: Session, code: str, *, by: Staff, now: datetime) -> HallDay:
    """Return a hall's live day; raises ``WrongHall``."""
    return service.hall_day(session, _hall_to_look_into(session, code, by), now=now)


def plan_by_code(session: Session, code: str, *, by: Staff, now: datetime) -> store.Plan:
    """Return the plan that holds today; raises ``WrongHall``."""
    return service.plan_of(session, _hall_to_look_into(session, code, by), now=now)


def _hall_to_look_into(session: Session, code: str, by: Staff) -> HallId:
    hall_id = catalogue.hall_by_code(session, code).id
    if not by.may_look_into(hall_id):
        raise WrongHall(hall=code)
    return hall_id
