"""Places to offer: the question goes to the engine as numbers, a person decides, booking uses it at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from booking import store
from booking.city import forget_city
from booking.errors import OfferUnknown
from booking.rules.slots import SlotKey
from booking.rules.timetable import most_places, slot_capacity
from booking.service.slots import timetable
from kernel import catalogue
from kernel.audit import note
from kernel.events import lock_hall
from kernel.ids import QueueId, StudyId
from queueing.plans import studies, study_store
from queueing.plans.errors import StudyNotAnswered
from queueing.plans.study_lifecycle import StudyKind, StudyStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sqlmodel import Session

    from booking.rules.timetable import Timetable
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import HallId
    from queueing.plans.studies import StudyView
    from queueing.plans.study_store import StoredStudy

SHARES = (
    0.0,
    0.15,
    0.3,
    0.45,
    0.6,
    0.75,
)  # of the windows' time, the offers that stand beside the present one
FEWEST_SHOWS = 30  # decided appointments; below it the published value stands in for what was seen
SHOWS_SINCE = timedelta(days=60)
PROPOSED, DERIVED = "proposed", "derived"


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided: an offer by its name, and the weekdays (0 = Monday) on which it holds."""

    study: StudyView
    offer: str
    weekdays: tuple[int, ...]


def ask_places(
    session: Session, code: str, for_day: date, *, willing: float, by: Staff, clock: Clock
) -> StudyView:
    """Ask how many places each slot of a day should offer.

    ``willing`` is the share of citizens who would book if they could. Raises ``WrongHall``,
    ``DayHasPassed``, ``ClosedOnThatDay``.
    """
    hall, today, now = studies.hall_and_day(session, code, for_day, by=by, clock=clock)
    table = timetable(session, hall)
    kept, missed = store.shows_since(session, hall.id, now - SHOWS_SINCE)
    seen = kept + missed >= FEWEST_SHOWS
    starts = [round(table.calendar.minute_of_day(start)) for start in table.starts_on(for_day)]
    question: dict[str, Any] = {
        "for_day": for_day.isoformat(),
        "today": today.isoformat(),
        "willing": willing,
        "show": kept / (kept + missed) if seen else table.policy.show_probability,
        "show_seen": kept + missed if seen else 0,
        "slot_minutes": table.policy.slot / timedelta(minutes=1),
        "walk_in_share": table.policy.walk_in_share,
        "overbooking": table.policy.overbooking,
        "starts": starts,
        "now": _places(table, for_day),
        "decided": table.is_decided(table.calendar.counts_as(for_day)),
        "most": _most(table, for_day, starts),
        "offers": [{"name": name, "places": places} for name, places in _offers(table, for_day, starts)],
    }
    return studies.ask(session, hall.id, StudyKind.CAPACITY, question, by=by, at=now)


def decide_places(session: Session, study_id: StudyId, offer: str, *, by: Staff, clock: Clock) -> Decided:
    """Let an offer of a study hold on the weekdays that are like the one asked about.

    Places already promised stay promised: a slot that has more than it offers now gives out no more.
    Waits for those who are giving places out (``store.change_capacity``). Raises ``StudyNotAnswered``,
    ``OfferUnknown``.
    """
    stored = study_store.study(session, study_id)
    by.must_work_in(stored.hall_id)
    now = lock_hall(session, stored.hall_id).tick(clock)
    store.change_capacity(session, stored.hall_id)
    stored = study_store.study(session, study_id)
    if stored.status is not StudyStatus.ANSWERED or stored.kind is not StudyKind.CAPACITY:
        raise StudyNotAnswered(status=stored.status)
    weekdays = _like_days(session, stored.hall_id, stored)
    places = {} if offer == DERIVED else _offered(stored, offer)
    store.write_places(session, stored.hall_id, weekdays, places, at=now, by=by.id)
    study_store.add_decision(
        session,
        stored,
        {"offer": offer, "at": now.isoformat(), "by": by.name, "weekdays": list(weekdays)},
    )
    note(
        session, "slot_places", by=by, hall_id=stored.hall_id, at=now, subject=str(stored.id),
        detail={"offer": offer, "weekdays": list(weekdays)},
    )  # fmt: skip
    forget_city(session)
    return Decided(studies.study_view(session, study_id, by=by), offer, weekdays)


def _offered(stored: StoredStudy, offer: str) -> dict[tuple[QueueId, int], int]:
    """Return an offer's places by queue and local minute; raises ``OfferUnknown``."""
    known = {own["name"]: own["places"] for own in stored.question["offers"]}
    known[PROPOSED] = stored.answer["proposed_places"]
    if offer not in known:
        raise OfferUnknown(offer=offer)
    return {
        (QueueId(UUID(queue)), minute): count
        for queue, row in known[offer].items()
        for minute, count in zip(stored.question["starts"], row, strict=True)
    }


def _like_days(session: Session, hall_id: HallId, stored: StoredStudy) -> tuple[int, ...]:
    """Return the weekdays with the hours and the window plan of the one asked about."""
    hall = catalogue.hall(session, hall_id)
    table = timetable(session, hall)
    asked = table.calendar.counts_as(studies.asked_day(stored))
    return tuple(
        weekday
        for weekday in range(7)
        if table.calendar.hours.get(weekday) == table.calendar.hours.get(asked)
        and table.plans.get(weekday) == table.plans.get(asked)
    )


def _places(table: Timetable, day: date) -> dict[str, list[int]]:
    return {
        str(queue): [table.capacity(SlotKey(queue, start)) for start in table.starts_on(day)]
        for queue in table.mean_minutes
    }


def _most(table: Timetable, day: date, starts: list[int]) -> dict[str, list[int]]:
    return {
        str(queue): [
            most_places(
                table.windows(queue, table.calendar.counts_as(day), minute), table.policy, mean_minutes=mean
            )
            for minute in starts
        ]
        for queue, mean in table.mean_minutes.items()
    }


def _offers(table: Timetable, day: date, starts: list[int]) -> Iterator[tuple[str, dict[str, list[int]]]]:
    """Yield offers by share of the windows' time, each as far as walk-ins keep their share."""
    most, weekday = _most(table, day, starts), table.calendar.counts_as(day)
    for share in SHARES:
        if share > 1 - table.policy.walk_in_share:
            continue
        places = {}
        for queue, mean in table.mean_minutes.items():
            counts = [
                slot_capacity(
                    table.windows(queue, weekday, minute), share=share, slot=table.policy.slot,
                    mean_minutes=mean, overbooking=table.policy.overbooking,
                ) if share else 0
                for minute in starts
            ]  # fmt: skip
            places[str(queue)] = [min(own, top) for own, top in zip(counts, most[str(queue)], strict=True)]
        yield f"share-{round(100 * share)}", places
