"""What a desk did without connection is taken over once, with its times, or refused with its reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from kernel.identity import WrongHall
from kernel.tables import HallRow
from queueing import service
from queueing.desk_entries.errors import DeskEntryNotFound
from queueing.desk_entries.service import not_taken_over, put_away
from queueing.errors import NobodyWaiting, NotPossibleNow
from queueing.events import event_of
from queueing.facts import facts
from queueing.provisional import staff as paper_staff
from queueing.rules.board import apply
from queueing.rules.told import SURE, DeskReason, DeskState, as_told, plain_label
from queueing.store.ticket_writes import log
from tests.conftest import bearer
from tests.queueing.test_boards_follow_events import comparable, events_after
from tests.support.cut_off_desks import CutOffDesk
from tests.support.kiosks import CutOff, a_slip
from tests.support.trail import noted

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

NOON = datetime(2026, 11, 18, 4, tzinfo=UTC)
minutes = st.integers(-300, 300).map(lambda count: NOON + timedelta(minutes=count))
MIN = timedelta(minutes=1)


@pytest.fixture
def desk(database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> CutOffDesk:
    made = CutOffDesk(database, city, vault, clock)
    made.sits_down()
    return made


@pytest.fixture
def colleague(desk: CutOffDesk) -> CutOffDesk:
    made = CutOffDesk(desk.database, desk.city, desk.vault, desk.clock, place=1)
    made.sits_down()
    return made


def called(desk: CutOffDesk, *codes: str) -> Any:
    desk.issue(*codes)
    return desk.calls()


def fact_of(desk: CutOffDesk, ticket: Any) -> Any:
    """Close the day and return what reports know of a ticket."""
    desk.clock.advance(timedelta(days=1))
    desk.database.write_now(service.close_day, desk.city.hall, clock=desk.clock)
    asked = select(facts).where(facts.c.ticket_id == ticket.id)
    return desk.database.read_now(lambda session: session.execute(asked).one())


# --- the rule ---------------------------------------------------------------------------------------------


@given(told=minutes, heard=minutes, last=minutes, off=st.integers(-90, 90))
def test_a_told_instant_is_held_within_what_can_be(
    told: datetime, heard: datetime, last: datetime, off: int
) -> None:
    word = as_told(told, not_before=(heard, last), off=timedelta(seconds=off), now=NOON)
    assert min(max(heard, last), NOON) <= word.at <= NOON
    assert word.precision >= max(timedelta(seconds=abs(off)), abs(word.at - told))


def test_a_number_is_read_however_it_was_typed() -> None:
    written = ["x7", " X 007 ", "b 12", "A1234", "12", "ABC1", "", "X000", "甲1"]
    assert [plain_label(own) for own in written] == ["X007", "X007", "B012", "A1234", "", "", "", "", ""]


# --- the ticket at the window -----------------------------------------------------------------------------


def test_what_was_done_at_the_window_stands_in_the_log_with_its_real_times(desk: CutOffDesk) -> None:
    ticket, begins = called(desk), desk.clock.now()
    desk.clock.advance(30 * MIN)
    before = desk.database.read_now(service.board, desk.city.hall, now=desk.clock.now())
    start = desk.entry("start", begins + 2 * MIN, ticket)
    services = desk.entry("record", begins + 8 * MIN, ticket, services=("household",))
    done = desk.hands_in(start, services, desk.entry("finish", begins + 9 * MIN, ticket))
    assert [own.state for own in done] == [DeskState.TAKEN] * 3
    assert desk.stands(ticket) == "finished"
    lines = desk.database.read_now(lambda session: session.execute(select(log).order_by(log.c.id)).all())
    assert [(own.what, own.at, own.told, own.precision_s) for own in lines[2:]] == [
        ("start", begins + 2 * MIN, "desk", 1.0),
        ("record", begins + 8 * MIN, "desk", 1.0),
        ("finish", begins + 9 * MIN, "desk", 1.0),
    ]
    assert [own.told for own in lines[:2]] == [None, None]
    after = desk.database.read_now(service.board, desk.city.hall, now=desk.clock.now())
    for frame in desk.database.read_now(events_after, desk.city.hall, before.seq):
        before = apply(before, event_of(frame), seq=frame.seq, at=frame.at)
    assert comparable(before) == comparable(after)
    fact = fact_of(desk, ticket)
    assert fact.ended_at - fact.started_at == 7 * MIN
    assert fact.delivered_id == desk.city.services["household"]


def test_times_that_are_not_sure_stand_in_the_log_and_in_no_report(desk: CutOffDesk) -> None:
    ticket, begins = called(desk), desk.clock.now()
    desk.clock.advance(30 * MIN)
    wrong = desk.clock.now() + SURE + timedelta(seconds=1)
    entries = desk.entry("start", begins + MIN, ticket), desk.entry("finish", begins + 9 * MIN, ticket)
    assert {own.state for own in desk.hands_in(*entries, sent_at=wrong)} == {DeskState.TAKEN}
    fact = fact_of(desk, ticket)
    assert (fact.started_at, fact.outcome) == (None, "finished")


def test_handing_in_again_changes_nothing_and_answers_the_same(desk: CutOffDesk) -> None:
    ticket = called(desk)
    entries = [desk.entry(what, desk.clock.now(), ticket) for what in ("start", "finish")]
    first = desk.hands_in(*entries)
    assert desk.hands_in(*entries) == first
    assert desk.stands(ticket) == "finished"


def test_a_press_whose_answer_was_lost_is_no_second_one(desk: CutOffDesk) -> None:
    ticket = called(desk)
    pressed_at = desk.clock.now()
    desk.does(service.start, ticket.id)  # it was done; the desk heard no answer and kept the press
    desk.clock.advance(MIN)
    start, finish = desk.hands_in(
        desk.entry("start", pressed_at, ticket), desk.entry("finish", desk.clock.now(), ticket)
    )
    assert [start.state, finish.state] == [DeskState.TAKEN] * 2
    assert start.at == pressed_at


@pytest.mark.slow
def test_whoever_the_program_missed_by_itself_was_there_all_the_same(desk: CutOffDesk) -> None:
    ticket, begins = called(desk), desk.clock.now()
    policy = update(HallRow.__table__).values(policy={"miss_after_minutes": 1.0})
    desk.database.write_now(lambda session: session.execute(policy) and None)
    for _ in range(3):
        desk.clock.advance(timedelta(seconds=20))
        desk.does(service.recall, ticket.id)
    desk.clock.advance(5 * MIN)
    assert desk.database.write_now(service.miss_by_itself, ticket.id, clock=desk.clock)
    done = desk.hands_in(
        desk.entry("start", begins + 2 * MIN, ticket), desk.entry("finish", begins + 4 * MIN, ticket)
    )
    assert [own.state for own in done] == [DeskState.TAKEN] * 2
    assert desk.stands(ticket) == "finished"


def test_what_somebody_else_did_meanwhile_stands_and_the_desk_is_told(
    desk: CutOffDesk, colleague: CutOffDesk
) -> None:
    ticket = called(desk)
    desk.database.write_now(service.miss, ticket.id, by=desk.city.manager, clock=desk.clock)
    began = desk.clock.now()
    desk.clock.advance(MIN)
    start, gone = desk.hands_in(
        desk.entry("start", began, ticket), desk.entry("finish", desk.clock.now(), ticket)
    )
    for own in (start, gone):
        assert (own.state, own.reason, own.found) == (DeskState.REFUSED, DeskReason.MOVED, "missed")
    other = called(colleague)
    desk.clock.advance(MIN)
    assert desk.hands_in(desk.entry("start", desk.clock.now(), other))[0].reason is DeskReason.MOVED
    assert [own.id for own in desk.database.read_now(not_taken_over, "H1", by=desk.clerk)][:2] == [
        start.id,
        gone.id,
    ]


def test_a_colleagues_window_is_left_alone_and_a_managers_word_counts(
    desk: CutOffDesk, colleague: CutOffDesk
) -> None:
    ticket = called(desk)
    now = desk.clock.now()
    mine = desk.entry("start", now, ticket, pressed_by=colleague.clerk.id)
    assert desk.hands_in(mine, by=colleague.clerk)[0].reason is DeskReason.NOT_YOURS
    # Whoever signs in at the page afterwards hands in what the colleague pressed there, under both names.
    theirs = desk.hands_in(desk.entry("start", now, ticket), by=colleague.clerk)[0]
    assert (theirs.state, theirs.pressed_by) == (DeskState.TAKEN, desk.clerk.id)
    assert theirs.handed_in_by == colleague.clerk.id
    stranger = desk.entry("finish", now, ticket, pressed_by=desk.city.other_clerk.id)
    kept = desk.hands_in(stranger, by=desk.city.manager)[0]
    assert (kept.state, kept.pressed_by) == (DeskState.TAKEN, desk.city.manager.id)


def test_a_day_that_is_over_takes_nothing_more(desk: CutOffDesk) -> None:
    ticket, at = called(desk), desk.clock.now()
    desk.clock.advance(timedelta(days=1))
    kept = desk.hands_in(desk.entry("start", at, ticket))[0]
    assert (kept.state, kept.reason) == (DeskState.REFUSED, DeskReason.DAY_OVER)
    desk.database.write_now(put_away, "H1", kept.id, by=desk.clerk, clock=desk.clock)
    assert desk.database.read_now(not_taken_over, "H1", by=desk.clerk) == []
    with pytest.raises(DeskEntryNotFound):
        desk.database.write_now(put_away, "H1", kept.id, by=desk.clerk, clock=desk.clock)
    with pytest.raises(WrongHall):
        desk.hands_in(desk.entry("start", at, ticket), by=desk.city.other_clerk)


def test_a_park_says_why_and_a_service_of_another_hall_is_refused(desk: CutOffDesk) -> None:
    ticket = called(desk)
    now = desk.clock.now()
    foreign = desk.entry("start", now, ticket), desk.entry("finish", now, ticket, services=("nothing",))
    assert [own.reason for own in desk.hands_in(*foreign)] == [None, DeskReason.NOT_OFFERED]
    desk.hands_in(desk.entry("park", now, ticket))
    assert desk.stands(ticket) == "parked"


# --- numbers on paper -------------------------------------------------------------------------------------


@pytest.fixture
def kiosk(desk: CutOffDesk) -> CutOff:
    made = CutOff.new(desk.database, desk.city, desk.vault, desk.clock)
    made.reserve()
    return made


def test_a_number_on_paper_has_a_service_time_and_no_wait(desk: CutOffDesk, kiosk: CutOff) -> None:
    taken = desk.clock.now()
    desk.clock.advance(40 * MIN)
    kiosk.hand_in(a_slip(1, taken))
    served = desk.hands_in(desk.paper("X001", taken + 20 * MIN, 6 * MIN))[0]
    assert served.state is DeskState.TAKEN
    day = desk.database.read_now(paper_staff.paper_day, "H1", by=desk.clerk, now=desk.clock.now())
    fact = fact_of(desk, day.tickets[0])
    assert fact.outcome == "served_on_paper"
    assert (fact.called_at, fact.ended_at - fact.started_at) == (None, 6 * MIN)
    assert fact.window_id == desk.window


def test_a_number_that_its_kiosk_hands_in_later_is_served_in_that_very_moment(
    desk: CutOffDesk, colleague: CutOffDesk, kiosk: CutOff
) -> None:
    taken = desk.clock.now()
    desk.clock.advance(40 * MIN)
    waits = desk.hands_in(desk.paper("X002", taken + 20 * MIN, 6 * MIN))[0]
    assert waits.state is DeskState.WAITING
    assert colleague.hands_in(colleague.paper("X002", taken, MIN))[0].reason is DeskReason.WRITTEN_TWICE
    kiosk.hand_in(a_slip(1, taken), a_slip(2, taken + MIN))
    assert colleague.calls().label == "X001"  # and X002, whom a window served, waits for nobody
    with pytest.raises(NobodyWaiting):
        desk.calls()
    left = desk.database.read_now(not_taken_over, "H1", by=desk.clerk)
    assert [own.label for own in left] == ["X002"]  # the colleague's, which was refused


def test_what_no_kiosk_holds_and_what_is_no_number_is_refused(desk: CutOffDesk, kiosk: CutOff) -> None:
    now = desk.clock.now()
    labels = {"X900": DeskReason.NOT_RESERVED, "A077": DeskReason.UNKNOWN_NUMBER}
    for label, reason in labels.items():
        assert desk.hands_in(desk.paper(label, now, MIN))[0].reason is reason


def test_ordinary_numbers_missed_and_parked_ones_are_served_by_their_paper(desk: CutOffDesk) -> None:
    missed, parked = called(desk), None
    desk.does(service.miss, missed.id)
    parked = called(desk)
    desk.does(service.park, parked.id)
    several = desk.issue("id-card", "insurance")
    now = desk.clock.now()
    desk.clock.advance(30 * MIN)
    done = desk.hands_in(*(desk.paper(own.label, now, 2 * MIN) for own in (missed, parked, several)))
    assert [own.state for own in done] == [DeskState.TAKEN] * 3
    assert done[2].goes_on_as == "B001"
    with pytest.raises(NotPossibleNow):
        desk.database.write_now(paper_staff.undo_on_paper, "H1", several.id, by=desk.clerk, clock=desk.clock)


def test_a_call_into_the_void_frees_the_window_and_a_person_who_is_served_stays(
    desk: CutOffDesk, colleague: CutOffDesk
) -> None:
    ticket = desk.issue()
    begins = desk.clock.now()
    desk.clock.advance(10 * MIN)
    assert colleague.calls().id == ticket.id
    served = desk.hands_in(desk.paper(ticket.label, begins, 5 * MIN))[0]
    assert served.state is DeskState.TAKEN
    other = called(colleague)  # the window is free again
    colleague.does(service.start, other.id)
    refused = desk.hands_in(desk.paper(other.label, begins, 5 * MIN))[0]
    assert (refused.reason, refused.found, refused.found_at) == (DeskReason.MOVED, "serving", "2")


def test_whoever_was_ticked_by_hand_gets_the_times_that_the_desk_knows(
    desk: CutOffDesk, kiosk: CutOff
) -> None:
    taken = desk.clock.now()
    desk.clock.advance(40 * MIN)
    kiosk.hand_in(a_slip(1, taken))
    read = {"by": desk.clerk, "clock": desk.clock}
    day = desk.database.read_now(paper_staff.paper_day, "H1", by=desk.clerk, now=desk.clock.now())
    own = day.tickets[0]
    desk.database.write_now(paper_staff.serve_on_paper, "H1", [own.id], **read)
    first, second = desk.hands_in(
        desk.paper("X001", taken + 5 * MIN, MIN), desk.paper("X001", taken + 9 * MIN, MIN)
    )
    assert (first.state, second.reason) == (DeskState.TAKEN, DeskReason.WRITTEN_TWICE)
    desk.database.write_now(paper_staff.undo_on_paper, "H1", own.id, **read)
    assert desk.stands(own) == "waiting"
    again = desk.hands_in(desk.paper("X001", taken + 30 * MIN, MIN))[0]
    assert again.state is DeskState.TAKEN
    assert fact_of(desk, own).started_at == taken + 30 * MIN


async def test_a_clerk_puts_away_what_was_not_taken_over_by_the_api_and_on_the_page(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_database: Database, vault: Vault,
    clock: ManualClock,
) -> None:  # fmt: skip
    own = CutOffDesk(sqlite_database, sqlite_city, vault, clock)
    own.sits_down()
    first, second = own.hands_in(*(own.paper(label, clock.now(), MIN) for label in ("A077", "A078")))
    clerk, asked = sqlite_city.tokens["clerk1"], {"entry_id": str(first.id)}
    left = await sqlite_client.post(
        "/api/v1/halls/H1/desk-entries/put-away", json=asked, headers=bearer(clerk)
    )
    assert [each["label"] for each in left.json()["entries"]] == ["A078"]
    form = {"key": uuid4().hex, "entry": str(second.id)}
    done = await sqlite_client.post("/staff/halls/H1/paper/put-entry-away", data=form, headers=bearer(clerk))
    assert (done.status_code, done.headers["location"]) == (303, "/staff/halls/H1/paper")
    assert sqlite_database.read_now(not_taken_over, "H1", by=own.clerk) == []
    assert noted(sqlite_database, "desk.seen") == [(own.clerk.id, "desk.seen")] * 2
