"""What is given up or pressed before midnight is not brought back after it: its day is closed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from queueing import service
from queueing.errors import UndoTooLate
from queueing.rules.tickets import ENDINGS
from queueing.store.tickets import tickets
from tests.conftest import CHINA
from tests.queueing.test_ticket_day import issue, open_first

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

LATE = datetime(2026, 11, 18, 23, 59, 45, tzinfo=CHINA)


def over_midnight(database: Database, city: Any, clock: ManualClock) -> None:
    clock.set(LATE + timedelta(seconds=25))
    database.write_now(service.close_day, city.hall, clock=clock)


def alive(database: Database) -> list[str]:
    waits = select(tickets.c.label).where(tickets.c.status.not_in(ENDINGS))
    return list(database.read_now(lambda session: session.execute(waits).scalars().all()))


def given_up(database: Database, city: Any, vault: Vault, clock: ManualClock) -> Callable[[], object]:
    token = issue(database, city, vault, clock).token
    clock.set(LATE)
    database.write_now(service.give_up, token, clock=clock, vault=vault)
    return lambda: database.write_now(service.undo_give_up, token, clock=clock, vault=vault)


def finished(database: Database, city: Any, vault: Vault, clock: ManualClock) -> Callable[[], object]:
    issue(database, city, vault, clock)
    open_first(database, city, clock)
    by = city.clerks[0]
    called = database.write_now(service.call_next, city.windows[0], by=by, clock=clock)
    database.write_now(service.start, called.id, by=by, clock=clock)
    clock.set(LATE)
    database.write_now(service.finish, called.id, by=by, clock=clock)
    return lambda: database.write_now(service.undo, called.id, by=by, clock=clock)


@pytest.mark.parametrize("ended", [given_up, finished])
def test_nobody_waits_from_yesterday_because_something_was_taken_back(
    database: Database,
    city: Any,
    vault: Vault,
    clock: ManualClock,
    ended: Callable[..., Callable[[], object]],
) -> None:
    """Else a ticket given up late in the evening would be called before all who come in the morning."""
    take_back = ended(database, city, vault, clock)
    over_midnight(database, city, clock)
    with pytest.raises(UndoTooLate) as refused:
        take_back()
    assert refused.value.facts["ended_at"] == datetime(2026, 11, 19, tzinfo=CHINA)
    assert alive(database) == []


@pytest.mark.parametrize("ended", [given_up, finished])
def test_within_the_day_it_is_taken_back(
    database: Database,
    city: Any,
    vault: Vault,
    clock: ManualClock,
    ended: Callable[..., Callable[[], object]],
) -> None:
    take_back = ended(database, city, vault, clock)
    take_back()
    assert alive(database) == ["A001"]
