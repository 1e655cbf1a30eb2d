"""The physical estimator over a real hall: from its first day, at every change, the same after a restart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from queueing import service
from queueing.expected import expect
from queueing.live import estimator as module
from queueing.live.estimator import Estimator
from queueing.rules.published import HallWaits
from queueing.rules.waits import NO_WAIT, WaitRange
from tests.live.conftest import HallAtWork
from tests.live.standing import as_it_stands


def waits_of(hall: HallAtWork, estimator: Estimator | None = None) -> HallWaits:
    found = {
        waits.hall_id: waits for waits in (estimator or Estimator(hall.database)).round(hall.clock.now())
    }
    return found[hall.city.hall]


def joining(hall: HallAtWork, minutes: float = 0.0) -> WaitRange:
    line = waits_of(hall).queues[hall.city.queue_a]
    wait = line.at(len(line.line) - 1, minutes)
    assert wait is not None
    return wait


def test_on_its_first_day_a_hall_has_estimates_that_follow_its_line(hall: HallAtWork) -> None:
    hall.opens(0)
    assert joining(hall) == NO_WAIT
    hall.comes()
    hall.serves(0)
    alone = joining(hall)
    for _ in range(4):
        hall.comes()
    longer = joining(hall)
    assert 0 < alone.p50 < 12 < longer.p50 < 60  # four people and half a service of ten minutes
    assert longer.p10 < longer.p50 < longer.p90
    line = waits_of(hall).queues[hall.city.queue_a].line
    assert [wait.p50 for wait in line if wait] == sorted(wait.p50 for wait in line if wait)


def test_a_second_window_shortens_the_wait_and_its_pause_takes_that_back(sqlite_hall: HallAtWork) -> None:
    hall = sqlite_hall
    hall.opens(0)
    hall.comes()
    hall.serves(0)
    for _ in range(6):
        hall.comes()
    hall.later(10)
    alone = joining(hall).p50
    hall.opens(1)  # it helps queue A where its own has nobody
    helped = joining(hall).p50
    hall.later(20)
    hall.does(service.pause_window, hall.city.windows[1], clerk=1)
    hall.later(20)
    paused = joining(hall).p50
    assert helped < 0.75 * alone
    assert paused > 1.2 * helped


def test_priority_is_told_the_wait_of_its_own_place(sqlite_hall: HallAtWork) -> None:
    hall = sqlite_hall
    hall.opens(0)
    for _ in range(5):
        hall.comes()
    hall.later(1)
    elder = hall.comes(priority=True)
    assert elder.people_ahead == 0
    line = waits_of(hall).queues[hall.city.queue_a].line
    assert len(line) == 7


def test_booked_people_lengthen_the_wait_of_who_comes_later(sqlite_hall: HallAtWork) -> None:
    hall = sqlite_hall
    hall.opens(0)
    hall.comes()
    before = joining(hall, 60.0)
    for minute in range(6):
        due = hall.clock.now() + timedelta(minutes=30 + 5 * minute)
        hall.database.write_now(expect, uuid4(), hall.city.queue_a, due, 0.9)
    assert joining(hall, 60.0).p50 > before.p50 + 5


def test_the_same_hall_gives_the_same_estimate_and_a_moment_later_nearly_the_same(
    sqlite_hall: HallAtWork,
) -> None:
    hall = sqlite_hall
    hall.opens(0)
    for _ in range(5):
        hall.comes()
    hall.serves(0)
    first = joining(hall)
    assert joining(hall) == first
    hall.later(0.2)
    assert abs(joining(hall).p50 - first.p50) < 1.5


def test_following_a_day_gives_what_a_restart_reads(hall: HallAtWork, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "CHANGED_AFTER_S", 0.0)
    following = Estimator(hall.database)
    waits_of(hall, following)
    for step in range(14):
        hall.later(1)
        _something(hall, step)
        if step % 3 == 0:
            waits_of(hall, following)
    last = waits_of(hall, following)
    anew = Estimator(hall.database)
    again = waits_of(hall, anew)
    state = following.state_of(hall.city.hall)
    assert as_it_stands(state) == as_it_stands(anew.state_of(hall.city.hall))
    assert state.waiting(hall.city.queue_a) > 0
    assert last.queues == again.queues


def _something(hall: HallAtWork, step: int) -> None:
    """A day in small: people come, are called, miss their call, move on and go home."""
    if step < 2:
        hall.opens(step)
    elif step == 8:
        hall.serves(0)
    elif step == 9:
        hall.does(service.miss, hall.calls(1).id, clerk=1)
    elif step == 10:
        hall.does(service.transfer, hall.comes().id, hall.city.queue_b, clerk=1)
    elif step == 11:
        hall.does(service.finish, hall.at_window(0), clerk=0)
    else:
        hall.comes("insurance" if step % 3 == 0 else "id-card", priority=step == 5)


def at_place(hall: HallAtWork, ahead: int) -> WaitRange:
    wait = waits_of(hall).queues[hall.city.queue_a].line[ahead]
    assert wait is not None
    return wait


def test_a_ticket_sent_to_one_window_is_told_that_window_s_wait(sqlite_hall: HallAtWork) -> None:
    """Window 2 has B of its own, with four people before; A is served at window 1 in no time."""
    hall = sqlite_hall
    for window in (0, 1):
        hall.opens(window)
    for _ in range(4):
        hall.comes("insurance")
    hall.serves(1)
    hall.later(1)
    hall.comes()
    sent = hall.comes()
    hall.serves(0)
    before = at_place(hall, 0)
    hall.does(service.send_to_window, sent.id, hall.city.windows[1])
    alone = at_place(hall, 0)
    assert alone.p50 > before.p50 + 5, "three of B are called there first, whatever window 1 does"
    behind = joining(hall)
    assert behind.p50 < alone.p50, "nobody in the queue waits for that window"


def test_once_that_window_closes_the_ticket_waits_with_all_the_others(sqlite_hall: HallAtWork) -> None:
    hall = sqlite_hall
    for window in (0, 1):
        hall.opens(window)
    hall.comes()
    sent = hall.comes()
    hall.serves(0)
    hall.does(service.send_to_window, sent.id, hall.city.windows[1])
    assert at_place(hall, 0).p50 == 0, "window 2 is free and calls it at once"
    hall.does(service.close_window, hall.city.windows[1], clerk=1)
    assert at_place(hall, 0).p50 > 0
