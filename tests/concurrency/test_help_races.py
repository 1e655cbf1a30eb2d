"""Two colleagues take one call for help, two keys ask for it: on both databases, each beside its twin."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from queueing import service
from queueing.help import store
from queueing.help.errors import HelpAskedAlready, HelpOver, HelpTaken
from queueing.help.service import ask_help, take_help
from queueing.help.store import HelpCall
from queueing.help.tables import HelpCallRow
from queueing.rules.help import HelpAction
from tests.support.races import behind_the_writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from tests.support.small_city import SmallCity

CALLS = HelpCallRow.__table__


@pytest.fixture
def call(database: Database, city: SmallCity, clock: ManualClock) -> HelpCall:
    by = {"by": city.clerks[0], "clock": clock}
    database.write_now(service.open_window, city.windows[0], **by)
    return database.write_now(ask_help, city.windows[0], "", **by)


def both(work: Callable[[Any], Any], who: tuple[Any, ...]) -> list[Any]:
    gate = threading.Barrier(2)

    def one(own: Any) -> Any:
        gate.wait(5)
        try:
            return work(own)
        except (HelpTaken, HelpAskedAlready) as refused:
            return refused

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, who))


def test_of_two_who_go_at_once_one_is_told_who_goes(
    database: Database, city: SmallCity, clock: ManualClock, call: HelpCall
) -> None:
    rivals = (city.clerks[1], city.manager)
    answers = both(lambda who: database.write_now(take_help, call.id, by=who, clock=clock), rivals)
    [goes] = [own for own in answers if isinstance(own, HelpCall)]
    [told] = [own for own in answers if isinstance(own, HelpTaken)]
    assert told.facts["by"] == goes.taken_name
    assert database.read_now(store.call, call.id).taken_by == goes.taken_by


def test_without_the_guard_both_believe_that_they_go(
    database: Database, city: SmallCity, clock: ManualClock, call: HelpCall
) -> None:
    both_read = threading.Barrier(2)

    def naive(who: Any) -> str:
        def unit(session: Session) -> str:
            own = store.call(session, call.id)
            both_read.wait(5)
            if own.status.value != "asked":
                return "told"
            session.execute(
                update(CALLS).where(CALLS.c.id == call.id).values(status="taken", taken_by=who.id)
            )
            return "goes"

        return str(behind_the_writer(database, unit))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(naive, (city.clerks[1], city.manager))) == ["goes", "goes"]


def test_the_conditional_update_is_a_guard_of_its_own(
    database: Database, city: SmallCity, clock: ManualClock, call: HelpCall
) -> None:
    stale = database.read_now(store.call, call.id)
    database.write_now(take_help, call.id, by=city.clerks[1], clock=clock)
    with pytest.raises(HelpOver):
        database.write_now(store.move, stale, HelpAction.TAKE, taken_by=city.manager.id, taken_at=clock.now())
    assert database.read_now(store.call, call.id).taken_by == city.clerks[1].id


def test_two_keys_at_once_ask_once(database: Database, city: SmallCity, clock: ManualClock) -> None:
    by = {"by": city.clerks[0], "clock": clock}
    database.write_now(service.open_window, city.windows[0], **by)
    answers = both(lambda words: database.write_now(ask_help, city.windows[0], words, **by), ("a", "b"))
    assert sum(isinstance(own, HelpAskedAlready) for own in answers) == 1
    rows = database.read_now(lambda session: session.execute(select(CALLS)).all())
    assert len(rows) == 1


def test_the_schema_refuses_a_second_open_call(
    database: Database, city: SmallCity, clock: ManualClock, call: HelpCall
) -> None:
    def again(session: Session) -> None:
        store.add(session, city.hall, city.windows[0], "", by=city.clerks[0].id, day=call.day, at=clock.now())

    with pytest.raises(IntegrityError):
        database.write_now(again)
