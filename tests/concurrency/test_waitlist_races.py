"""Offers of the waiting list under races; beside each stands the twin that shows it without its guard.

On SQLite the one writer makes races impossible, so the twins go behind it, as in the races for places.
"""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlmodel import Session

from booking import service
from booking.rules.waitlist import OfferStatus, WaitingStatus
from booking.tables import AppointmentRow, SlotClaimRow, SlotRow
from booking.waitlist import service as waitlist
from booking.waitlist.errors import OfferOver
from booking.waitlist.tables import WaitlistEntryRow, WaitlistOfferRow
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.errors import Conflict
from kernel.ids import uuid7
from kernel.secrets import Vault
from tests.booking.booking_city import build_city, local, person
from tests.support.races import answers_of
from tests.waitlist.waiters import AT_TEN, SOCIAL, Waiters, times

ENTRIES, OFFERS = WaitlistEntryRow.__table__, WaitlistOfferRow.__table__
APPOINTMENTS, CLAIMS, SLOTS = AppointmentRow.__table__, SlotClaimRow.__table__, SlotRow.__table__
ELDER = ["elder-benefit"]


@pytest.fixture
def waiters(database: Database, clock: ManualClock, vault: Vault) -> Waiters:
    return Waiters(database, clock, vault, database.write_now(build_city))


def offer_at_once(waiters: Waiters, halls: list[str]) -> list[Any]:
    """Let one round a hall run at the same moment, each in a unit of work of its own."""

    def one(number: int) -> Any:
        own = waiters.city.halls[halls[number]]
        return waiters.database.write_now(
            waitlist.offer_places, own, clock=waiters.clock, vault=waiters.vault
        )

    return answers_of(one, rivals=len(halls))


def open_offers(waiters: Waiters) -> list[Any]:
    return [own for own in waiters.offers() if own.status == OfferStatus.OPEN]


def claims_at(waiters: Waiters, starts_at: Any) -> int:
    statement = (
        select(func.count())
        .select_from(CLAIMS.join(SLOTS, SLOTS.c.id == CLAIMS.c.slot_id))
        .where(SLOTS.c.starts_at == starts_at)
    )
    return waiters.database.read_now(lambda session: session.execute(statement).scalar_one())


def add_naively(session: Session, waiters: Waiters, entry_id: Any, hall: str, **changes: Any) -> None:
    """Write an offer with a hold that has no seats, as code does that only looked before."""
    hold_id, now = uuid7(), waiters.clock.now()
    common = {"hall_id": waiters.city.halls[hall], "starts_at": AT_TEN, "expires_at": AT_TEN}
    session.execute(
        insert(APPOINTMENTS).values(
            **common, id=hold_id, status="held", ends_at=AT_TEN, created_at=now, changed_at=now,
            priority=False, ics_sequence=0,
        )
    )  # fmt: skip
    values = {"id": uuid7(), "entry_id": entry_id, "hold_id": hold_id, "status": "open", "made_at": now}
    session.execute(insert(OFFERS).values(**common, **values, **changes))


# --- one place, several who wait ----------------------------------------------------------------------


def test_one_place_is_offered_once_however_many_rounds_run(waiters: Waiters) -> None:
    taken = waiters.taken()
    tokens = [waiters.join(number) for number in range(1, 4)]
    waiters.do(service.cancel, taken)
    outcomes = offer_at_once(waiters, ["city"] * 4)
    assert sorted(each.made for each in outcomes) == [0, 0, 0, 1], outcomes
    assert waiters.seen(tokens[0]).offer is not None
    assert claims_at(waiters, AT_TEN) == 1


def test_without_the_seats_one_place_is_offered_to_two(waiters: Waiters) -> None:
    taken = waiters.taken()
    for number in (1, 2):
        waiters.join(number)
    waiters.do(service.cancel, taken)
    entries = [own.id for own in waiters.entries()]
    looked = Barrier(2)

    def naive(number: int) -> bool:
        with Session(waiters.database.engine) as looking:
            kept = looking.execute(select(func.count()).select_from(OFFERS)).scalar_one()
            looking.rollback()
        looked.wait()
        with Session(waiters.database.engine) as writing:
            add_naively(writing, waiters, entries[number], "city")
            writing.commit()
        return bool(kept == 0)

    assert answers_of(naive, rivals=2) == [True, True]
    assert {own.starts_at for own in open_offers(waiters)} == {AT_TEN}
    assert len(open_offers(waiters)) == 2


# --- two places, one who waits ------------------------------------------------------------------------


def _waits_in_two_halls(waiters: Waiters) -> str:
    """Both halls are full at ten; somebody waits in both, and both give a place back."""
    city = [waiters.book(AT_TEN, ELDER, number=number).token for number in range(2)]
    town = waiters.book(AT_TEN, ELDER, hall="town", number=3).token
    asked = waitlist.Asked(tuple(ELDER), times(halls=("city", "town")), person(4))
    joined = waiters.database.write_now(waitlist.join, asked, clock=waiters.clock, vault=waiters.vault)
    for token in (city[0], town):
        waiters.do(service.cancel, token)
    return joined.token


def test_two_halls_never_offer_to_one_person_at_once(waiters: Waiters) -> None:
    token = _waits_in_two_halls(waiters)
    outcomes = offer_at_once(waiters, ["city", "town"] * 2)
    assert all(isinstance(each, (waitlist.Offered, Conflict)) for each in outcomes), outcomes
    assert sum(each.made for each in outcomes if isinstance(each, waitlist.Offered)) == 1
    assert len(open_offers(waiters)) == 1
    held = [row for row in waiters.rows(AppointmentRow) if row.status == "held"]  # type: ignore[attr-defined]
    assert len(held) == 1, "the round that came second left no hold behind"
    assert waiters.take(token).status is WaitingStatus.BOOKED


def test_without_the_persons_key_two_halls_offer_to_one_person(waiters: Waiters) -> None:
    _waits_in_two_halls(waiters)
    entry = waiters.entries()[0].id
    looked = Barrier(2)

    def naive(number: int) -> bool:
        with Session(waiters.database.engine) as looking:
            has_one = looking.execute(select(OFFERS.c.id).where(OFFERS.c.entry_id == entry)).first()
            looking.rollback()
        looked.wait()
        if has_one is None:
            with Session(waiters.database.engine) as writing:
                add_naively(writing, waiters, entry, ("city", "town")[number])  # without its person
                writing.commit()
        return has_one is None

    assert answers_of(naive, rivals=2) == [True, True]
    assert len(open_offers(waiters)) == 2


# --- taken as it lapses -------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_offer_is_taken_or_lapses_never_both(waiters: Waiters) -> None:
    """Two machines whose clocks differ: to one the offer still runs, to the other it has ended."""
    for turn, starts_at in enumerate((local(9, days=2), local(9, days=5), local(10, days=6))):
        taken = waiters.book(starts_at, SOCIAL, number=10 * turn + 5).token
        own = starts_at.astimezone(local(9).tzinfo)
        minute = ((own.hour + 8) % 24) * 60
        wish = times(own.date(), minutes=(minute, minute + 30))
        first, second = (waiters.join(10 * turn + n, wish) for n in (6, 7))
        waiters.do(service.cancel, taken)
        waiters.round()
        offer = waiters.seen(first).offer
        assert offer is not None
        behind = ManualClock(offer.expires_at - timedelta(milliseconds=1))
        ahead = ManualClock(offer.expires_at)

        def race(number: int, token: str = first, clocks: Any = (behind, ahead)) -> Any:
            if number == 0:
                return waiters.database.write_now(waitlist.take, token, clock=clocks[0], vault=waiters.vault)
            return waiters.database.write_now(
                waitlist.offer_places, waiters.city.halls["city"], clock=clocks[1], vault=waiters.vault
            )

        got, asked = answers_of(race, rivals=2)
        assert isinstance(got, (waitlist.WaitingView, OfferOver)), got
        assert asked.made == (0 if isinstance(got, waitlist.WaitingView) else 1)
        assert claims_at(waiters, starts_at) == 1
        waiters.clock.set(offer.expires_at)
        assert (waiters.seen(second).offer is not None) == isinstance(got, OfferOver)
        for token in (first, second):
            if waiters.seen(token).status is WaitingStatus.WAITING:
                waiters.do(waitlist.leave, token)


def test_without_the_condition_an_offer_is_taken_and_given_to_the_next(waiters: Waiters) -> None:
    taken = waiters.taken()
    first, second = waiters.join(1), waiters.join(2)
    waiters.do(service.cancel, taken)
    waiters.round()
    offer = waiters.offers()[0]
    with Session(waiters.database.engine) as looking:  # to the slow machine it still runs
        still_open = looking.execute(select(OFFERS.c.status).where(OFFERS.c.id == offer.id)).scalar_one()
        looking.rollback()
    waiters.clock.set(offer.expires_at)
    assert waiters.round().made == 1
    assert still_open == "open"
    with Session(waiters.database.engine) as writing:
        writing.execute(update(OFFERS).where(OFFERS.c.id == offer.id).values(status="taken"))
        confirmed = {"status": "confirmed", "expires_at": None}
        writing.execute(update(APPOINTMENTS).where(APPOINTMENTS.c.id == offer.hold_id).values(confirmed))
        writing.commit()
    assert waiters.take(second).status is WaitingStatus.BOOKED
    both = [row for row in waiters.rows(AppointmentRow) if row.status == "confirmed"]  # type: ignore[attr-defined]
    assert [row.starts_at for row in both] == [AT_TEN, AT_TEN]  # type: ignore[attr-defined]
    assert claims_at(waiters, AT_TEN) == 1
    assert waiters.seen(first)


# --- leaving while it is offered ----------------------------------------------------------------------


@pytest.mark.slow
def test_nobody_who_leaves_is_left_with_an_offer(waiters: Waiters) -> None:
    for turn in range(4):
        starts_at = local(9, days=1) + timedelta(minutes=30 * turn)
        taken = waiters.taken(starts_at, number=10 * turn)
        minute = 540 + 30 * turn
        first, second = (waiters.join(10 * turn + n, times(minutes=(minute, minute + 30))) for n in (1, 2))
        waiters.do(service.cancel, taken)

        def race(number: int, token: str = first) -> Any:
            if number == 0:
                return waiters.do(waitlist.leave, token)
            own = waiters.city.halls["city"]
            return waiters.database.write_now(
                waitlist.offer_places, own, clock=waiters.clock, vault=waiters.vault
            )

        left, asked = answers_of(race, rivals=2)
        assert isinstance(left, waitlist.WaitingView), left
        assert isinstance(asked, waitlist.Offered), asked
        live = {own.id for own in waiters.entries() if own.status == "waiting"}
        assert all(own.entry_id in live for own in open_offers(waiters))
        waiters.round()
        assert waiters.seen(second).offer is not None, "the place went on to the next"
        assert claims_at(waiters, starts_at) == 1


def test_without_the_lock_a_place_is_kept_for_somebody_who_left(waiters: Waiters) -> None:
    taken = waiters.taken()
    waiters.join(1)
    waiters.do(service.cancel, taken)
    entry = waiters.entries()[0].id
    looked, gone = Barrier(2), Barrier(2)

    def naive(number: int) -> bool:
        with Session(waiters.database.engine) as looking:
            status = looking.execute(select(ENTRIES.c.status).where(ENTRIES.c.id == entry)).scalar_one()
            looking.rollback()
        looked.wait()
        with Session(waiters.database.engine) as writing:
            if number == 0:
                writing.execute(update(ENTRIES).where(ENTRIES.c.id == entry).values(status="left"))
                writing.commit()
                gone.wait()
            else:
                gone.wait()
                add_naively(writing, waiters, entry, "city")
                writing.commit()
        return bool(status == "waiting")

    assert answers_of(naive, rivals=2) == [True, True]
    assert [own.entry_id for own in open_offers(waiters)] == [entry]
    assert waiters.entries()[0].status == "left"
