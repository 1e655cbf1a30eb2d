"""Before an appointment is held in another way: what changes, what is needed for it, and one press."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Form, Query

from booking.errors import PhoneInvalid
from booking.meeting.errors import AddressInvalid, KindNotOffered
from booking.meeting.service import OfferedKind, kinds_for
from booking.rules.appointments import AppointmentStatus
from booking.rules.meeting import LONGEST_ADDRESS, AppointmentKind
from booking.service import AppointmentView, OtherKind
from displays.forms import new_key
from kernel.errors import Refusal
from kernel.web.parts import Parts

WRONG_KIND = (AddressInvalid, PhoneInvalid)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which start and which kind somebody chose, and what they typed for it."""

    starts_at: datetime
    kind: AppointmentKind
    address: str = ""
    phone: str = ""

    def otherwise(self, locale: str) -> OtherKind:
        return OtherKind(self.kind, self.address, self.phone, locale)

    def said(self) -> tuple[str, ...]:
        """Return what makes two sendings of the form the same."""
        return (self.starts_at.isoformat(), self.kind, self.address, self.phone)

    def query(self) -> str:
        """Return the choice as it stands in an address: nothing of a person."""
        return urlencode({"starts_at": self.starts_at.isoformat(), "kind": self.kind.value})


async def _wanted(
    starts_at: Annotated[datetime, Form()],
    kind: Annotated[AppointmentKind, Form()],
    address: Annotated[str, Form(max_length=LONGEST_ADDRESS)] = "",
    phone: Annotated[str, Form(max_length=80)] = "",
) -> Wanted:
    return Wanted(starts_at, kind, address, phone)


async def _asked(
    starts_at: Annotated[datetime | None, Query()] = None,
    kind: Annotated[AppointmentKind | None, Query()] = None,
) -> Wanted | None:
    return None if starts_at is None or kind is None else Wanted(starts_at, kind)


WantedForm = Annotated[Wanted, Depends(_wanted)]
AskedChange = Annotated[Wanted | None, Depends(_asked)]


def is_other(own: AppointmentView, kind: AppointmentKind | None) -> bool:
    """Return whether an appointment that stands would be held in another way than now."""
    return own.status is AppointmentStatus.CONFIRMED and kind is not None and kind is not own.meeting.kind


async def kinds_to_choose(here: Parts, own: AppointmentView) -> tuple[OfferedKind, ...]:
    """Return how an appointment may be held, with how it is held now; nothing where that is no choice.

    While a code is awaited for what was filled in, nothing can be chosen.
    """
    if own.waits_for_code is not None:
        return ()
    offered = await here.database.read(kinds_for, own.hall.code, [each.code for each in own.services])
    held = own.meeting
    if held.kind not in {each.kind for each in offered}:
        offered = (*offered, OfferedKind(held.kind, held.words_zh, held.words_en))
    return offered if len(offered) > 1 else ()


async def change_facts(
    here: Parts, own: AppointmentView, wanted: Wanted, wrong: Refusal | None = None
) -> dict[str, Any]:
    """Return what the page before the change shows; raises ``KindNotOffered`` for what cannot be had."""
    offered = await kinds_to_choose(here, own)
    chosen = next((each for each in offered if each.kind is wanted.kind), None)
    if chosen is None:
        raise KindNotOffered(kind=wanted.kind, offered=[each.kind.value for each in offered])
    return {
        "status": wrong.status if wrong else 200,
        "own": own,
        "chosen": chosen,
        "check_in_from": wanted.starts_at - (own.starts_at - own.check_in_opens_at),
        "wanted": wanted,
        "needs_address": wanted.kind is AppointmentKind.HOME,
        "needs_phone": wanted.kind is AppointmentKind.PHONE and own.phone_masked is None,
        "wrong": {str(wrong.facts.get("field", "phone")): wrong} if wrong else {},
        "key": new_key(),
    }
