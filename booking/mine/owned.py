"""The use cases of booking and waiting as somebody does them who may be signed in.

Each is the plain use case and, in the same unit of work, its line on the person's list; ``owner`` is None
for whoever is not signed in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from booking import service
from booking.activation import service as activation
from booking.mine.keeping import Thing, keep
from booking.rules.own_list import About
from booking.waitlist import service as waitlist
from queueing.phone.service import take_number as take_plain_number
from queueing.visits import visit_by_token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from booking.activation.views import Activated
    from booking.service import AppointmentView, Person
    from booking.waitlist.service import Asked, Joined, Times
    from kernel.clock import Clock
    from kernel.secrets import Vault
    from queueing.phone.proofs import Proof
    from queueing.rules.priority import PriorityWish
    from queueing.service import IssuedTicket


def confirm(
    session: Session, token: str, person: Person, *, owner: bytes | None, clock: Clock, vault: Vault
) -> AppointmentView:
    """Turn a hold into an appointment, or wait for the code where the hall asks for one of who is unknown.

    Raises as ``booking.service.confirm`` and ``booking.activation.service.ask_code``.
    """
    if activation.needs_code(session, token, owner=owner, vault=vault):
        return activation.ask_code(session, token, person, clock=clock, vault=vault)
    found = service.confirm(session, token, person, clock=clock, vault=vault)
    keep(session, owner, _appointment(found, token), at=clock.now(), vault=vault)
    return found


def activate(
    session: Session, token: str, typed: str, *, owner: bytes | None, clock: Clock, vault: Vault
) -> Activated:
    """Confirm a booking by its code; raises as ``booking.activation.service.activate``."""
    outcome = activation.activate(session, token, typed, clock=clock, vault=vault)
    if outcome.appointment is not None:
        thing = _appointment(outcome.appointment, token)
        keep(session, owner, thing, at=clock.now(), vault=vault)
    return outcome


def _appointment(found: AppointmentView, token: str) -> Thing:
    return Thing(found.id, About.APPOINTMENT, found.hall.id, f"/a/{quote(token)}")


def join(session: Session, asked: Asked, *, owner: bytes | None, clock: Clock, vault: Vault) -> Joined:
    """Put somebody on the waiting list; raises as ``booking.waitlist.service.join``."""
    return _kept(session, waitlist.join(session, asked, clock=clock, vault=vault), owner, clock, vault)


def join_for_earlier(
    session: Session, token: str, times: Times, *, owner: bytes | None, clock: Clock, vault: Vault
) -> Joined:
    """Wait for an earlier time; raises as ``booking.waitlist.service.join_for_earlier``."""
    joined = waitlist.join_for_earlier(session, token, times, clock=clock, vault=vault)
    return _kept(session, joined, owner, clock, vault)


def _kept(session: Session, joined: Joined, owner: bytes | None, clock: Clock, vault: Vault) -> Joined:
    own = joined.waiting
    thing = Thing(own.id, About.WAITING, own.halls[0].id, f"/w/{quote(joined.token)}")
    keep(session, owner, thing, at=clock.now(), vault=vault)
    return joined


def take_number(
    session: Session,
    hall_code: str,
    service_codes: Sequence[str],
    *,
    priority: PriorityWish,
    browser: str,
    proof: Proof,
    owner: bytes | None,
    clock: Clock,
    vault: Vault,
) -> IssuedTicket:
    """Take a number with one's own phone; raises as ``queueing.phone.service.take_number``."""
    issued = take_plain_number(
        session, hall_code, service_codes, priority=priority, browser=browser, proof=proof,
        clock=clock, vault=vault,
    )  # fmt: skip
    visit_id = visit_by_token(session, issued.token, vault=vault)
    if visit_id is not None:
        thing = Thing(visit_id, About.VISIT, issued.ticket.hall_id, f"/t/{quote(issued.token)}")
        keep(session, owner, thing, at=clock.now(), vault=vault)
    return issued
