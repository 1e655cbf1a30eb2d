"""Board-before + events = board-after, for every use case, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from booking.policy import service as values
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.events import EventFrame
from kernel.identity import Actor, Role, device_by_token
from kernel.ids import uuid7
from kernel.secrets import Vault
from kernel.work_tables import OutboxRow
from queueing import service
from queueing.events import event_of
from queueing.notices.service import NewNotice, end_notice, post_notice
from queueing.publishing import fresh_estimates, publish_estimates
from queueing.rules.announcing import Announcing
from queueing.rules.board import Board, MissedEvents, apply
from queueing.rules.screens import Sound
from queueing.rules.windows import PlanEntry
from queueing.screens.service import heard, left
from queueing.setup import lines
from queueing.setup import service as setup
from queueing.setup.rules import OwnDay, fingerprint
from queueing.setup.schemas import NewQueueIn, NewWindowIn, QueueSetupIn, SetupOut
from queueing.setup.service import plain_hours, setup_of
from queueing.today.service import acknowledge_alert, pending_alerts, record_alerts
from queueing.today.store import alerts_of

outbox = OutboxRow.__table__  # type: ignore[attr-defined]


def events_after(session: Session, hall_id: object, seq: int) -> list[EventFrame]:
    rows = session.execute(
        select(outbox).where(outbox.c.hall_id == hall_id, outbox.c.seq > seq).order_by(outbox.c.seq)
    )
    return [
        EventFrame(hall_id=row.hall_id, seq=row.seq, kind=row.kind, at=row.at, payload=row.payload)
        for row in rows
    ]


def comparable(board: Board) -> Board:
    """A board but for its instant and its estimates, which age without events."""
    return replace(board, at=board.at.min, queues=tuple(replace(line, wait=None) for line in board.queues))


class Day:
    """Drives a hall and compares after every step."""

    def __init__(self, database: Database, city: Any, vault: Vault, clock: ManualClock) -> None:
        self.database, self.city, self.vault, self.clock = database, city, vault, clock
        self.clerk, self.window = city.clerks[0], city.windows[0]

    def board(self) -> Board:
        return self.database.read_now(service.board, self.city.hall, now=self.clock.now())

    def does(self, use_case: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        before = self.board()
        result = self.database.write_now(use_case, *args, clock=self.clock, **kwargs)
        applied = before
        for frame in self.database.read_now(events_after, self.city.hall, before.seq):
            applied = apply(applied, event_of(frame), seq=frame.seq, at=frame.at)
        after = self.board()
        assert comparable(applied) == comparable(after), use_case.__name__
        self.clock.advance(timedelta(seconds=25))
        return result

    def issue(self, code: str = "id-card", *codes: str) -> Any:
        return self.does(
            service.issue_ticket,
            self.city.hall,
            [self.city.services[name] for name in (code, *codes)],
            priority=False,
            by=Actor(Role.DEVICE),
            vault=self.vault,
        )

    def call(self) -> Any:
        return self.does(service.call_next, self.window, by=self.clerk)


@pytest.fixture
def day(database: Database, city: Any, vault: Vault, clock: ManualClock) -> Day:
    return Day(database, city, vault, clock)


@pytest.mark.slow
def test_the_board_follows_a_whole_day(day: Day) -> None:
    by = {"by": day.clerk}
    day.does(service.open_window, day.window, **by)
    tickets = [day.issue() for _ in range(8)]
    other = day.issue("insurance")
    called = day.call()
    day.does(service.recall, called.id, **by)
    day.does(service.start, called.id, **by)
    day.does(service.finish, called.id, **by)
    day.does(service.undo, called.id, **by)
    day.does(service.park, called.id, **by)
    day.does(service.resume, called.id, **by)
    missed = day.call()
    day.does(service.miss, missed.id, **by)
    day.does(service.undo, missed.id, **by)
    day.does(service.miss, missed.id, **by)
    day.does(service.reinstate, missed.id, **by)
    moved = day.call()
    day.does(service.transfer, moved.id, day.city.queue_b, **by)
    day.does(service.undo, moved.id, **by)
    day.does(service.park, moved.id, **by)
    day.does(service.undo, moved.id, **by)
    day.does(service.transfer, moved.id, day.city.queue_b, **by)
    day.does(service.transfer, other.ticket.id, day.city.queue_a, **by)
    parked = day.call()
    day.does(service.start, parked.id, **by)
    day.does(service.undo, parked.id, **by)
    day.does(service.start, parked.id, **by)
    day.does(service.park, parked.id, **by)
    day.does(service.call_ticket, day.window, parked.id, **by)
    day.does(service.finish, day.does(service.start, parked.id, **by).id, **by)
    last = tickets[-1].token
    day.does(service.need_more_time, tickets[5].token, vault=day.vault)
    day.does(service.undo_more_time, tickets[5].token, vault=day.vault)
    day.does(service.give_up, last, vault=day.vault)
    day.does(service.undo_give_up, last, vault=day.vault)
    day.does(service.give_up, last, vault=day.vault)
    day.does(service.pause_window, day.window, **by)
    day.does(service.resume_window, day.window, **by)


@pytest.mark.slow
def test_the_board_follows_who_is_meant_for_one_window(day: Day) -> None:
    by, there = {"by": day.clerk}, day.city.windows[1]
    day.does(service.open_window, day.window, **by)
    day.does(service.open_window, there, by=day.city.clerks[1])
    tickets = [day.issue() for _ in range(4)]
    sent = day.call()
    day.does(service.send_to_window, sent.id, there, **by)
    day.does(service.undo, sent.id, **by)
    day.does(service.send_to_window, sent.id, there, **by)
    for own in tickets[1:]:
        day.does(service.send_to_window, own.ticket.id, there, **by)
    assert [sign.meant_for for sign in day.board().windows] == [(), ("A001", "A002", "A003", "A004"), ()]
    day.does(service.need_more_time, tickets[1].token, vault=day.vault)
    day.does(service.give_up, tickets[2].token, vault=day.vault)
    day.does(service.undo_give_up, tickets[2].token, vault=day.vault)
    day.does(service.transfer, tickets[3].ticket.id, day.city.queue_b, **by)
    day.does(service.call_next, there, by=day.city.clerks[1])
    day.does(service.miss, sent.id, by=day.city.clerks[1])
    day.does(service.close_window, there, by=day.city.clerks[1])
    assert [sign.meant_for for sign in day.board().windows] == [(), (), ()]


def test_the_board_follows_a_citizen_who_leaves_from_the_window(day: Day) -> None:
    day.does(service.open_window, day.window, by=day.clerk)
    issued = day.issue()
    day.call()
    day.does(service.give_up, issued.token, vault=day.vault)


def test_the_board_follows_a_visit_of_two_services(day: Day) -> None:
    day.does(service.open_window, day.window, by=day.clerk)
    issued = day.issue("id-card", "insurance")
    called = day.call()
    day.does(service.start, called.id, by=day.clerk)
    day.does(service.finish, called.id, by=day.clerk)
    second = day.database.read_now(service.follow, issued.token, clock=day.clock, vault=day.vault)
    assert second.label.startswith("B")
    assert second.effective_at == issued.ticket.effective_at


def test_the_board_follows_alerts(day: Day) -> None:
    seen = day.database.read_now(pending_alerts, day.city.hall, now=day.clock.now())
    assert seen is not None  # no window is open
    day.does(record_alerts, day.city.hall, seen)
    alerts = day.database.read_now(alerts_of, day.city.hall, day.clock.now().date())
    day.does(acknowledge_alert, alerts[0].id, done="", by=day.city.manager)


def test_the_board_follows_a_plan_whose_time_has_come(day: Day) -> None:
    entries = [PlanEntry(day.window, day.city.queue_a, False, 510, 1050)]
    applies_at = day.clock.now() + timedelta(minutes=5)
    day.does(
        service.schedule_plan,
        day.city.hall,
        entries,
        applies_at=applies_at,
        base_version=1,
        by=day.city.manager,
    )
    day.clock.advance(timedelta(minutes=5))
    assert day.does(service.apply_due_plans, day.city.hall) == [2]


def test_the_board_follows_a_new_plan_and_new_estimates(day: Day) -> None:
    entries = [PlanEntry(window, day.city.queue_b, False, 510, 1050) for window in day.city.windows[1:]]
    entries.append(PlanEntry(day.window, day.city.queue_a, False, 510, 1050))
    day.does(service.apply_plan, day.city.hall, entries, source="manual", by=day.city.manager)
    fresh = day.database.read_now(fresh_estimates, day.city.hall, now=day.clock.now())
    assert fresh is not None
    day.does(publish_estimates, day.city.hall, fresh)
    assert day.database.read_now(fresh_estimates, day.city.hall, now=day.clock.now()) is None


def test_the_board_follows_a_change_of_the_halls_set_up(day: Day) -> None:
    day.issue()
    by = {"by": day.city.manager}
    seen = SetupOut.of(day.database.read_now(setup_of, "H1", now=day.clock.now(), **by))
    renamed = QueueSetupIn(name_zh="综合窗口", name_en="", mean_minutes=9, base=seen.queues[0].base)
    day.does(lines.set_queue, "H1", day.city.queue_a, renamed, **by)
    day.does(lines.add_queue, "H1", NewQueueIn(prefix="C", name_zh="税务"), **by)
    day.does(lines.add_window, "H1", "4", NewWindowIn(label="4", queues=[day.city.queue_a]), **by)


def test_the_board_follows_how_screens_speak_and_write(day: Day) -> None:
    by = {"by": day.city.manager}

    def publish(**wanted: float) -> None:
        held = day.database.read_now(values.values_of, "H1", **by)
        day.does(values.set_values, "H1", wanted, base=held.base, **by)

    publish(voice_order=2, voice_one=1, farthest_seat_metres=15)
    assert day.board().announcing == Announcing(("en", "zh"), "幺", 0.1471)
    seq = day.board().seq
    publish(grace_minutes=12, voice_order=2)
    assert day.board().seq == seq, "what screens have heard is no news"


def test_the_board_follows_what_is_set_of_the_doors(day: Day) -> None:
    by = {"by": day.city.manager, "accept": True}
    tomorrow = day.clock.now().date() + timedelta(days=1)
    opened = day.board().doors
    assert len(opened.today) == 1
    assert opened.then_at is not None
    day.does(setup.set_day, "H1", OwnDay(tomorrow), **by)
    assert day.board().doors.then_at == opened.then_at + timedelta(days=1)
    day.does(setup.set_day, "H1", OwnDay(tomorrow - timedelta(days=1)), **by)
    assert day.board().doors.today == ()
    day.does(setup.clear_day, "H1", tomorrow - timedelta(days=1), **by)
    day.does(setup.clear_day, "H1", tomorrow, **by)
    assert day.board().doors == opened
    hours = {weekday: ((time(9), time(12)), (time(14), time(17))) for weekday in range(5)}
    seen = day.database.read_now(setup_of, "H1", by=day.city.manager, now=day.clock.now())
    base = fingerprint(plain_hours(seen.hours))
    day.does(setup.set_hours, "H1", hours, base=base, **by)
    assert len(day.board().doors.today) == 2
    seq = day.board().seq
    day.does(setup.set_day, "H1", OwnDay(tomorrow + timedelta(days=30)), **by)
    assert day.board().seq == seq, "no screen shows that day yet"


@pytest.mark.slow
def test_the_board_follows_the_end_of_the_day(day: Day) -> None:
    day.does(service.open_window, day.window, by=day.clerk)
    for _ in range(4):
        day.issue()
    day.does(service.miss, day.call().id, by=day.clerk)
    day.call()
    before = day.board()
    day.clock.advance(timedelta(days=1))
    assert day.database.write_now(service.close_day, day.city.hall, clock=day.clock) == 4
    applied = before
    for frame in day.database.read_now(events_after, day.city.hall, before.seq):
        applied = apply(applied, event_of(frame), seq=frame.seq, at=frame.at)
    after = day.board()
    assert [line.waiting for line in applied.queues] == [0, 0] == [line.waiting for line in after.queues]
    assert [sign.number for sign in applied.windows] == [sign.number for sign in after.windows]


def test_a_repeat_changes_nothing_and_a_gap_is_noticed(day: Day) -> None:
    before = day.board()
    day.issue()
    day.issue()
    frames = day.database.read_now(events_after, day.city.hall, before.seq)
    once = apply(before, event_of(frames[0]), seq=frames[0].seq, at=frames[0].at)
    assert apply(once, event_of(frames[0]), seq=frames[0].seq, at=frames[0].at) is once
    with pytest.raises(MissedEvents):
        apply(before, event_of(frames[1]), seq=frames[1].seq, at=frames[1].at)


def test_the_board_follows_notices_and_is_unmoved_by_what_screens_say(day: Day) -> None:
    by, until = {"by": day.city.manager}, day.clock.now() + timedelta(hours=1)
    kept = day.does(post_notice, "H1", NewNotice("3号窗口16:00关闭", "", None, until), **by)
    day.does(post_notice, "H1", NewNotice("以后", "", until, until + timedelta(hours=1)), **by)
    assert [own.text_zh for own in day.board().notices] == ["3号窗口16:00关闭"]
    device = day.database.read_now(device_by_token, day.city.tokens["lobby"], vault=day.vault)
    line = uuid7()
    day.does(heard, device, Sound.SILENT, line)
    day.does(left, device, line)
    day.does(end_notice, kept.notice.id, **by)
    assert day.board().notices == ()
