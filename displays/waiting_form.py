"""The form of the waiting list: halls, days and times of day that would suit, and who comes.

One form for whoever joins, for whoever waits for an earlier time, for changing a wish, and for the help desk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, Form

from booking.errors import IdTailNeeded, NameInvalid, PhoneInvalid
from booking.meeting.errors import AddressInvalid, KindNotOffered
from booking.rules.meeting import LONGEST_ADDRESS, AppointmentKind
from booking.rules.waitlist import DAY_MINUTES, NOON
from booking.service import Person, faults_of, last_bookable_day
from booking.waitlist.errors import AlreadyWaiting, PlaceFree, WaitingLimit, WishInvalid
from booking.waitlist.service import Asked, Times, halls_around
from displays.forms import new_key
from displays.meeting import choosable
from kernel import catalogue
from kernel.i18n import DEFAULT_LOCALE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernel.errors import Refusal
    from kernel.web.parts import Parts

WRONG = (
    *(WishInvalid, KindNotOffered, PlaceFree, WaitingLimit, AlreadyWaiting),
    *(NameInvalid, PhoneInvalid, AddressInvalid, IdTailNeeded),
)
Typed = Annotated[str, Form(max_length=80)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody typed; ``part`` is any, morning, afternoon or hours (then ``begins`` to ``ends``)."""

    halls: tuple[str, ...] = ()
    first_day: str = ""
    last_day: str = ""
    part: str = "any"
    begins: str = ""
    ends: str = ""
    name: str = ""
    phone: str = ""
    id_tail: str = ""
    priority: bool = False
    kind: AppointmentKind = AppointmentKind.HALL
    address: str = ""

    def times(self) -> Times:
        """Return the wish; raises ``WishInvalid`` for what is no date or no time."""
        try:
            days = date.fromisoformat(self.first_day), date.fromisoformat(self.last_day)
        except ValueError:
            raise WishInvalid(field="days") from None
        return Times(self.halls, *days, *self._minutes())

    def _minutes(self) -> tuple[int, int]:
        parts = {"morning": (0, NOON), "afternoon": (NOON, DAY_MINUTES), "any": (0, DAY_MINUTES)}
        if self.part in parts:
            return parts[self.part]
        try:
            begins, ends = time.fromisoformat(self.begins), time.fromisoformat(self.ends)
        except ValueError:
            raise WishInvalid(field="times") from None
        return begins.hour * 60 + begins.minute, ends.hour * 60 + ends.minute

    def person(self, locale: str = DEFAULT_LOCALE) -> Person:
        return Person(
            self.name, self.phone, self.id_tail or None, self.priority, locale, address=self.address or None
        )

    def asked(self, services: Sequence[str], *, locale: str = DEFAULT_LOCALE) -> Asked:
        return Asked(tuple(services), self.times(), self.person(locale), self.kind)

    def said(self) -> tuple[str, ...]:
        """Return what makes two sendings of the form the same."""
        return tuple(str(getattr(self, name)) for name in self.__slots__)


async def _wanted(
    halls: Annotated[list[str] | None, Form(alias="hall", max_length=12)] = None,
    first_day: Typed = "",
    last_day: Typed = "",
    part: Typed = "any",
    begins: Typed = "",
    ends: Typed = "",
    name: Typed = "",
    phone: Typed = "",
    id_tail: Typed = "",
    priority: Annotated[bool, Form()] = False,
    kind: Annotated[AppointmentKind, Form()] = AppointmentKind.HALL,
    address: Annotated[str, Form(max_length=LONGEST_ADDRESS)] = "",
) -> Wanted:
    return Wanted(
        tuple(halls or ()), first_day, last_day, part, begins, ends, name, phone, id_tail, priority,
        kind, address,
    )  # fmt: skip


WantedForm = Annotated[Wanted, Depends(_wanted)]


def part_of(from_minute: int, to_minute: int) -> Wanted:
    """Return the part of the day as the form shows it."""
    known = {(0, DAY_MINUTES): "any", (0, NOON): "morning", (NOON, DAY_MINUTES): "afternoon"}
    part = known.get((from_minute, to_minute))
    if part is not None:
        return Wanted(part=part)
    last = min(to_minute, DAY_MINUTES - 1)
    return Wanted(part="hours", begins=_clock(from_minute), ends=_clock(last))


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def on_days(wanted: Wanted, first: date, last: date) -> Wanted:
    """Return the form with these days in it."""
    return replace(wanted, first_day=first.isoformat(), last_day=last.isoformat())


async def form_facts(
    here: Parts, hall: str, codes: Sequence[str], wanted: Wanted, wrong: Refusal | None = None, **more: Any
) -> dict[str, Any]:
    """Return what the form shows; ``more`` may say ``asks_person`` and ``asks_halls``, both asked else."""
    now = here.clock.now()
    services = await here.database.read(catalogue.services_by_code, list(codes))
    last_day = await here.database.read(last_bookable_day, hall, now=now)
    halls = await here.database.read(halls_around, hall, list(codes))
    chosen = wanted.halls or (hall,)
    asks_person = bool(more.get("asks_person", True))
    return {
        "wanted": replace(wanted, halls=chosen),
        "hall": halls[0][0],
        "halls": halls,
        "kinds": await choosable(here, hall, codes) if asks_person else (),
        "services": services,
        "codes": list(codes),
        "today": local_day(now, halls[0][0].timezone),
        "furthest": last_day,
        "wrong": _wrong(wanted, services, wrong, asks_person=asks_person),
        "free": wrong if isinstance(wrong, PlaceFree) else None,
        "free_starts": _starts(wrong),
        "needs_id_tail": any(service.needs_id_tail for service in services),
        "key": new_key(),
        "asks_person": True,
        "asks_halls": True,
        "sends": here.settings.messages is not None,
        **more,
    }


def _starts(wrong: Refusal | None) -> list[datetime]:
    known = wrong.facts.get("next_free") if isinstance(wrong, PlaceFree) else None
    return [datetime.fromisoformat(start) for start in known] if isinstance(known, list) else []


def _wrong(
    wanted: Wanted, services: Sequence[catalogue.Service], wrong: Refusal | None, *, asks_person: bool
) -> dict[str, Refusal]:
    """Return the refusal of each field in the form's order; a free time is told apart."""
    if wrong is None or isinstance(wrong, PlaceFree):
        return {}
    faults = [wrong, *(faults_of(wanted.person(), services, kind=wanted.kind) if asks_person else [])]
    by_field = {str(each.facts.get("field", _field_of(each))): each for each in faults}
    order = ("halls", "kind", "days", "times", "name", "phone", "address", "id_tail")
    return {field: by_field[field] for field in order if field in by_field}


def _field_of(fault: Refusal) -> str:
    return "phone" if isinstance(fault, WaitingLimit) else "days"


def local_day(now: datetime, zone: str) -> date:
    """Return the date on a hall's clock."""
    return now.astimezone(ZoneInfo(zone)).date()
