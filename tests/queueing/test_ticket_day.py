"""A ticket's day through the use cases, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from kernel.identity import Actor, Role
from queueing import service
from queueing.errors import (
    AtAnotherWindow,
    NobodyWaiting,
    NotPossibleNow,
    NotYourWindow,
    ReinstateOver,
    TooSoonToRecall,
    UndoTooLate,
    WindowBusy,
    WindowNotOpen,
)
from queueing.facts import facts, write_facts
from queueing.rules.tickets import TicketStatus
from queueing.rules.windows import WindowStatus

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

KIOSK = Actor(Role.DEVICE)


def issue(database: Database, city: Any, vault: Vault, clock: ManualClock, code: str = "id-card") -> Any:
    return database.write_now(
        service.issue_ticket,
        city.hall,
        [city.services[code]],
        priority=False,
        by=KIOSK,
        clock=clock,
        vault=vault,
    )


def open_first(database: Database, city: Any, clock: ManualClock) -> None:
    database.write_now(service.open_window, city.windows[0], by=city.clerks[0], clock=clock)


def test_a_ticket_is_issued_called_started_and_finished(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    issued = issue(database, city, vault, clock)
    assert issued.ticket.label == "A001"
    assert issued.ticket.people_ahead == 0
    open_first(database, city, clock)
    clock.advance(timedelta(minutes=4))
    called = database.write_now(service.call_next, city.windows[0], by=city.clerks[0], clock=clock)
    assert (called.label, called.window, called.status) == ("A001", "1", TicketStatus.CALLED)
    started = database.write_now(service.start, called.id, by=city.clerks[0], clock=clock)
    assert started.status is TicketStatus.SERVING
    finished = database.write_now(service.finish, called.id, by=city.clerks[0], clock=clock)
    assert finished.status is TicketStatus.FINISHED
    with pytest.raises(NobodyWaiting):
        database.write_now(service.call_next, city.windows[0], by=city.clerks[0], clock=clock)


def test_a_busy_window_calls_nobody_else(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    issue(database, city, vault, clock)
    issue(database, city, vault, clock)
    with pytest.raises(WindowNotOpen):
        database.write_now(service.call_next, city.windows[0], by=city.clerks[0], clock=clock)
    open_first(database, city, clock)
    database.write_now(service.call_next, city.windows[0], by=city.clerks[0], clock=clock)
    with pytest.raises(WindowBusy):
        database.write_now(service.call_next, city.windows[0], by=city.clerks[0], clock=clock)


def test_a_missed_ticket_comes_back_behind_the_published_followers(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    tickets = []
    for _ in range(5):
        tickets.append(issue(database, city, vault, clock).ticket)
        clock.advance(timedelta(seconds=30))
    open_first(database, city, clock)
    clerk, window = city.clerks[0], city.windows[0]
    called = database.write_now(service.call_next, window, by=clerk, clock=clock)
    with pytest.raises(TooSoonToRecall):
        database.write_now(service.recall, called.id, by=clerk, clock=clock)
    clock.advance(timedelta(seconds=25))
    database.write_now(service.recall, called.id, by=clerk, clock=clock)
    database.write_now(service.miss, called.id, by=clerk, clock=clock)
    back = database.write_now(service.reinstate, called.id, by=clerk, clock=clock)
    assert back.people_ahead == 3
    desk = database.read_now(service.desk, window, by=clerk, now=clock.now())
    assert [ticket.label for ticket in desk.waiting] == ["A002", "A003", "A004", "A001", "A005"]


def missed(database: Database, city: Any, vault: Vault, clock: ManualClock) -> Any:
    """The first of three, called and not there."""
    tickets = [issue(database, city, vault, clock).ticket for _ in range(3)]
    open_first(database, city, clock)
    by = {"by": city.clerks[0], "clock": clock}
    called = database.write_now(service.call_next, city.windows[0], **by)
    database.write_now(service.miss, called.id, **by)
    return tickets[0]


@pytest.mark.parametrize(("minutes", "in_time"), [(30, True), (31, False)])
def test_a_missed_ticket_is_put_back_within_the_published_time(
    database: Database, city: Any, vault: Vault, clock: ManualClock, minutes: int, in_time: bool
) -> None:
    own = missed(database, city, vault, clock)
    until = database.read_now(service.reinstate_until, own.id)
    assert until == clock.now() + timedelta(minutes=30)
    clock.advance(timedelta(minutes=minutes))
    by = {"by": city.clerks[0], "clock": clock}
    if in_time:
        assert database.write_now(service.reinstate, own.id, **by).status is TicketStatus.WAITING
        return
    with pytest.raises(ReinstateOver) as refused:
        database.write_now(service.reinstate, own.id, **by)
    assert refused.value.facts["until"] == until


def test_a_missed_ticket_is_put_back_once(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    own = missed(database, city, vault, clock)
    by = {"by": city.clerks[0], "clock": clock}
    database.write_now(service.reinstate, own.id, **by)
    while (called := database.write_now(service.call_next, city.windows[0], **by)).id != own.id:
        database.write_now(service.start, called.id, **by)
        database.write_now(service.finish, called.id, **by)
    database.write_now(service.miss, own.id, **by)
    assert database.read_now(service.reinstate_until, own.id) is None
    with pytest.raises(ReinstateOver):
        database.write_now(service.reinstate, own.id, **by)


def test_a_clerk_sits_at_one_window(database: Database, city: Any, clock: ManualClock) -> None:
    open_first(database, city, clock)
    by = {"by": city.clerks[0], "clock": clock}
    with pytest.raises(AtAnotherWindow) as refused:
        database.write_now(service.open_window, city.windows[1], **by)
    assert refused.value.facts["window"] == "1"
    database.write_now(service.pause_window, city.windows[0], **by)
    with pytest.raises(AtAnotherWindow):
        database.write_now(service.open_window, city.windows[1], **by)
    database.write_now(service.close_window, city.windows[0], **by)
    assert database.write_now(service.open_window, city.windows[1], **by).status is WindowStatus.OPEN


def test_a_final_ticket_stays_final(database: Database, city: Any, vault: Vault, clock: ManualClock) -> None:
    issued = issue(database, city, vault, clock)
    database.write_now(service.give_up, issued.token, clock=clock, vault=vault)
    back = database.write_now(service.undo_give_up, issued.token, clock=clock, vault=vault)
    assert back.status is TicketStatus.WAITING
    database.write_now(service.give_up, issued.token, clock=clock, vault=vault)
    with pytest.raises(NotPossibleNow):
        database.write_now(service.give_up, issued.token, clock=clock, vault=vault)


def test_a_transferred_ticket_keeps_number_and_place(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    first = issue(database, city, vault, clock).ticket
    clock.advance(timedelta(minutes=3))
    second = issue(database, city, vault, clock, "insurance").ticket
    moved = database.write_now(service.transfer, first.id, city.queue_b, by=city.clerks[0], clock=clock)
    assert (moved.label, moved.people_ahead) == ("A001", 0)
    database.write_now(service.open_window, city.windows[2], by=city.clerks[2], clock=clock)
    called = database.write_now(service.call_next, city.windows[2], by=city.clerks[2], clock=clock)
    assert called.label == first.label
    assert second.label == "B001"


def first_called(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> tuple[Any, dict[str, Any]]:
    """Somebody is called to the first window; returned with who works there and the clock."""
    issue(database, city, vault, clock)
    open_first(database, city, clock)
    by = {"by": city.clerks[0], "clock": clock}
    return database.write_now(service.call_next, city.windows[0], **by), by


def test_a_start_pressed_too_early_is_taken_back_and_the_person_can_be_missed(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    called, by = first_called(database, city, vault, clock)
    database.write_now(service.start, called.id, **by)
    clock.advance(timedelta(seconds=20))
    back = database.write_now(service.undo, called.id, **by)
    assert (back.status, back.window) == (TicketStatus.CALLED, "1")
    assert database.write_now(service.miss, called.id, **by).status is TicketStatus.MISSED


@pytest.mark.parametrize("stood", [TicketStatus.CALLED, TicketStatus.SERVING])
@pytest.mark.parametrize("press", ["park", "transfer"])
@pytest.mark.slow
def test_a_park_or_a_transfer_is_taken_back_to_where_the_person_stood(
    database: Database, city: Any, vault: Vault, clock: ManualClock, press: str, stood: TicketStatus
) -> None:
    called, by = first_called(database, city, vault, clock)
    if stood is TicketStatus.SERVING:
        database.write_now(service.start, called.id, **by)
    if press == "park":
        database.write_now(service.park, called.id, **by)
    else:
        database.write_now(service.transfer, called.id, city.queue_b, **by)
    clock.advance(timedelta(seconds=29))
    back = database.write_now(service.undo, called.id, **by)
    assert (back.status, back.window, back.queue_id) == (stood, "1", city.queue_a)
    desk = database.read_now(service.desk, city.windows[0], by=by["by"], now=clock.now())
    assert desk.window.ticket is not None
    assert (desk.window.ticket.id, desk.parked, desk.waiting) == (called.id, (), ())


def test_nobody_is_taken_back_from_the_window_that_called_them_meanwhile(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    called, by = first_called(database, city, vault, clock)
    database.write_now(service.transfer, called.id, city.queue_b, **by)
    colleague = {"by": city.clerks[1], "clock": clock}
    database.write_now(service.open_window, city.windows[1], **colleague)
    database.write_now(service.call_ticket, city.windows[1], called.id, **colleague)
    with pytest.raises(NotPossibleNow):
        database.write_now(service.undo, called.id, **by)


def test_a_transfer_from_the_line_is_no_press_at_a_window(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    waiting = issue(database, city, vault, clock)
    by = {"by": city.clerks[0], "clock": clock}
    database.write_now(service.transfer, waiting.ticket.id, city.queue_b, **by)
    with pytest.raises(NotPossibleNow):
        database.write_now(service.undo, waiting.ticket.id, **by)


def test_only_the_last_move_is_taken_back(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    called, by = first_called(database, city, vault, clock)
    with pytest.raises(NotPossibleNow):  # a call was heard in the whole hall
        database.write_now(service.undo, called.id, **by)
    database.write_now(service.start, called.id, **by)
    database.write_now(service.finish, called.id, **by)
    assert database.write_now(service.undo, called.id, **by).status is TicketStatus.SERVING
    with pytest.raises(NotPossibleNow):
        database.write_now(service.undo, called.id, **by)


def test_a_start_that_was_taken_back_counts_in_no_fact(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    called, by = first_called(database, city, vault, clock)
    database.write_now(service.start, called.id, **by)
    clock.advance(timedelta(seconds=20))
    database.write_now(service.undo, called.id, **by)
    clock.advance(timedelta(seconds=100))
    started = database.write_now(service.start, called.id, **by)
    database.write_now(service.finish, called.id, **by)
    day = clock.now().date()
    database.write_now(write_facts, city.hall, before=day + timedelta(days=1))
    begun = database.read_now(lambda session: session.execute(select(facts.c.started_at)).scalar_one())
    assert begun == started.changed_at


def test_a_clerk_moves_nobody_from_a_colleagues_window(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    issue(database, city, vault, clock)
    open_first(database, city, clock)
    own, colleague = ({"by": clerk, "clock": clock} for clerk in city.clerks[:2])
    called = database.write_now(service.call_next, city.windows[0], **own)
    with pytest.raises(NotYourWindow):
        database.write_now(service.transfer, called.id, city.queue_b, **colleague)
    database.write_now(service.start, called.id, **own)
    with pytest.raises(NotYourWindow):
        database.write_now(service.undo, called.id, **colleague)
    database.write_now(service.finish, called.id, **own)
    with pytest.raises(NotYourWindow):
        database.write_now(service.undo, called.id, **colleague)
    # The hall's manager may act for a colleague.
    back = database.write_now(service.undo, called.id, by=city.manager, clock=clock)
    assert back.status is TicketStatus.SERVING


def test_nobody_comes_back_to_a_window_that_was_closed(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    called, by = first_called(database, city, vault, clock)
    database.write_now(service.miss, called.id, **by)
    database.write_now(service.close_window, city.windows[0], **by)
    with pytest.raises(WindowNotOpen):
        database.write_now(service.undo, called.id, **by)


def test_more_time_is_taken_back_within_a_minute(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    own, *_ = [issue(database, city, vault, clock) for _ in range(3)]
    follow = {"clock": clock, "vault": vault}
    moved = database.write_now(service.need_more_time, own.token, **follow)
    assert (moved.people_ahead, moved.moved_back) == (2, True)
    back = database.write_now(service.undo_more_time, own.token, **follow)
    assert (back.people_ahead, back.moved_back) == (0, False)
    with pytest.raises(NotPossibleNow):
        database.write_now(service.undo_more_time, own.token, **follow)
    database.write_now(service.need_more_time, own.token, **follow)
    clock.advance(timedelta(seconds=61))
    with pytest.raises(UndoTooLate):
        database.write_now(service.undo_more_time, own.token, **follow)


def test_more_time_is_not_taken_back_once_something_else_moved_the_ticket(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    own, _ = [issue(database, city, vault, clock) for _ in range(2)]
    follow = {"clock": clock, "vault": vault}
    database.write_now(service.need_more_time, own.token, **follow)
    database.write_now(service.give_up, own.token, **follow)
    database.write_now(service.undo_give_up, own.token, **follow)
    with pytest.raises(NotPossibleNow):
        database.write_now(service.undo_more_time, own.token, **follow)
    clock.advance(timedelta(minutes=1))
    last = issue(database, city, vault, clock)
    alone = database.write_now(service.need_more_time, last.token, **follow)
    assert not alone.moved_back, "nobody behind: nothing to take back"
