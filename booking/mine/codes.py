"""A code to the telephone number that was left at booking; whoever has the telephone opens the number's list.

Asking is answered the same whether anything is kept of the number or not. The code is used once.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.errors import PhoneInvalid
from booking.messages.errors import NoMessagesHere
from booking.messages.planning import (
    PHONE_HASH_FIELD,
    Wish,
    forget_contacts,
    keep_contact,
    plan_message,
    terms_of,
)
from booking.messages.store import take_budget
from booking.mine import store
from booking.mine.errors import CodeEnded
from booking.mine.sessions import open_list
from booking.rules.message_texts import MessageFacts
from booking.rules.message_times import Times
from booking.rules.messages import MessageKind
from booking.rules.own_list import CODE_LASTS, CODE_TRIES, CODES_PER_DAY, Way, new_code
from booking.rules.people import normal_phone
from kernel import catalogue
from kernel.ids import uuid7
from kernel.one_time_codes import plain_code
from kernel.secrets import new_token

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.ids import HallId
    from kernel.secrets import Vault

ABOUT = "code"
PATH = "/mine"
ASKED_FIELD, CODE_FIELD, DAY_FIELD = "citizen_code", "citizen_code.code", "citizen_code.day"


@dataclass(frozen=True, slots=True)
class CodeAsked:
    """What the browser or program that asked for a code holds until it is typed."""

    token: str
    expires_at: datetime


def ask_code(
    session: Session, phone: str, locale: str, *, wall: datetime, clock: Clock, vault: Vault
) -> CodeAsked:
    """Send a code to a number if something was booked with it; raises ``NoMessagesHere``, ``PhoneInvalid``.

    Beyond ``CODES_PER_DAY`` none is sent, which looks the same from outside.
    """
    if terms_of(session) is None:
        raise NoMessagesHere
    number = normal_phone(phone)
    if number is None:
        raise PhoneInvalid(field="phone")
    token, code, own = new_token(), new_code(secrets.choice), uuid7()
    phone_hash = vault.digest(number, field=PHONE_HASH_FIELD)
    hall_id = store.hall_of_phone(session, phone_hash)
    sent = hall_id is not None and _may_have_one(session, phone_hash, hall_id, now=clock.now(), vault=vault)
    store.add_code(
        session,
        vault.digest(token, field=ASKED_FIELD),
        id=own,
        code_hash=_hash_of(token, code, vault),
        phone_hash=phone_hash if sent else None,
        tries_left=CODE_TRIES,
        expires_at=wall + CODE_LASTS,
    )
    if sent and hall_id is not None:
        _send(session, own, hall_id, number, code, locale, now=clock.now(), vault=vault)
    return CodeAsked(token, wall + CODE_LASTS)


def _may_have_one(
    session: Session, phone_hash: bytes, hall_id: HallId, *, now: datetime, vault: Vault
) -> bool:
    day = catalogue.calendar(session, hall_id).local_day(now).isoformat()
    scope = vault.digest(f"{phone_hash.hex()}|{day}", field=DAY_FIELD)
    return take_budget(session, scope, CODES_PER_DAY, at=now)


def _send(
    session: Session,
    own: UUID,
    hall_id: HallId,
    number: str,
    code: str,
    locale: str,
    *,
    now: datetime,
    vault: Vault,
) -> None:
    hall = catalogue.hall(session, hall_id)
    keep_contact(session, own, Wish(ABOUT, hall_id, number, locale, PATH), at=now, vault=vault)
    facts = MessageFacts(hall.name_zh, hall.name_en, hall.timezone, number=code)
    until = now + CODE_LASTS
    times = Times(now, until, any_hour_until=until)  # whoever asks for a code is awake
    plan_message(session, own, MessageKind.CODE, "1", times, facts, vault=vault)


def _hash_of(token: str, code: str, vault: Vault) -> bytes:
    return vault.digest(f"{token}|{code}", field=CODE_FIELD)


def redeem_code(
    session: Session,
    token: str,
    typed: str,
    *,
    instead_of: str = "",
    wall: datetime,
    clock: Clock,
    vault: Vault,
) -> str | None:
    """Open the list of the number that a code was sent to, and return its token; None for a wrong code.

    A wrong one is counted, so nothing is raised that would undo the count. Raises ``CodeEnded`` for what was
    used, is too old or was wrong ``CODE_TRIES`` times.
    """
    asked = vault.digest(token, field=ASKED_FIELD)
    found = store.spend_try(session, asked, now=wall)
    if found is None:
        raise CodeEnded
    right = hmac.compare_digest(found.code_hash, _hash_of(token, plain_code(typed), vault))
    if found.phone_hash is None or not right:
        return None
    store.forget_code(session, asked)
    forget_contacts(session, [found.id], at=clock.now())
    return open_list(session, Way.FOUND, found.phone_hash, instead_of=instead_of, wall=wall, vault=vault)
