"""Two clerks look at one person and press at the same moment, beside the twin without the comparison."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from queueing import service
from tests.queueing.test_looking_ahead import Ahead
from tests.support.races import at_once

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

ROUNDS = 4


@pytest.fixture
def hall(database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> Ahead:
    return Ahead(database, city, vault, clock)


@pytest.mark.slow
def test_two_windows_never_call_one_ticket_nor_whom_they_did_not_see(hall: Ahead) -> None:
    for number in range(ROUNDS):
        hall.issue()
        hall.issue()
        first, second = [hall.look(place).ticket for place in (0, 1)]
        assert first.id == second.id
        answers = at_once(*[partial(_called, hall, first.id, place) for place in (0, 1)])
        assert sorted(answers) == [first.label, "next-changed"], number
        loser = answers.index("next-changed")
        assert _called(hall, hall.look(loser).ticket.id, loser) != first.label
        for place in (0, 1):
            _away(hall, place)


def test_without_the_comparison_one_of_them_calls_whom_nobody_saw(hall: Ahead) -> None:
    hall.issue()
    hall.issue()
    both = [hall.look(place).ticket.label for place in (0, 1)]
    assert both == ["A001", "A001"]
    answers = at_once(*[lambda place=place: hall.call(place).label for place in (0, 1)])
    assert sorted(answers) == ["A001", "A002"], "a clerk rang for somebody else than was looked at"


def _called(hall: Ahead, seen: Any, place: int) -> str:
    return str(hall.call_seen(seen, place).label)


def _away(hall: Ahead, place: int) -> None:
    window = hall.city.windows[place]
    seen = hall.database.read_now(service.desk, window, by=hall.city.clerks[place], now=hall.clock.now())
    hall.do(service.miss, seen.window.ticket.id, by=place)
