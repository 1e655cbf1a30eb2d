"""A number by telephone: what the screens show, and the use case of whoever stands before them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.clock import wall
from kernel.erasure import LinkErased
from kernel.events import lock_hall
from kernel.identity import PHONE
from queueing.errors import TicketNotFound
from queueing.phone import store
from queueing.phone.errors import HallCodeOld, NoPhoneTickets, NumberHeld
from queueing.phone.proofs import Code, browser_hash, number_token, present_code
from queueing.phone.rules import step_at, step_begins
from queueing.rules.policy import hall_policy
from queueing.rules.tickets import ENDINGS
from queueing.service.citizens import follow
from queueing.service.issuing import issue_ticket
from queueing.service.views import IssuedTicket

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlmodel import Session

    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.identity import Device
    from kernel.ids import HallId
    from kernel.secrets import Vault
    from queueing.phone.proofs import Proof
    from queueing.rules.priority import PriorityWish


@dataclass(frozen=True, slots=True)
class ShownCode:
    """What a screen of the hall shows: ``changes_at`` the next code comes, ``holds_until`` this is taken.

    By the wall's clock: how long people read and choose is the same in a demo that runs faster.
    """

    hall: Hall
    code: str
    changes_at: datetime
    holds_until: datetime


def shown_code(
    session: Session, hall_code: str, *, device: Device, clock: Clock, vault: Vault
) -> ShownCode | None:
    """Return the code for a screen or kiosk of the hall, and for nobody else.

    None where it is switched off, and while the hall takes no tickets anyway. Raises ``HallNotFound``,
    ``WrongHall``.
    """
    hall = catalogue.hall_by_code(session, hall_code)
    device.must_stand_in(hall.id)
    if not gives_numbers(hall) or not catalogue.calendar(session, hall.id).is_open(clock.now()):
        return None
    read_at = wall(clock)
    step = step_at(read_at)
    return ShownCode(
        hall, present_code(hall.id, now=read_at, vault=vault), step_begins(step + 1), step_begins(step + 2)
    )


def gives_numbers(hall: Hall) -> bool:
    """Return whether a hall gives numbers by telephone: its own decision, and it has to have doors."""
    return hall.kind == "hall" and not hall.retired and hall_policy(hall.policy).phone_tickets


def hall_with_code(session: Session, typed: str, *, now: datetime, vault: Vault) -> Hall:
    """Return the hall on whose screens this code stands; raises ``HallCodeOld``."""
    asked = Code(typed)
    for hall in catalogue.halls(session):
        if gives_numbers(hall) and asked.holds(hall.id, "", now=now, vault=vault):
            return hall
    raise HallCodeOld


def number_of(
    session: Session, hall_id: HallId, browser: str, *, clock: Clock, vault: Vault
) -> IssuedTicket | None:
    """Return the number that a browser has in a hall now, or None; one that has ended is none."""
    day = catalogue.calendar(session, hall_id).local_day(clock.now())
    taken = store.numbers_taken(session, hall_id, browser_hash(browser, vault), day)
    if taken == 0:
        return None
    token = number_token(hall_id, browser, day, taken, vault)
    try:
        own = follow(session, token, clock=clock, vault=vault)
    except (TicketNotFound, LinkErased):
        return None
    return None if own.status in ENDINGS else IssuedTicket(own, token)


def take_number(
    session: Session,
    hall_code: str,
    service_codes: Sequence[str],
    *,
    priority: PriorityWish,
    browser: str,
    proof: Proof,
    clock: Clock,
    vault: Vault,
) -> IssuedTicket:
    """Issue a walk-in's ticket to a browser in the hall, in the place that a kiosk would give.

    Asked again for the same services and priority while that number lives, the browser gets it again. Raises
    ``NoPhoneTickets``, ``HallCodeOld``, ``NumberHeld``, and what ``issue_ticket`` raises.
    """
    hall = catalogue.hall_by_code(session, hall_code)
    if not gives_numbers(hall):
        raise NoPhoneTickets(hall=hall_code)
    # Before looking for a number: two presses at once would both find none.
    now = lock_hall(session, hall.id).tick(clock)
    # Not by the hall's clock: that stands still where the machine's was put back, and the screens go on.
    if not proof.holds(hall.id, browser, now=wall(clock), vault=vault):
        raise HallCodeOld(hall=hall_code)
    held = number_of(session, hall.id, browser, clock=clock, vault=vault)
    if held is not None:
        # Whoever asks for more, or for the other kind, must not take the number they have for that one.
        same = {own.code for own in held.ticket.visit} == set(service_codes)
        if not same or held.ticket.priority_wish != priority:
            raise NumberHeld(number=held.ticket.label)
        return held
    day, own = catalogue.calendar(session, hall.id).local_day(now), browser_hash(browser, vault)
    before = store.numbers_taken(session, hall.id, own, day)
    wanted = catalogue.services_by_code(session, service_codes)
    issued = issue_ticket(
        session,
        hall.id,
        [each.id for each in wanted],
        priority=priority,
        by=PHONE,
        clock=clock,
        vault=vault,
        token=number_token(hall.id, browser, day, before + 1, vault),
    )
    store.count_number(session, hall.id, own, day, before=before)
    return issued
