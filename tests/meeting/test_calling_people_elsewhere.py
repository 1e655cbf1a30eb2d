"""Telephone and video appointments on the live day: they wait, are called in order, and no screen knows."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from booking import service
from booking.rules.appointments import AppointmentStatus
from booking.rules.no_shows import NoShowKind
from booking.rules.webhook_notices import Place, told
from booking.rules.webhooks import WebhookKind
from kernel.events import EventFrame
from kernel.work_tables import OutboxRow
from queueing import service as queueing
from queueing.events import event_of
from queueing.facts import write_facts
from queueing.reports import halls_today
from queueing.rules.board import apply
from queueing.rules.tickets import RECALL_AFTER, RECALLS, TicketStatus
from queueing.tables import TicketFactRow
from tests.booking.booking_city import ZONE, client, local
from tests.booking.desk import ELDER, TEN
from tests.meeting.caller import PHONE, VIDEO
from tests.queueing.test_boards_follow_events import comparable

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.identity import Staff
    from kernel.ids import WindowId
    from queueing.rules.board import Board
    from tests.meeting.caller import Caller

OUTBOX = OutboxRow.__table__  # type: ignore[attr-defined]


def test_it_enters_at_its_time_and_not_before(caller: Caller) -> None:
    caller.offer(PHONE)
    booked = caller.book_as(PHONE)
    caller.clock.set(TEN - timedelta(seconds=1))
    assert caller.round() == []
    caller.clock.set(TEN)
    (issued,) = caller.round()
    assert issued.ticket.remote
    assert caller.look_up(booked.token).status is AppointmentStatus.CHECKED_IN
    assert caller.round() == []


def test_a_round_that_comes_late_costs_nobody_their_place(caller: Caller) -> None:
    caller.offer(PHONE)
    caller.book_as(PHONE)
    caller.clock.set(local(11, 20))
    (issued,) = caller.round()
    assert issued.ticket.effective_at == TEN - timedelta(minutes=10)
    assert issued.ticket.arrived_at == local(11, 20)


def test_nobody_is_called_while_the_hall_is_shut(caller: Caller) -> None:
    caller.offer(PHONE)
    caller.book_as(PHONE, local(11, 30))
    caller.clock.set(local(12, 30))
    assert caller.round() == []
    caller.clock.set(local(14))
    assert len(caller.round()) == 1


def test_it_is_called_in_the_one_order(caller: Caller) -> None:
    caller.offer(PHONE)
    caller.open()
    caller.book_as(PHONE)
    caller.clock.set(local(10, 5))
    first = caller.walk_in()
    caller.clock.set(local(10, 25))
    last = caller.walk_in()
    caller.clock.set(TEN)
    (remote,) = caller.round()
    called = []
    for _ in range(3):
        own = caller.clerk_does(queueing.call_next, caller.window)
        called.append(own.id)
        caller.clerk_does(queueing.finish, caller.clerk_does(queueing.start, own.id).id)
        caller.clock.advance(timedelta(minutes=1))
    assert called == [first.ticket.id, remote.ticket.id, last.ticket.id]


def frames(session: Session, hall_id: Any, seq: int) -> list[EventFrame]:
    rows = session.execute(
        select(OUTBOX).where(OUTBOX.c.hall_id == hall_id, OUTBOX.c.seq > seq).order_by(OUTBOX.c.seq)
    )
    return [EventFrame(hall_id=r.hall_id, seq=r.seq, kind=r.kind, at=r.at, payload=r.payload) for r in rows]


def shown(board: Board) -> set[str]:
    signs = {sign.number for sign in board.windows if sign.number} | {
        own for sign in board.windows for own in sign.meant_for
    }
    return signs | {call.number for call in board.calls}


def test_no_screen_ever_has_its_number_whatever_is_done_with_it(caller: Caller) -> None:
    caller.offer(PHONE, VIDEO)
    caller.open()
    caller.book_as(PHONE)
    caller.clock.set(TEN)
    (issued,) = caller.round()
    own, label = issued.ticket.id, issued.ticket.label
    window = caller.window
    for use_case, *args in (
        *((queueing.call_next, window), (queueing.recall, own), (queueing.start, own)),
        *((queueing.undo, own), (queueing.park, own), (queueing.resume, own)),
        *((queueing.send_to_window, own, window), (queueing.call_next, window), (queueing.miss, own)),
        *((queueing.undo, own), (queueing.miss, own), (queueing.reinstate, own)),
        *((queueing.call_next, window), (queueing.start, own), (queueing.finish, own)),
        (queueing.undo, own),
    ):
        before = caller.board()
        caller.clerk_does(use_case, *args)
        applied = before
        for frame in caller.database.read_now(frames, caller.city.halls["city"], before.seq):
            applied = apply(applied, event_of(frame), seq=frame.seq, at=frame.at)
        after = caller.board()
        assert label not in shown(after), use_case.__name__
        assert comparable(applied) == comparable(after), use_case.__name__
        caller.clock.advance(RECALL_AFTER)


def test_who_sits_in_the_hall_is_shown_as_ever(caller: Caller) -> None:
    caller.open()
    caller.clock.set(TEN)
    label = caller.walk_in().ticket.label
    caller.clerk_does(queueing.call_next, caller.window)
    assert label in shown(caller.board())


def try_in_vain(caller: Caller, window: WindowId | None = None, by: Staff | None = None) -> Any:
    parts = {"by": by or caller.clerk, "clock": caller.clock}
    write = caller.database.write_now
    called = write(queueing.call_next, window or caller.window, **parts)
    for _ in range(RECALLS):
        caller.clock.advance(RECALL_AFTER)
        write(queueing.recall, called.id, **parts)
    return write(queueing.miss, called.id, **parts)


def test_who_answers_no_call_has_not_kept_it(caller: Caller) -> None:
    caller.publish()
    caller.offer(PHONE)
    caller.open()
    booked = caller.book_as(PHONE)
    caller.clock.set(TEN)
    caller.round()
    assert try_in_vain(caller).status is TicketStatus.MISSED
    caller.end_day()
    for _ in range(2):
        caller.unreached()
    (written,) = caller.written()
    assert (written.appointment_id, written.kind) == (booked.appointment.id, NoShowKind.ABSENT)


def test_who_was_reached_in_the_end_has_kept_it(caller: Caller) -> None:
    caller.publish()
    caller.offer(PHONE)
    caller.open()
    caller.book_as(PHONE)
    caller.clock.set(TEN)
    caller.round()
    missed = try_in_vain(caller)
    caller.clerk_does(queueing.reinstate, missed.id)
    again = caller.clerk_does(queueing.call_next, caller.window)
    caller.clerk_does(queueing.finish, caller.clerk_does(queueing.start, again.id).id)
    caller.end_day()
    caller.unreached()
    assert caller.written() == []


def test_who_was_reached_for_one_of_two_services_has_kept_it(caller: Caller) -> None:
    caller.publish()
    both = [*ELDER, "social-card"]
    for code in both:
        caller.offer(PHONE, service=code)
    caller.open()
    second = caller.city.windows["city/4"]
    caller.database.write_now(queueing.open_window, second, by=caller.manager, clock=caller.clock)
    held = caller.database.write_now(
        service.hold, "city", both, TEN,
        client=client(0), clock=caller.clock, vault=caller.vault, kind=PHONE,
    )  # fmt: skip
    caller.confirm(held.token)
    caller.clock.set(TEN)
    caller.round()
    own = caller.clerk_does(queueing.call_next, caller.window)
    caller.clerk_does(queueing.finish, caller.clerk_does(queueing.start, own.id).id)
    missed = try_in_vain(caller, second, caller.manager)
    assert missed.label.startswith("B")
    caller.end_day()
    caller.unreached()
    assert caller.written() == [], "they answered, and were served"


def test_waits_of_people_in_the_hall_are_not_mixed_with_theirs(caller: Caller) -> None:
    caller.offer(PHONE)
    caller.open()
    caller.book_as(PHONE)
    caller.clock.set(TEN)
    caller.walk_in()
    (remote,) = caller.round()
    assert (remote.ticket.told.p50, remote.ticket.told.people_ahead) == (None, 0)
    today = caller.database.read_now(halls_today, now=caller.clock.now())
    city = next(own for own in today if own.hall.code == "city")
    assert (city.now.waiting, city.today.tally.issued) == (1, 2)
    for minutes in (30, 1):  # the telephone call first: its slot less the credit is earlier
        caller.clock.advance(timedelta(minutes=minutes))
        own = caller.clerk_does(queueing.call_next, caller.window)
        caller.clerk_does(queueing.finish, caller.clerk_does(queueing.start, own.id).id)
    today = caller.database.read_now(halls_today, now=caller.clock.now())
    tally = next(own for own in today if own.hall.code == "city").today.tally
    assert (tally.called, tally.over_long) == (1, 1), "the one wait is that of whoever sat there"
    caller.end_day()
    caller.database.write_now(queueing.close_day, caller.city.halls["city"], clock=caller.clock)
    before = caller.clock.now().astimezone(ZONE).date()
    caller.database.write_now(write_facts, caller.city.halls["city"], before=before)
    assert sorted(row.remote for row in caller.rows(TicketFactRow)) == [False, True]


def test_moved_away_it_does_not_enter_and_the_new_time_holds(caller: Caller) -> None:
    caller.offer(PHONE)
    booked = caller.book_as(PHONE)
    caller.do(service.reschedule, booked.token, local(14))
    caller.clock.set(TEN)
    assert caller.round() == []
    caller.clock.set(local(14))
    assert len(caller.round()) == 1


def test_other_programs_are_told_the_kind_and_that_a_number_belongs_on_no_screen(caller: Caller) -> None:
    caller.offer(PHONE)
    caller.book_as(PHONE)
    caller.clock.set(TEN)
    caller.round()
    caller.open()
    caller.clerk_does(queueing.call_next, caller.window)
    rows = caller.database.read_now(
        lambda session: session.execute(select(OUTBOX.c.kind, OUTBOX.c.payload).order_by(OUTBOX.c.seq)).all()
    )
    place = Place("H1", ZONE.key, {})
    said = [told(row.kind, row.payload, seq=1, at=TEN, place=place) for row in rows]
    data = {own.kind: json.loads(own.body)["data"] for own in said if own is not None}
    assert data[WebhookKind.APPOINTMENT_BOOKED]["meeting"] == "phone"
    assert data[WebhookKind.APPOINTMENT_CHECKED_IN]["meeting"] == "phone"
    assert data[WebhookKind.TICKET_CALLED]["remote"] is True
