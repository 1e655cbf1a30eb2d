"""Published waits are served while they are fresh; the drain answers for what is missing, old or far off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.catalogue import queues_by_id
from kernel.clock import ManualClock, monotonic
from kernel.database import Database
from kernel.secrets import Vault
from queueing import estimate
from queueing.rules.published import (
    FRESH_FOR_S,
    LATER_MINUTES,
    HallWaits,
    QueueWaits,
    as_range,
    waits_json,
    waits_of,
)
from queueing.rules.waits import NO_WAIT, WaitRange
from queueing.served import served
from tests.support.walk_ins import walk_in

LINE = (WaitRange(0, 1, 3), WaitRange(4, 6, 9), WaitRange(7, 11, 16))
LATER = (WaitRange(5, 9, 15), WaitRange(3, 7, 14), WaitRange(2, 5, 12), None)


@pytest.fixture(autouse=True)
def empty_shelf() -> Iterator[None]:
    served.clear()
    yield
    served.clear()


def publish(city: Any, clock: ManualClock, *, age_s: float = 0.0) -> HallWaits:
    waits = HallWaits(city.hall, clock.now(), "physical", "", {city.queue_a: QueueWaits(LINE, LATER)})
    served.put(waits, at_s=monotonic() - age_s)
    return waits


def ask(database: Database, city: Any, clock: ManualClock, minutes: float = 0.0) -> WaitRange | None:
    wanted = estimate.Ask(city.queue_a, clock.now() + timedelta(minutes=minutes))
    found = database.read_now(estimate.estimate_on_arrival, [wanted], now=clock.now())
    wait: WaitRange | None = found[city.queue_a].wait
    return wait


def test_a_fresh_estimate_is_served_by_place_and_by_arrival(
    sqlite_database: Database, sqlite_city: Any, clock: ManualClock
) -> None:
    publish(sqlite_city, clock)
    assert ask(sqlite_database, sqlite_city, clock) == LINE[0]
    assert ask(sqlite_database, sqlite_city, clock, 15) == LATER[0]
    halfway = ask(sqlite_database, sqlite_city, clock, 45)
    assert halfway is not None
    assert halfway.p50 == pytest.approx(6)
    assert ask(sqlite_database, sqlite_city, clock, 90) is None  # it says that nobody can say
    own = sqlite_database.read_now(queues_by_id, [sqlite_city.queue_a])[sqlite_city.queue_a]
    waits = [
        sqlite_database.read_now(estimate.estimate_for_ticket, own, ahead=ahead, now=clock.now())
        for ahead in (0, 2)
    ]
    assert waits == [LINE[0], LINE[2]]


def test_who_gets_a_ticket_is_told_the_wait_of_their_own_place_and_it_is_kept(
    sqlite_database: Database, sqlite_city: Any, vault: Vault, clock: ManualClock
) -> None:
    publish(sqlite_city, clock)
    told = [walk_in(sqlite_database, sqlite_city, clock=clock, vault=vault).ticket.told.p50 for _ in range(4)]
    assert told == [1, 6, 11, pytest.approx(11 * 4 / 3)]


def test_a_line_without_a_wait_says_nothing_of_those_who_came_since(
    sqlite_database: Database, sqlite_city: Any, vault: Vault, clock: ManualClock
) -> None:
    """The doors open and thirty people take a number before the next estimate comes."""
    idle = {sqlite_city.queue_a: QueueWaits((NO_WAIT,), (NO_WAIT,) * len(LATER_MINUTES))}
    served.put(HallWaits(sqlite_city.hall, clock.now(), "physical", "", idle))
    came = [walk_in(sqlite_database, sqlite_city, clock=clock, vault=vault).ticket.told for _ in range(12)]
    told = [own.p50 for own in came if own.p50 is not None]
    assert len(told) == len(came)
    assert told[0] == 0
    assert told[11] > told[5] > 0, told
    joining = ask(sqlite_database, sqlite_city, clock)
    later = ask(sqlite_database, sqlite_city, clock, 5)
    assert joining is not None
    assert joining.p50 > told[11]
    assert later is not None
    assert later.p50 > 0


@pytest.mark.parametrize("why", ["old", "far off", "another day", "another queue", "another clock"])
def test_what_is_missing_old_or_far_off_is_answered_by_the_drain(
    sqlite_database: Database, sqlite_city: Any, clock: ManualClock, why: str
) -> None:
    minutes = {"far off": 150.0, "another day": 24 * 60.0}.get(why, 0.0)
    drained = ask(sqlite_database, sqlite_city, clock, minutes)
    publish(sqlite_city, clock, age_s=FRESH_FOR_S + 1 if why == "old" else 0.0)
    if why == "another queue":
        served.put(HallWaits(sqlite_city.hall, clock.now(), "physical", "", {}))
    if why == "another clock":
        wrong = clock.now() - timedelta(hours=2)
        served.put(
            HallWaits(sqlite_city.hall, wrong, "physical", "", {sqlite_city.queue_a: QueueWaits(LINE, ())})
        )
    assert ask(sqlite_database, sqlite_city, clock, minutes) == drained
    assert drained not in LINE


def test_the_state_says_which_estimator_serves_and_how_old_it_is(
    sqlite_city: Any, clock: ManualClock
) -> None:
    begun = monotonic()
    publish(sqlite_city, clock, age_s=4)
    state = served.states()[sqlite_city.hall]
    assert state.estimator == "physical"
    assert 3.99 < state.age_s < 4.01 + monotonic() - begun
    publish(sqlite_city, clock, age_s=40)
    assert served.states()[sqlite_city.hall].estimator == "drain"
    assert served.get(sqlite_city.hall, now=clock.now()) is None


quantiles = st.tuples(*[st.floats(-1, 700) for _ in range(3)])
ranges = st.one_of(st.none(), quantiles.map(lambda q: as_range(*q)))


@given(
    st.lists(ranges, min_size=1, max_size=5).map(tuple),
    st.lists(ranges, min_size=len(LATER_MINUTES), max_size=len(LATER_MINUTES)).map(tuple),
    st.integers(0, 9),
    st.floats(0, 130),
)
def test_whatever_is_asked_the_answer_is_a_range_or_nothing(
    line: Any, later: Any, ahead: int, minutes: float
) -> None:
    found = QueueWaits(line, later).at(ahead, minutes)
    if found is not None:
        assert 0 <= found.p10 <= found.p50 <= found.p90


def test_waits_come_back_from_the_wire_as_they_were(sqlite_city: Any, clock: ManualClock) -> None:
    waits = publish(sqlite_city, clock)
    assert waits_of(waits_json(waits)) == waits
    with pytest.raises(KeyError):
        waits_of({"hall": str(sqlite_city.hall)})


def test_who_joins_now_goes_before_people_whose_slot_is_still_to_come() -> None:
    waits = QueueWaits(LINE, LATER, joining=1)  # one ahead, and one behind who came early for a slot
    assert waits.at(2, 0) == LINE[1]
    assert waits.at(3, 0) == LINE[2]  # somebody came since
    assert waits.with_ahead(2) == LINE[2]
