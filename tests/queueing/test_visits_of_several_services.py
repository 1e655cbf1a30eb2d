"""A visit of several services through its day, on both databases: each has a ticket, each says the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel.identity import Actor, Role
from queueing import service
from queueing.schemas import TicketOut

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

CODES = ("id-card", "insurance", "household")


def issue(database: Database, city: Any, vault: Vault, clock: ManualClock, codes: tuple[str, ...]) -> Any:
    return database.write_now(
        service.issue_ticket, city.hall, [city.services[code] for code in codes],
        priority=False, by=Actor(Role.DEVICE), clock=clock, vault=vault,
    )  # fmt: skip


def serve_next(database: Database, window: Any, clerk: Any, clock: ManualClock) -> Any:
    by = {"by": clerk, "clock": clock}
    called = database.write_now(service.call_next, window, **by)
    database.write_now(service.start, called.id, **by)
    return database.write_now(service.finish, called.id, **by)


def codes_of(names: Any) -> list[str]:
    return [own.code for own in names]


def test_each_ticket_of_a_visit_says_what_is_done_and_what_comes(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    issued = issue(database, city, vault, clock, CODES)
    first = issued.ticket
    assert (codes_of(first.before), codes_of(first.after)) == ([], ["insurance", "household"])
    for window, clerk in zip(city.windows, city.clerks, strict=True):
        database.write_now(service.open_window, window, by=clerk, clock=clock)
    done = serve_next(database, city.windows[0], city.clerks[0], clock)
    assert (done.label, done.goes_on_as) == ("A001", "B001"), "the clerk can tell the next number"
    now = database.read_now(service.follow, issued.token, clock=clock, vault=vault)
    assert (now.label, now.service.code) == ("B001", "insurance")
    assert (codes_of(now.before), codes_of(now.after)) == (["id-card"], ["household"])
    desk = database.read_now(service.desk, city.windows[2], by=city.clerks[2], now=clock.now())
    out = TicketOut.of(next(own for own in desk.waiting if own.label == "B001"))
    assert ([own.code for own in out.done_before], [own.code for own in out.still_to_come]) == (
        ["id-card"],
        ["household"],
    )
    assert serve_next(database, city.windows[2], city.clerks[2], clock).goes_on_as == "A002"
    last = serve_next(database, city.windows[0], city.clerks[0], clock)
    assert (last.label, last.goes_on_as, codes_of(last.before)) == ("A002", None, ["id-card", "insurance"])


def test_a_ticket_for_one_service_has_nothing_around_it(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    own = issue(database, city, vault, clock, ("insurance",)).ticket
    assert (codes_of(own.visit), own.before, own.after) == (["insurance"], (), ())


def test_a_list_of_tickets_keeps_the_visits_apart(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    for codes in (("id-card", "insurance"), ("household",), ("household", "id-card")):
        issue(database, city, vault, clock, codes)
    database.write_now(service.open_window, city.windows[0], by=city.clerks[0], clock=clock)
    desk = database.read_now(service.desk, city.windows[0], by=city.clerks[0], now=clock.now())
    assert [codes_of(own.visit) for own in desk.waiting] == [
        ["id-card", "insurance"],
        ["household"],
        ["household", "id-card"],
    ]
