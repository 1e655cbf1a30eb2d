"""The live state: followed or read anew it is the same, and places are those of the call order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from queueing.live.state import HallState, LiveTicket, QueueLine
from queueing.rules.tickets import TicketStatus
from tests.live.standing import as_it_stands

NINE = datetime(2026, 11, 25, 1, tzinfo=UTC)
A, B = UUID(int=1), UUID(int=2)
WAITING, SERVING, FINISHED = TicketStatus.WAITING, TicketStatus.SERVING, TicketStatus.FINISHED


def ticket(number: int, status: TicketStatus = WAITING, *, came: float = 0, **changes: Any) -> LiveTicket:
    values: dict[str, Any] = {
        "id": UUID(int=100 + number),
        "queue_id": A,
        "number": number,
        "status": status,
        "arrived_at": NINE + timedelta(minutes=came),
        "effective_at": NINE + timedelta(minutes=came),
        "window_id": None,
        "called_at": None,
        "changed_at": NINE + timedelta(minutes=came),
    }
    return LiveTicket(**{**values, **changes})


@given(st.lists(st.integers(0, 30), max_size=40), st.data())
def test_people_ahead_are_those_whom_the_call_order_puts_first(minutes: list[int], data: Any) -> None:
    line = QueueLine()
    people = [ticket(number, came=came) for number, came in enumerate(minutes)]
    for person in people:
        line.add(person)
    for person in people:
        earlier = [other for other in people if (other.effective_at, other.number) < person.place[:2]]
        assert line.ahead_of(person.place) == len(earlier)
    gone = data.draw(st.lists(st.sampled_from(people), unique=True)) if people else []
    for person in gone:
        line.remove(person)
    left = sorted((p for p in people if p not in gone), key=lambda p: (p.effective_at, p.number))
    assert line.in_order() == left


CHANGES = st.lists(
    st.tuples(st.integers(0, 8), st.sampled_from(TicketStatus), st.sampled_from([A, B])),
    max_size=40,
)


@given(CHANGES, st.data())
def test_following_changes_gives_the_state_that_reading_anew_gives(changes: list[Any], data: Any) -> None:
    followed, latest = HallState(date(2026, 11, 25)), {}
    for step, (number, status, queue_id) in enumerate(changes):
        changed = ticket(
            number,
            status,
            queue_id=queue_id,
            window_id=UUID(int=10 + number),  # a window has one ticket at a time
            changed_at=NINE + timedelta(seconds=step),
        )
        latest[number] = changed
        followed.apply_all([changed])
        if data.draw(st.booleans()):
            followed.apply_all([changed])  # told twice
    anew = HallState(date(2026, 11, 25))
    anew.apply_all(latest.values())
    assert as_it_stands(followed) == as_it_stands(anew)


def test_a_window_shows_whom_it_called_when_the_one_before_is_told_late() -> None:
    state = HallState(date(2026, 11, 25))
    window = UUID(int=10)
    first = ticket(1, SERVING, window_id=window)
    state.apply(first)
    second = ticket(2, TicketStatus.CALLED, window_id=window, changed_at=NINE + timedelta(minutes=5))
    left = ticket(1, FINISHED, window_id=window, changed_at=NINE + timedelta(minutes=5))
    state.apply_all([second, left])
    assert state.at_window == {window: second}
    assert state.waiting(A) == 0
