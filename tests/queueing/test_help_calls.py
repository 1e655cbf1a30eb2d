"""A clerk asks for help: who sees it, who goes, how it ends, and that the public hears nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, select

from kernel.identity import WrongHall
from kernel.identity_tables import StaffSessionRow
from kernel.work_tables import OutboxRow
from queueing import service
from queueing.errors import WindowTaken
from queueing.help.errors import HelpAskedAlready, HelpNotYours, HelpOver, HelpTaken
from queueing.help.service import ask_help, end_help, help_wanted, take_help, word_help
from queueing.help.tables import HelpCallRow
from queueing.rules.help import HELP_TRANSITIONS, HelpAction, HelpStatus

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from tests.support.small_city import SmallCity

CALLS = HelpCallRow.__table__
SESSIONS = StaffSessionRow.__table__
OUTBOX = OutboxRow.__table__


class Hall:
    """The first hall: clerk 1 sits at window 1, clerk 2 at window 2."""

    def __init__(self, database: Database, city: SmallCity, clock: ManualClock) -> None:
        self.database, self.city, self.clock = database, city, clock
        for place in (0, 1):
            self.do(service.open_window, city.windows[place], by=place)

    def do(self, use_case: Any, *more: Any, by: Any = 0) -> Any:
        who = self.city.clerks[by] if isinstance(by, int) else by
        return self.database.write_now(use_case, *more, by=who, clock=self.clock)

    def wanted(self, by: Any = None) -> list[tuple[str, str, str | None]]:
        calls = self.database.read_now(help_wanted, "H1", by=by or self.city.manager, now=self.clock.now())
        return [(own.window, own.words, own.taken_name) for own in calls]


@pytest.fixture
def hall(database: Database, city: SmallCity, clock: ManualClock) -> Hall:
    return Hall(database, city, clock)


def test_a_call_is_seen_by_the_hall_and_by_nobody_elsewhere(hall: Hall) -> None:
    hall.do(ask_help, hall.city.windows[0], "  printer   jams ")
    for who in (hall.city.manager, hall.city.clerks[1], hall.city.supervisor):
        assert hall.wanted(who) == [("1", "printer jams", None)]
    with pytest.raises(WrongHall):
        hall.wanted(hall.city.other_clerk)


def test_the_asker_reads_who_comes_and_either_ends_it(hall: Hall) -> None:
    for ends in (0, 1):
        call = hall.do(ask_help, hall.city.windows[0], "")
        taken = hall.do(take_help, call.id, by=1)
        assert hall.wanted(hall.city.clerks[0]) == [("1", "", taken.taken_name)]
        assert taken.taken_by == hall.city.clerks[1].id
        hall.do(end_help, call.id, by=ends)
        assert hall.wanted() == []
        with pytest.raises(HelpOver):
            hall.do(take_help, call.id, by=1)


def test_who_comes_second_is_told_who_goes(hall: Hall) -> None:
    call = hall.do(ask_help, hall.city.windows[0], "")
    hall.do(take_help, call.id, by=1)
    with pytest.raises(HelpTaken) as told:
        hall.do(take_help, call.id, by=hall.city.manager)
    assert told.value.facts["by"] == call.asked_name.replace("1", "2")


def test_nobody_takes_the_own_call_and_others_leave_it_alone(hall: Hall) -> None:
    call = hall.do(ask_help, hall.city.windows[0], "")
    with pytest.raises(HelpNotYours):
        hall.do(take_help, call.id, by=0)
    for use_case in (end_help, lambda *asked, **who: word_help(*asked, "x", **who)):  # type: ignore[call-arg]
        with pytest.raises(HelpNotYours):
            hall.do(use_case, call.id, by=1)
    with pytest.raises(WrongHall):
        hall.do(take_help, call.id, by=hall.city.other_clerk)
    hall.do(end_help, call.id, by=hall.city.manager)
    assert hall.wanted() == []


def test_only_who_sits_there_asks_and_once(hall: Hall) -> None:
    with pytest.raises(WindowTaken):
        hall.do(ask_help, hall.city.windows[0], "", by=1)
    first = hall.do(ask_help, hall.city.windows[0], "")
    with pytest.raises(HelpAskedAlready):
        hall.do(ask_help, hall.city.windows[0], "again")
    assert hall.do(word_help, first.id, "a translator").words == "a translator"


def test_a_call_ends_with_the_window(hall: Hall) -> None:
    hall.do(ask_help, hall.city.windows[0], "")
    hall.do(service.pause_window, hall.city.windows[0])
    assert len(hall.wanted()) == 1, "a pause ends nothing"
    hall.do(service.close_window, hall.city.windows[0])
    hall.do(service.open_window, hall.city.windows[0])
    assert hall.wanted() == [], "opened again, nobody is waited for"


def test_a_call_ends_with_the_session_and_another_may_follow(hall: Hall) -> None:
    call = hall.do(ask_help, hall.city.windows[0], "")
    mine = SESSIONS.c.staff_id == hall.city.clerks[0].id
    kept = hall.database.read_now(lambda session: session.execute(select(SESSIONS).where(mine)).one())
    hall.database.write_now(lambda session: session.execute(delete(SESSIONS).where(mine)) and None)
    assert hall.wanted() == []
    with pytest.raises(HelpOver):
        hall.do(take_help, call.id, by=1)
    hall.clock.advance(timedelta(seconds=5))
    again = {**kept._mapping, "created_at": hall.clock.now(), "active_at": None}
    hall.database.write_now(lambda session: session.execute(SESSIONS.insert().values(again)) and None)
    assert hall.wanted() == [], "who signs in again asks again"
    hall.do(ask_help, hall.city.windows[0], "now")
    assert hall.wanted() == [("1", "now", None)]


def test_a_call_ends_with_its_day_and_its_words_go(hall: Hall) -> None:
    hall.do(ask_help, hall.city.windows[0], "printer")
    hall.clock.advance(timedelta(days=1))
    assert hall.wanted() == []
    hall.database.write_now(service.close_day, hall.city.hall, clock=hall.clock)
    row = hall.database.read_now(lambda session: session.execute(select(CALLS)).one())
    assert (row.status, row.words) == ("ended", "")


def test_the_public_hears_that_something_is_new_and_nothing_else(hall: Hall) -> None:
    before = hall.database.read_now(service.board, hall.city.hall, now=hall.clock.now())
    call = hall.do(ask_help, hall.city.windows[0], "printer jams")
    hall.do(take_help, call.id, by=1)
    hall.do(end_help, call.id)
    rows = hall.database.read_now(
        lambda session: session.execute(
            select(OUTBOX.c.kind, OUTBOX.c.payload).where(OUTBOX.c.seq > before.seq)
        ).all()
    )
    assert [tuple(row) for row in rows] == [("staff_news", {})] * 3
    after = hall.database.read_now(service.board, hall.city.hall, now=hall.clock.now())
    assert (after.windows, after.calls, after.notices) == (before.windows, before.calls, before.notices)


def test_every_status_is_reached_and_the_end_is_final() -> None:
    assert {after for after in HELP_TRANSITIONS.values()} | {HelpStatus.ASKED} == set(HelpStatus)
    assert {action for _, action in HELP_TRANSITIONS} == set(HelpAction)
    assert not [status for status, _ in HELP_TRANSITIONS if status is HelpStatus.ENDED]
