"""The ticket log of a day is sealed when it is over, and whoever changes it later is found out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, insert, select, update

from kernel.audit_check import verify
from kernel.audit_tables import AuditRow
from kernel.identity import CITIZEN
from queueing import service
from queueing.sealing import LogFault, seal_log, verify_log
from queueing.store.ticket_writes import log

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

AUDIT = AuditRow.__table__


@pytest.fixture
def day_over(
    database: Database, city: SmallCity, clock: ManualClock, vault: Vault
) -> Callable[[], list[date]]:
    """Somebody is served and somebody waits in vain; then it is the next day."""

    def issue() -> None:
        database.write_now(
            service.issue_ticket, city.hall, [city.services["id-card"]],
            priority=False, by=CITIZEN, clock=clock, vault=vault,
        )  # fmt: skip

    def live_a_day() -> list[date]:
        issue()
        issue()
        window, clerk = city.windows[0], city.clerks[0]
        database.write_now(service.open_window, window, by=clerk, clock=clock)
        called = database.write_now(service.call_next, window, by=clerk, clock=clock)
        for step in (service.start, service.finish):
            database.write_now(step, called.id, by=clerk, clock=clock)
        database.write_now(service.close_window, window, by=clerk, clock=clock)
        clock.advance(timedelta(days=1))
        database.write_now(service.close_day, city.hall, clock=clock)
        return database.write_now(seal_log, city.hall, clock=clock, vault=vault)

    return live_a_day


def faults(database: Database, vault: Vault) -> list[LogFault]:
    return [own.fault for own in database.read_now(verify_log, vault=vault).broken]


def tamper(database: Database, statement: Any) -> None:
    database.write_now(lambda session: session.execute(statement) and None)


def test_each_day_that_is_over_gets_one_seal(
    database: Database, city: SmallCity, clock: ManualClock, vault: Vault, day_over: Callable[[], list[date]]
) -> None:
    first = clock.now().date()
    assert day_over() == [first]
    assert database.write_now(seal_log, city.hall, clock=clock, vault=vault) == [], "once"
    clock.advance(timedelta(days=1))
    assert day_over() == [first + timedelta(days=1), first + timedelta(days=2)]
    clock.advance(timedelta(days=3))
    saturday = database.write_now(seal_log, city.hall, clock=clock, vault=vault)
    assert saturday == [first + timedelta(days=3)], "a day without a line has no seal"
    checked = database.read_now(verify_log, vault=vault)
    assert (checked.days, checked.broken) == (4, ())
    assert not database.read_now(verify, vault=vault).broken
    held = select(AUDIT.c.detail).where(AUDIT.c.what == "log.sealed").order_by(AUDIT.c.id)
    lines = [row.detail["lines"] for row in database.read_now(lambda session: session.execute(held).all())]
    assert lines == [5, 1, 5, 1], "two issued, one of them served; the other ends the morning after"


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        (update(log).where(log.c.what == "finish").values(what="miss"), LogFault.ALTERED),
        (update(log).where(log.c.what == "call").values(actor_id=None), LogFault.ALTERED),
        (delete(log).where(log.c.what == "start"), LogFault.LINES_MISSING),
    ],
)
@pytest.mark.slow
def test_whoever_changes_a_sealed_day_is_found_out(
    database: Database, vault: Vault, day_over: Callable[[], list[date]], tampering: Any, fault: LogFault
) -> None:
    day_over()
    assert faults(database, vault) == []
    tamper(database, tampering)
    assert faults(database, vault) == [fault]


def test_a_line_slipped_into_a_sealed_day_is_found_and_imported_ones_are_none(
    database: Database, vault: Vault, day_over: Callable[[], list[date]]
) -> None:
    day_over()
    rows = database.read_now(lambda session: session.execute(select(log).order_by(log.c.id)).all())
    line = {key: value for key, value in rows[0]._mapping.items() if key != "id"}
    tamper(database, insert(log).values({**line, "source": "imported"}))
    assert faults(database, vault) == []
    tamper(database, insert(log).values(line))
    assert faults(database, vault) == [LogFault.LINES_ADDED]
