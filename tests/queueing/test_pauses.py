"""Why a window pauses and since when: told to staff, kept in the trail, nothing to the public."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from kernel.audit_tables import AuditRow
from queueing import service
from queueing.rules.windows import PauseKind

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from tests.support.small_city import SmallCity

AUDIT = AuditRow.__table__


def pauses(database: Database, city: SmallCity, clock: ManualClock) -> list[tuple[Any, Any]]:
    """Return kind and start of each window's pause as the manager reads it."""
    day = database.read_now(service.hall_day, city.hall, now=clock.now())
    return [(own.window.pause_kind, own.window.paused_at) for own in day.windows]


@pytest.mark.parametrize("kind", PauseKind)
def test_a_pause_says_why_and_since_when_until_it_ends(
    database: Database, city: SmallCity, clock: ManualClock, kind: PauseKind
) -> None:
    window, by = city.windows[0], {"by": city.clerks[0], "clock": clock}
    database.write_now(service.open_window, window, **by)
    assert pauses(database, city, clock)[0] == (None, None)
    clock.advance(timedelta(minutes=3))
    paused = database.write_now(service.pause_window, window, kind, **by)
    assert (paused.pause_kind, paused.paused_at) == (kind, clock.now())
    clock.advance(timedelta(minutes=7))
    assert pauses(database, city, clock)[0] == (kind, clock.now() - timedelta(minutes=7))
    for end in (service.resume_window, service.close_window):
        database.write_now(end, window, **by)
        assert pauses(database, city, clock)[0] == (None, None)
    rows = database.read_now(lambda session: session.execute(select(AUDIT).order_by(AUDIT.c.id)).all())
    assert [row.detail.get("kind") for row in rows if row.what == "window.pause"] == [kind.value]


def test_a_window_that_closes_out_of_a_pause_opens_without_one(
    database: Database, city: SmallCity, clock: ManualClock
) -> None:
    window, by = city.windows[0], {"by": city.clerks[0], "clock": clock}
    database.write_now(service.open_window, window, **by)
    database.write_now(service.pause_window, window, PauseKind.BREAK, **by)
    database.write_now(service.close_window, window, **by)
    opened = database.write_now(service.open_window, window, **by)
    assert (opened.pause_kind, opened.paused_at) == (None, None)


def test_the_kind_of_a_pause_changes_no_board(
    database: Database, city: SmallCity, clock: ManualClock
) -> None:
    seen = []
    for place, kind in enumerate((PauseKind.BREAK, PauseKind.BACK_OFFICE)):
        by = {"by": city.clerks[place], "clock": clock}
        database.write_now(service.open_window, city.windows[place], **by)
        database.write_now(service.pause_window, city.windows[place], kind, **by)
        board = database.read_now(service.board, city.hall, now=clock.now())
        seen.append((board.windows[place].status, board.windows[place].number))
    assert seen == [("paused", None)] * 2
