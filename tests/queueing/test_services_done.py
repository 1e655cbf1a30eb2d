"""What a clerk says was done: recorded while serving or with the finish, taken back, counted, sealed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.identity import Actor, Role
from queueing import sealing, service
from queueing.course.rules import Period
from queueing.errors import NotPossibleNow, NotYourWindow
from queueing.facts import facts, write_facts
from queueing.groups.rules import By, Within
from queueing.groups.store import tickets_by_service
from queueing.rules.delivered import Delivered, delivered_of
from queueing.sealing import LogFault, seal_log, verify_log
from queueing.store.ticket_writes import log
from queueing.store.tickets import legs, tickets
from queueing.visits import served_visit

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault


class Window:
    """The first window with its clerk, and whoever is called to it."""

    def __init__(self, database: Database, city: Any, vault: Vault, clock: ManualClock) -> None:
        self.database, self.city, self.vault, self.clock = database, city, vault, clock
        self.by = {"by": city.clerks[0], "clock": clock}
        database.write_now(service.open_window, city.windows[0], **self.by)

    def serve(self, code: str = "id-card") -> Any:
        self.database.write_now(
            service.issue_ticket, self.city.hall, [self.city.services[code]],
            priority=False, by=Actor(Role.DEVICE), clock=self.clock, vault=self.vault,
        )  # fmt: skip
        called = self.database.write_now(service.call_next, self.city.windows[0], **self.by)
        return self.do(service.start, called.id)

    def do(self, use_case: Any, ticket_id: Any, *more: Any) -> Any:
        return self.database.write_now(use_case, ticket_id, *more, **self.by)

    def facts(self) -> Any:
        day = self.clock.now().date()
        self.database.write_now(write_facts, self.city.hall, before=day + timedelta(days=1))
        rows = self.database.read_now(
            lambda session: session.execute(select(facts).order_by(facts.c.arrived_at)).all()
        )
        names = {service_id: code for code, service_id in self.city.services.items()}
        more = [tuple(str(own) for own in row.done_as_well or ()) for row in rows]
        by_text = {str(service_id): code for service_id, code in names.items()}
        return [
            (names[row.service_id], names.get(row.delivered_id), tuple(by_text[own] for own in also))
            for row, also in zip(rows, more, strict=True)
        ]


@pytest.fixture
def window(database: Database, city: Any, vault: Vault, clock: ManualClock) -> Window:
    return Window(database, city, vault, clock)


def codes(ticket: Any) -> list[str]:
    return [own.code for own in ticket.delivered]


def test_what_was_asked_stands_first_and_once() -> None:
    a, b, c = "a", "b", "c"
    assert delivered_of(a, [b, a, b]) == Delivered(a, a, (b,))  # type: ignore[arg-type,list-item]
    assert delivered_of(a, [b, c]) == Delivered(a, b, (c,))  # type: ignore[arg-type,list-item]
    assert not delivered_of(a, [a]).differs  # type: ignore[arg-type,list-item]


def test_one_key_finishes_with_what_was_asked(window: Window) -> None:
    ticket = window.serve()
    assert codes(ticket) == []
    finished = window.do(service.finish, ticket.id)
    assert (finished.service.code, codes(finished)) == ("id-card", ["id-card"])
    assert window.facts() == [("id-card", "id-card", ())]


def test_a_finish_says_what_was_done_instead_and_as_well(window: Window) -> None:
    ticket = window.serve()
    finished = window.do(service.finish, ticket.id, ["household", "insurance"])
    assert (finished.service.code, codes(finished)) == ("id-card", ["household", "insurance"])
    assert window.facts() == [("id-card", "household", ("insurance",))]


def test_what_is_recorded_while_serving_is_what_the_finish_says(window: Window) -> None:
    ticket = window.serve()
    window.clock.advance(timedelta(minutes=5))
    recorded = window.do(service.record_services, ticket.id, ["id-card", "household"])
    assert codes(recorded) == ["id-card", "household"]
    assert recorded.changed_at == ticket.changed_at, "the time of service goes on"
    assert codes(window.do(service.finish, ticket.id)) == ["id-card", "household"]
    assert window.facts() == [("id-card", "id-card", ("household",))]


def test_a_record_is_taken_back_to_the_one_before_it(window: Window) -> None:
    ticket = window.serve()
    window.do(service.record_services, ticket.id, ["household"])
    window.do(service.record_services, ticket.id, ["insurance"])
    assert codes(window.do(service.undo, ticket.id)) == ["household"]
    with pytest.raises(NotPossibleNow):
        window.do(service.undo, ticket.id)
    window.clock.advance(timedelta(seconds=40))
    window.do(service.record_services, ticket.id, ["insurance"])
    back = window.do(service.undo, ticket.id)
    assert (codes(back), back.changed_at) == (["household"], ticket.changed_at)


def test_a_finish_that_is_taken_back_takes_its_services_with_it(window: Window) -> None:
    ticket = window.serve()
    window.do(service.finish, ticket.id, ["insurance"])
    assert codes(window.do(service.undo, ticket.id)) == []
    window.do(service.record_services, ticket.id, ["household"])
    window.do(service.finish, ticket.id, ["insurance"])
    assert codes(window.do(service.undo, ticket.id)) == ["household"]
    window.do(service.finish, ticket.id)
    assert window.facts() == [("id-card", "household", ())]


def test_only_who_serves_records_and_only_what_the_hall_offers(window: Window) -> None:
    ticket = window.serve()
    with pytest.raises(ServiceNotFound):
        window.do(service.record_services, ticket.id, ["no-such"])
    with pytest.raises(NotYourWindow):
        window.database.write_now(
            service.record_services, ticket.id, ["household"], by=window.city.clerks[1], clock=window.clock
        )
    window.do(service.undo, ticket.id)
    with pytest.raises(NotPossibleNow):
        window.do(service.record_services, ticket.id, ["household"])


def test_a_service_of_another_hall_is_not_done_here(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    """The second hall has no insurance."""
    by = {"by": city.other_clerk, "clock": clock}
    database.write_now(service.open_window, city.other_window, **by)
    database.write_now(
        service.issue_ticket, city.other_hall, [city.services["id-card"]],
        priority=False, by=Actor(Role.DEVICE), clock=clock, vault=vault,
    )  # fmt: skip
    called = database.write_now(service.call_next, city.other_window, **by)
    database.write_now(service.start, called.id, **by)
    with pytest.raises(NotOfferedHere):
        database.write_now(service.finish, called.id, ["insurance"], **by)
    assert database.write_now(service.finish, called.id, ["household"], **by).status.value == "finished"


def test_reports_count_what_was_done_and_what_was_asked_where_nobody_was_served(window: Window) -> None:
    window.do(service.finish, window.serve().id, ["household", "insurance"])
    window.do(service.finish, window.serve().id)
    missed = window.serve()
    window.do(service.undo, missed.id)
    window.do(service.miss, missed.id)
    day = window.clock.now().date()
    window.clock.advance(timedelta(days=1))
    window.database.write_now(service.close_window, window.city.windows[0], **window.by)
    window.database.write_now(service.close_day, window.city.hall, clock=window.clock)
    window.facts()
    counted = window.database.read_now(tickets_by_service, Period(day, day), by=By.HALL, within=Within())
    by_code = {code: counted["H1"].get(own, 0) for code, own in window.city.services.items()}
    assert by_code == {"id-card": 2, "household": 1, "insurance": 1}


def test_a_visit_is_rated_for_what_was_done(window: Window) -> None:
    ticket = window.serve()
    window.do(service.finish, ticket.id, ["household"])

    def rated(session: Any) -> Any:
        visit_id = session.execute(
            select(legs.c.visit_id).join(tickets, tickets.c.leg_id == legs.c.id)
        ).scalar_one()
        return served_visit(session, visit_id)

    assert window.database.read_now(rated).service_id == window.city.services["household"]


def test_a_line_from_before_there_was_a_record_reads_as_it_was_sealed() -> None:
    old = (1, "ticket", "queue", "finish", None, 0.0, "clerk", None, "window")
    assert sealing._plain((*old, None, None, None)) == "1|ticket|queue|finish||0.0|clerk||window"
    assert sealing._plain((*old, "a", "b", None)) == "1|ticket|queue|finish||0.0|clerk||window|a|b|"


def test_who_changes_what_a_sealed_day_says_was_done_is_found_out(window: Window) -> None:
    window.do(service.finish, window.serve().id, ["household"])
    database, clock, city = window.database, window.clock, window.city
    database.write_now(service.close_window, city.windows[0], **window.by)
    clock.advance(timedelta(days=1))
    database.write_now(seal_log, city.hall, clock=clock, vault=window.vault)
    assert database.read_now(verify_log, vault=window.vault).broken == ()
    forged = update(log).where(log.c.what == "finish").values(delivered_id=city.services["insurance"])
    database.write_now(lambda session: session.execute(forged) and None)
    assert [own.fault for own in database.read_now(verify_log, vault=window.vault).broken] == [
        LogFault.ALTERED
    ]
