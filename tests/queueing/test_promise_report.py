"""Promised against actual waits, counted in the database and by hand, on both databases."""

from __future__ import annotations

from datetime import timedelta
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlmodel import Session

from kernel.clock import ManualClock
from kernel.database import Database
from kernel.identity import WrongHall
from kernel.ids import uuid7
from queueing.promises.rules import Promises, Sums, together
from queueing.promises.service import By, promise_report
from queueing.tables import TicketFactRow

facts = TicketFactRow.__table__  # type: ignore[attr-defined]
TOLD = (5.0, 9.0, 15.0)
WAITS = [2.0, 6.5, 9.0, 12.25, 14.0, 15.0, 21.5, 40.0]


def add(session: Session, city: Any, clock: ManualClock, waits: list[float | None], **values: Any) -> None:
    values = {"queue_id": city.queue_a, "back": 3, "told": TOLD, "band_withheld": False} | values
    arrived = clock.now() - timedelta(days=values["back"])
    told = dict(zip(("told_p10", "told_p50", "told_p90"), values["told"] or (None,) * 3, strict=True))
    session.execute(
        insert(facts),
        [
            {
                **{"ticket_id": uuid7(), "hall_id": city.hall, "queue_id": values["queue_id"]},
                **{"day": arrived.date(), "arrived_at": arrived, "effective_at": arrived},
                "called_at": None if wait is None else arrived + timedelta(minutes=wait),
                **{"outcome": "finished", "band_withheld": values["band_withheld"]},
                **told,
            }
            for wait in waits
        ],
    )


def report(database: Database, city: Any, clock: ManualClock, by: By = By.QUEUE) -> Any:
    return database.read_now(promise_report, "H1", days=28, by=by, reader=city.manager, now=clock.now())


def test_every_figure_is_what_counting_by_hand_gives(database: Database, city: Any, clock: Any) -> None:
    database.write_now(add, city, clock, [*WAITS, None])
    own = report(database, city, clock).cells[0].promises
    p10, p50, p90 = TOLD
    late = [wait - p50 for wait in WAITS]
    assert (own.sums.issued, own.sums.measured) == (9, 8)
    assert own.sums.inside == sum(p10 <= wait <= p90 for wait in WAITS)
    assert own.sums.above == sum(wait > p90 for wait in WAITS)
    assert own.missing.count == 1
    assert own.bias == pytest.approx(sum(late) / 8, abs=0.01)
    assert own.median_error == int(median(sorted(int(abs(each)) for each in late)[3:4]))
    for share, told, value in ((0.5, p50, own.pinball50), (0.9, p90, own.pinball90)):
        losses = [max(share * (wait - told), (share - 1) * (wait - told)) for wait in WAITS]
        assert value == pytest.approx(sum(losses) / 8, abs=0.01)


def test_tickets_told_nothing_or_withheld_are_missing_and_not_judged(
    database: Database, city: Any, clock: Any
) -> None:
    database.write_now(add, city, clock, [9.0] * 6)
    database.write_now(add, city, clock, [50.0] * 4, told=None)
    database.write_now(add, city, clock, [50.0] * 3, band_withheld=True)
    own = report(database, city, clock).whole
    assert (own.sums.issued, own.sums.measured, own.sums.withheld) == (13, 6, 3)
    assert own.inside.value == 1.0
    assert own.missing.count == 7


def test_small_cells_tell_nothing_but_their_size(database: Database, city: Any, clock: Any) -> None:
    database.write_now(add, city, clock, [9.0] * 4)
    own = report(database, city, clock).cells[0].promises
    assert (own.sums.measured, own.inside.of) == (4, 4)
    figures = (own.inside.value, own.above.value, own.bias, own.median_error, own.pinball50, own.pinball90)
    assert figures == (None,) * 6


def test_queues_and_weeks_are_apart_and_add_up(database: Database, city: Any, clock: Any) -> None:
    database.write_now(add, city, clock, [9.0] * 5)
    database.write_now(add, city, clock, [30.0] * 6, queue_id=city.queue_b)
    database.write_now(add, city, clock, [30.0] * 7, back=10)
    weeks = report(database, city, clock, By.WEEK)
    assert sorted((cell.queue.prefix, cell.promises.sums.measured) for cell in weeks.cells) == [
        ("A", 5),
        ("A", 7),
        ("B", 6),
    ]
    assert all(cell.week.weekday() == 0 for cell in weeks.cells)
    assert weeks.whole.sums == report(database, city, clock, By.HALL).whole.sums


def test_today_and_days_before_the_period_do_not_count(database: Database, city: Any, clock: Any) -> None:
    database.write_now(add, city, clock, [9.0] * 5, back=0)
    database.write_now(add, city, clock, [9.0] * 5, back=29)
    assert report(database, city, clock).cells == ()


def test_a_manager_reads_the_own_hall_only(database: Database, city: Any, clock: Any) -> None:
    for code in (None, "H2"):
        with pytest.raises(WrongHall):
            database.read_now(promise_report, code, days=7, by=By.HALL, reader=city.manager, now=clock.now())


@given(st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=8), min_size=1, max_size=5))
def test_cells_together_are_as_one_cell(groups: list[list[int]]) -> None:
    def cell(errors: list[int]) -> Promises:
        counted = {error: errors.count(error) for error in set(errors)}
        return Promises(Sums(measured=len(errors), late=float(sum(errors))), counted)

    flat = [error for group in groups for error in group]
    both, one = together(cell(group) for group in groups), cell(flat)
    assert (both.sums, both.errors, both.median_error) == (one.sums, one.errors, one.median_error)
