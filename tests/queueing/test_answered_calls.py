"""Which call somebody answered, from which the walk to the window is measured, also of past tickets."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from app.migrate import migrate
from app.schema import revisions
from queueing import service
from queueing.facts import facts, write_facts
from tests.queueing.test_ticket_day import issue, open_first
from tests.support.migrations import downgrade

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault


def test_a_walk_counts_from_the_call_that_was_answered_recalls_included(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    issue(database, city, vault, clock)
    open_first(database, city, clock)
    by = {"by": city.clerks[0], "clock": clock}

    def step(what: Any, *, after: int) -> Any:
        clock.advance(timedelta(seconds=after))
        return database.write_now(what, ticket.id, **by)

    ticket = database.write_now(service.call_next, city.windows[0], **by)
    step(service.miss, after=60)
    step(service.reinstate, after=60)
    again = database.write_now(service.call_next, city.windows[0], **by)
    step(service.recall, after=30)
    step(service.start, after=15)
    step(service.undo, after=5)
    started = step(service.start, after=10)
    step(service.finish, after=300)
    database.write_now(write_facts, city.hall, before=clock.now().date() + timedelta(days=1))
    columns = (facts.c.called_at, facts.c.answered_call_at, facts.c.started_at, facts.c.service_id)
    fact = database.read_now(lambda session: session.execute(select(*columns)).one())
    assert fact.called_at == ticket.called_at
    assert fact.answered_call_at == again.called_at
    assert (fact.started_at - fact.answered_call_at) == timedelta(seconds=60)
    assert fact.started_at == started.changed_at
    assert fact.service_id == city.services["id-card"]


@pytest.mark.slow
def test_past_tickets_get_their_service_and_call_by_the_migration(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    test_a_walk_counts_from_the_call_that_was_answered_recalls_included(database, city, vault, clock)
    columns = (facts.c.ticket_id, facts.c.answered_call_at, facts.c.service_id)
    asked = select(*columns).order_by(facts.c.ticket_id)

    def told() -> list[Any]:
        return database.read_now(lambda session: [tuple(row) for row in session.execute(asked)])

    before = told()
    downgrade(database, revisions()[revisions().index("0022") - 1])
    with database.engine.connect() as connection, pytest.raises(Exception, match="answered_call_at"):
        connection.execute(text("SELECT answered_call_at FROM ticket_fact"))
    migrate(database)
    assert told() == before
    assert None not in before[0]
