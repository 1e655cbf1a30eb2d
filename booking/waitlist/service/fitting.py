"""Who waits in a hall, and which free place fits whom; nothing is kept for anybody here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking import store as bookings
from booking.errors import NoServiceChosen
from booking.meeting.errors import KindNotOffered
from booking.meeting.service import must_offer
from booking.messages.planning import terms_of
from booking.no_shows.pausing import paused_among
from booking.rules.slots import SlotKey, needed_places
from booking.rules.waitlist import offer_ends_at
from booking.service.person_limits import day_limit, day_scope, single_scope
from booking.service.slots import claimed_from_now, legs_for
from booking.service.views import PHONE_FIELD as OWN_PHONE_FIELD
from booking.waitlist import store
from booking.waitlist.store import PHONE_FIELD
from kernel import catalogue
from kernel.catalogue import NotOfferedHere, ServiceNotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from sqlmodel import Session

    from booking.rules.meeting import AppointmentKind
    from booking.rules.slots import Leg
    from booking.rules.timetable import Timetable
    from booking.rules.waitlist import Wish
    from kernel.catalogue import Service
    from kernel.ids import HallId
    from kernel.secrets import Vault


@dataclass(frozen=True, slots=True)
class Fit:
    """A place for somebody; ``own`` are the places, by slot, of what would be brought forward."""

    entry: store.Entry
    legs: tuple[Leg, ...]
    own: Mapping[SlotKey, int]
    starts_at: datetime
    ends_at: datetime


class Line:
    """Those who wait in a hall, and what of its free places fits each of them; each person once.

    What is free on a day is worked out once for all who need the same: hundreds may wait.
    """

    def __init__(
        self,
        session: Session,
        hall_id: HallId,
        table: Timetable,
        line: Sequence[store.Entry],
        now: datetime,
        vault: Vault,
    ) -> None:
        self._session, self._hall_id, self._table = session, hall_id, table
        self._line, self._now, self._vault = line, now, vault
        people = {entry.phone_hash for entry in line if entry.phone_hash is not None}
        self._paused_people = paused_among(session, people, now=now)
        self._before = store.starts_offered(session, hall_id, [entry.id for entry in line])
        brought = [entry.appointment_id for entry in line if entry.appointment_id is not None]
        self._own_legs = bookings.legs_of(session, brought)
        self._own_places = bookings.kept_places_of(session, brought)
        self._legs_for: dict[tuple[tuple[str, ...], AppointmentKind], tuple[Leg, ...]] = {}
        self._single: dict[tuple[str, ...], list[Service]] = {}
        self._claimed: dict[tuple[Leg, ...], dict[SlotKey, int]] = {}
        self._free: dict[tuple[date, tuple[Leg, ...]], tuple[datetime, ...]] = {}

    def forget_claims(self) -> None:
        """Ask the database again what is claimed; for whoever has just claimed something."""
        self._claimed.clear()
        self._free.clear()

    def fits(self) -> Iterator[Fit]:
        """Yield for each in the line the first free start that fits, if there is one."""
        asked: set[bytes | None] = set()
        for entry in self._line:
            if entry.phone_hash not in asked:
                fit = None if self._paused(entry) else self._fit(entry)
                if fit is not None:
                    asked.add(entry.phone_hash)
                    yield fit

    def _paused(self, entry: store.Entry) -> bool:
        """Return whether a no-show pause keeps somebody from booking; who has an appointment may move it."""
        return entry.appointment_id is None and entry.phone_hash in self._paused_people

    def _fit(self, entry: store.Entry) -> Fit | None:
        legs, own = self._legs(entry), dict[SlotKey, int]()
        if entry.appointment_id is not None:
            own = dict(self._own_places[entry.appointment_id])
        policy, zone = self._table.policy, self._table.calendar.zone
        wish, before = entry.wish, self._before.get(entry.id, set())
        for start in self._free_starts(wish, legs, own) if legs else ():
            if start in before or not wish.fits(start, zone):
                continue
            ends_at = offer_ends_at(
                self._now, zone, lasts=policy.offer, starts_at=start, notice=policy.notice
            )
            if ends_at is not None and self._within_limit(entry, start):
                return Fit(entry, legs, own, start, ends_at)
        return None

    def _legs(self, entry: store.Entry) -> tuple[Leg, ...]:
        """Return the legs in this hall; none where it does not offer the services so any more."""
        if entry.appointment_id is not None:
            return self._own_legs[entry.appointment_id]
        wanted = entry.services, entry.kind
        if wanted not in self._legs_for:
            try:
                legs = legs_for(self._session, self._hall_id, entry.services)
                must_offer(self._session, self._hall_id, [leg.service_id for leg in legs], entry.kind)
            except (NotOfferedHere, ServiceNotFound, NoServiceChosen, KindNotOffered):
                legs = ()
            self._legs_for[wanted] = legs
        return self._legs_for[wanted]

    def _free_starts(
        self, wish: Wish, legs: tuple[Leg, ...], own: Mapping[SlotKey, int]
    ) -> Iterator[datetime]:
        """Yield the free starts of the wanted days; ``own`` places would be given back, so are free."""
        for day in self._table.days(now=self._now):
            if wish.first_day <= day <= wish.last_day:
                yield from self._free_on(day, legs, own)

    def _free_on(self, day: date, legs: tuple[Leg, ...], own: Mapping[SlotKey, int]) -> tuple[datetime, ...]:
        claimed = self._claims(legs)
        if own:
            claimed = claimed | {key: claimed.get(key, 0) - places for key, places in own.items()}
            free = self._table.free_on(day, legs, claimed, now=self._now)
            return tuple(start for start, _ in free if self._covers(own, legs, start))
        if (day, legs) not in self._free:
            free = self._table.free_on(day, legs, claimed, now=self._now)
            self._free[day, legs] = tuple(start for start, _ in free)
        return self._free[day, legs]

    def _covers(self, own: Mapping[SlotKey, int], legs: tuple[Leg, ...], start: datetime) -> bool:
        """Return whether what the appointment has of each slot that it would go on using is enough there."""
        needed = needed_places(legs, start, slot=self._table.policy.slot)
        return all(own.get(key, places) >= places for key, places in needed.items())

    def _claims(self, legs: tuple[Leg, ...]) -> dict[SlotKey, int]:
        if legs not in self._claimed:
            self._claimed[legs] = claimed_from_now(
                self._session, self._table, legs, now=self._now, from_rest=True
            )
        return self._claimed[legs]

    def _within_limit(self, entry: store.Entry, start: datetime) -> bool:
        """Return whether the person may have that appointment on that day; taking it asks again."""
        local_day = self._table.calendar.local_day
        day = local_day(start)
        if entry.own_starts_at is not None and local_day(entry.own_starts_at) == day:
            return True
        phone = _phone_of(self._session, entry, self._vault)
        if self._has_its_only_one(entry, phone):
            return False
        moved = entry.appointment_id and bookings.by_id(self._session, entry.appointment_id)
        for_other = bool(moved and moved.for_other)
        scope = day_scope(phone, day, self._vault, for_other=for_other)
        in_use = bookings.quota_in_use(self._session, scope, now=self._now)
        return in_use < day_limit(for_other=for_other)

    def _has_its_only_one(self, entry: store.Entry, phone: str) -> bool:
        """Return whether they have an open appointment for a service of which one person has one.

        A place that is kept for whom it would be refused is kept from the others. Where no messages go out
        it is refused to nobody (``take_singles``).
        """
        if entry.appointment_id is not None or terms_of(self._session) is None:
            return False
        return any(
            bookings.quota_in_use(
                self._session, single_scope(phone, "", service.id, self._vault), now=self._now
            )
            for service in self._singles(entry.services)
        )

    def _singles(self, codes: tuple[str, ...]) -> list[Service]:
        if codes not in self._single:
            known = catalogue.services_by_code(self._session, codes)
            self._single[codes] = [service for service in known if service.single]
        return self._single[codes]


def _phone_of(session: Session, entry: store.Entry, vault: Vault) -> str:
    if entry.phone_sealed is not None:
        return vault.open(entry.phone_sealed, field=PHONE_FIELD)
    own = bookings.by_id(session, entry.appointment_id) if entry.appointment_id else None
    return vault.open(own.phone_sealed, field=OWN_PHONE_FIELD) if own and own.phone_sealed else ""
