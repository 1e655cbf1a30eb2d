"""Places that people decide on: used at once, bounded by the walk-ins' share, never taken from anybody."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

import booking.service.holding as holding
from booking import store
from booking.errors import OfferUnknown, SlotNotBookable, SlotTaken
from booking.places import service
from booking.rules.policy import BookingPolicy, booking_policy
from booking.rules.timetable import most_places
from booking.service import Client, Person, free_slots, hold
from booking.service.slots import timetable
from kernel import catalogue, jobs
from kernel.tables import HallRow
from queueing.plans import studies
from queueing.plans.appointments import offer_of, plan_places
from queueing.plans.errors import StudyNotAnswered
from queueing.plans.place_desk import Slots, Takers
from queueing.plans.reading import hall_to_plan
from tests.conftest import bearer
from tests.support.proposals import write_history
from tests.support.races import behind_the_writer

TODAY, TOMORROW = date(2026, 11, 18), date(2026, 11, 19)
TEN = datetime.combine(TOMORROW, time(10), ZoneInfo("Asia/Shanghai"))
CLIENT = Client("browser", "192.0.2.1")


def ask(database, city, clock, *, willing=0.5):
    return database.write_now(
        service.ask_places, "H1", TOMORROW, willing=willing, by=city.manager, clock=clock
    )


def answered(database, city, clock, *, places=None):
    """A study with an answer that offers ``places`` in every slot; returns its id."""
    view = ask(database, city, clock)
    question = view.study.question
    offered = {
        queue: [places if places is not None else now for now in row]
        for queue, row in question["now"].items()
    }
    args = {"study_id": str(view.study.id)}
    database.write_now(studies.answered, args, {"proposed_places": offered}, clock=clock)
    return view.study.id


def decide(database, city, clock, study_id, offer="proposed"):
    return database.write_now(service.decide_places, study_id, offer, by=city.manager, clock=clock)


def capacity(database, city, weekday_of=TOMORROW):
    def places(session):
        table = timetable(session, catalogue.hall(session, city.hall))
        starts = table.starts_on(weekday_of)
        return [table.capacity(store_key(city, start)) for start in starts]

    return database.read_now(places)


def store_key(city, start):
    from booking.rules.slots import SlotKey  # noqa: PLC0415

    return SlotKey(city.queue_a, start)


def take(database, vault, clock, *, browser="browser", at=TEN):
    client = Client(browser, f"192.0.2.{len(browser)}")
    return database.write_now(hold, "H1", ["id-card"], at, client=client, clock=clock, vault=vault)


def test_the_question_carries_numbers_and_the_bounds(database, city, clock) -> None:
    question = ask(database, city, clock).study.question
    queue = str(city.queue_a)
    assert len(question["starts"]) == len(question["now"][queue]) == len(question["most"][queue])
    assert question["now"][queue] == capacity(database, city)
    for offer in question["offers"]:
        pairs = zip(offer["places"][queue], question["most"][queue], strict=True)
        assert all(places <= most for places, most in pairs)
    assert database.write_now(jobs.claim, now=clock.now()).name == "plan_appointments"


def test_a_decision_is_used_by_booking_at_once_and_can_be_taken_back(database, city, clock, vault) -> None:
    before = capacity(database, city)
    study_id = answered(database, city, clock, places=2)
    decided = decide(database, city, clock, study_id)
    assert decided.weekdays == (0, 1, 2, 3, 4)  # the other weekdays have the same hours and plan
    assert set(capacity(database, city)) == {2}
    free = database.read_now(free_slots, "H1", ["id-card"], first_day=TOMORROW, days=1, now=clock.now())
    assert {slot.free for slot in free[0].slots} == {2}
    decide(database, city, clock, study_id, "derived")
    assert capacity(database, city) == before
    told = [
        one["offer"]
        for one in database.read_now(studies.study_view, study_id, by=city.manager).study.decisions
    ]
    assert told == ["proposed", "derived"]


def test_walk_ins_keep_their_share_whatever_was_decided(database, city, clock) -> None:
    decide(database, city, clock, answered(database, city, clock, places=50))
    table = database.read_now(lambda session: timetable(session, catalogue.hall(session, city.hall)))
    windows = table.windows(city.queue_a, TOMORROW.weekday(), 600)
    assert max(capacity(database, city)) == most_places(windows, BookingPolicy(), mean_minutes=10) < 50
    policy = {"walk_in_share": 1.0}
    halls = HallRow.__table__
    database.write_now(
        lambda session: (
            session.execute(update(halls).where(halls.c.id == city.hall).values(policy=policy)) and None
        )
    )
    assert set(capacity(database, city)) == {0}


def test_overbooking_offers_more_places_of_the_share() -> None:
    plain, more = booking_policy({}), booking_policy({"overbooking": 0.5})
    assert more == replace(plain, overbooking=0.5)
    assert most_places(4, more, mean_minutes=10) == int(1.5 * 9.6)


def test_places_that_are_promised_stay_promised(database, city, clock, vault) -> None:
    decide(database, city, clock, answered(database, city, clock, places=2))
    held = [take(database, vault, clock, browser="b" * n) for n in (1, 2)]
    decide(database, city, clock, answered(database, city, clock, places=1))
    with pytest.raises(SlotTaken):
        take(database, vault, clock, browser="later")
    person = Person("张三", "13800138000")
    for number, one in enumerate(held):
        person = replace(person, phone=f"1380013800{number}")
        database.write_now(holding.confirm, one.token, person, clock=clock, vault=vault)


def test_only_what_was_played_can_be_chosen_and_only_when_answered(database, city, clock) -> None:
    waiting = ask(database, city, clock).study.id
    with pytest.raises(StudyNotAnswered):
        decide(database, city, clock, waiting)
    study_id = answered(database, city, clock)
    with pytest.raises(OfferUnknown):
        decide(database, city, clock, study_id, "share-99")
    decide(database, city, clock, study_id, "share-0")
    assert set(capacity(database, city)) == {0}


# --- the race: places given out while they are changed -------------------------------------------------


@contextmanager
def slow_holds(monkeypatch, read, decided, patience):
    """A hold that has read the capacity waits for the decision, at most so many seconds, and goes on."""
    real = holding.promised_timetable  # type: ignore[attr-defined]

    def slowly(session, hall_id):
        table = real(session, hall_id)
        read.set()
        decided.wait(patience)
        return table

    with monkeypatch.context() as patched:
        patched.setattr(holding, "promised_timetable", slowly)
        yield


def race(database, city, clock, vault, monkeypatch, run, patience=1.0) -> list[str]:
    """Return in which order the hold and the decision for no places at all came to their end."""
    study_id = answered(database, city, clock)
    read, decided, order = threading.Event(), threading.Event(), []

    # Written down inside the units of work: which of two threads wakes first afterwards is chance.
    def holding_one(session):
        hold(session, "H1", ["id-card"], TEN, client=CLIENT, clock=clock, vault=vault)
        order.append("held")

    def deciding(session):
        service.decide_places(session, study_id, "share-0", by=city.manager, clock=clock)
        order.append("decided")

    def holds():
        run(holding_one)

    def decides():
        read.wait(5.0)
        run(deciding)
        decided.set()

    with slow_holds(monkeypatch, read, decided, patience):
        both = [threading.Thread(target=work) for work in (holds, decides)]
        for one in both:
            one.start()
        for one in both:
            one.join(20.0)
    return order


@pytest.mark.slow
def test_no_place_is_given_out_after_a_decision_against_it(database, city, clock, vault, monkeypatch) -> None:
    assert race(database, city, clock, vault, monkeypatch, database.write_now) == ["held", "decided"]
    with pytest.raises(SlotNotBookable):
        take(database, vault, clock, browser="later")


def test_without_the_lock_the_race_is_real(database, city, clock, vault, monkeypatch) -> None:
    monkeypatch.setattr(store, "share_capacity", lambda *_: None)
    unguarded = partial(behind_the_writer, database)
    order = race(database, city, clock, vault, monkeypatch, unguarded, patience=15.0)
    assert order == ["decided", "held"]  # a place was given out that the manager had been told is gone


# --- the engine ----------------------------------------------------------------------------------------


@pytest.fixture
def played(sqlite_database, sqlite_city, clock):
    sqlite_database.write_now(write_history, sqlite_city)
    return sqlite_database.read_now(hall_to_plan, sqlite_city.hall, TOMORROW, before=TODAY)


def slots(history, most=4):
    starts = tuple(range(510, 1050, 30))
    return Slots(starts, ((most,) * len(starts),) * len(history.queues))


def flat(history, places):
    return ((places,) * 18,) * len(history.queues)


@pytest.mark.slow
def test_places_in_quiet_hours_shorten_the_waits_of_a_crowded_morning(played) -> None:
    history, present = played
    found = plan_places(
        history, present, slots(history), Takers(show=0.9, willing=0.5), flat(history, 0), [flat(history, 1)]
    )
    assert found.worth_it
    assert found.proposed.difference.high < 0
    assert found.proposed.booked_wait.value < found.proposed.walk_in_wait.value
    assert all(0 <= own <= 4 for row in found.found for own in row)
    assert found.present.places == 0 < found.proposed.places


@pytest.mark.slow
def test_the_present_offer_against_itself_makes_no_difference(played) -> None:
    history, present = played
    same = flat(history, 1)
    found = plan_places(history, present, slots(history), Takers(0.9, 0.5), same, [same])
    assert found.asked[0].difference.value == found.asked[0].difference.low == 0.0
    assert found.asked[0] == found.present


@pytest.mark.slow
def test_nobody_books_who_would_not_and_the_days_citizens_stay_as_many(played) -> None:
    history, present = played
    found = plan_places(
        history, present, slots(history), Takers(show=1.0, willing=0.1), flat(history, 0), [flat(history, 4)]
    )
    assert found.asked[0].places == 4 * 36
    assert 5 <= found.asked[0].booked <= 8  # a tenth of 70 citizens


def test_offers_are_read_by_queue(played) -> None:
    history, _ = played
    queues = [queue.id for queue in history.queues]
    assert offer_of({str(queues[1]): [1, 2]}, queues) == ((0, 0), (1, 2))
    assert all(isinstance(queue, UUID) for queue in queues)


async def test_a_manager_decides_over_http_and_others_do_not(client, parts, city, clock) -> None:
    manager = bearer(city.tokens["manager"])
    asked = await client.post(
        "/api/v1/halls/H1/appointment-places", json={"for_day": "2026-11-19"}, headers=manager
    )
    assert (asked.status_code, asked.json()["status"]) == (200, "computing")
    early = await client.post(
        f"/api/v1/appointment-places/{asked.json()['id']}/decide", json={"offer": "proposed"},
        headers=bearer(city.tokens["manager"], key="early"),
    )  # fmt: skip
    assert (early.status_code, early.json()["code"]) == (409, "study-not-answered")
    refused = await client.post(
        "/api/v1/halls/H1/appointment-places", json={"for_day": "2026-11-19"},
        headers=bearer(city.tokens["clerk1"]),
    )  # fmt: skip
    assert refused.json()["code"] == "wrong-role"
    listed = await client.get("/api/v1/halls/H1/appointment-places", headers=manager)
    assert [one["status"] for one in listed.json()["studies"]] == ["computing"]
    clock.advance(timedelta(seconds=1))
