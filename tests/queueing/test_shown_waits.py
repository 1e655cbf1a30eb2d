"""What people read of a queue or a ticket is kept, stands for a minute, and says why it rose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlmodel import Session

from kernel.clock import ManualClock
from kernel.database import Database
from kernel.identity import Actor, Role
from kernel.ids import uuid7
from kernel.secrets import Vault
from queueing import service
from queueing.estimate import Ask, estimate_on_arrival
from queueing.following import followed
from queueing.publishing import fresh_estimates, publish_estimates
from queueing.rules.steady import NO_WAIT, Cause
from queueing.rules.windows import PlanEntry
from queueing.service import IssuedTicket, TicketView
from queueing.store.tickets import tickets
from queueing.tables import TicketFactRow
from queueing.trust import judge_bands, told_on_arrival, withheld_in

facts = TicketFactRow.__table__  # type: ignore[attr-defined]


class Desk:
    """A hall with one open window and people who come."""

    def __init__(self, database: Database, city: Any, vault: Vault, clock: ManualClock) -> None:
        self.database, self.city, self.vault, self.clock = database, city, vault, clock
        for window in city.windows:
            database.write_now(service.open_window, window, by=city.manager, clock=clock)

    def come(self, people: int, *, priority: bool = False) -> list[IssuedTicket]:
        return [
            self.database.write_now(
                service.issue_ticket,
                self.city.hall,
                [self.city.services["id-card"]],
                priority=priority,
                by=Actor(Role.DEVICE),
                clock=self.clock,
                vault=self.vault,
            )
            for _ in range(people)
        ]

    def publish(self) -> bool:
        fresh = self.database.read_now(fresh_estimates, self.city.hall, now=self.clock.now())
        if fresh is None:
            return False
        published = self.database.write_now(publish_estimates, self.city.hall, fresh, clock=self.clock)
        return published is not None

    def line(self) -> Any:
        board = self.database.read_now(service.board, self.city.hall, now=self.clock.now())
        return next(line for line in board.queues if line.queue_id == self.city.queue_a)

    async def look(self, token: str) -> TicketView:
        return await followed(self.database, token, clock=self.clock, vault=self.vault)


@pytest.fixture
def desk(database: Database, city: Any, vault: Vault, clock: ManualClock) -> Desk:
    return Desk(database, city, vault, clock)


def test_no_wait_ends_with_the_first_who_waits_sooner_than_in_a_minute(desk: Desk) -> None:
    assert desk.publish()
    assert desk.line().band == NO_WAIT
    desk.come(12)
    desk.clock.advance(timedelta(seconds=5))
    assert desk.publish()
    assert desk.line().band != NO_WAIT
    assert desk.line().reason.cause is Cause.MORE_WAITING


def test_a_queue_is_shown_anew_at_most_every_minute(desk: Desk) -> None:
    desk.come(3)
    assert desk.publish()
    before = desk.line().shown
    desk.come(12)
    desk.clock.advance(timedelta(seconds=40))
    assert not desk.publish()
    assert desk.line().shown == before
    desk.clock.advance(timedelta(seconds=20))
    assert desk.publish()
    after = desk.line()
    assert after.shown.since == desk.clock.now()
    assert after.reason.cause is Cause.MORE_WAITING
    assert after.reason.count == 12


def test_two_processes_that_publish_at_once_show_one_change(desk: Desk) -> None:
    desk.come(3)
    fresh = desk.database.read_now(fresh_estimates, desk.city.hall, now=desk.clock.now())
    assert fresh is not None
    assert desk.database.write_now(publish_estimates, desk.city.hall, fresh, clock=desk.clock) is not None
    desk.come(12)
    desk.clock.advance(timedelta(seconds=30))
    late = desk.database.read_now(
        fresh_estimates, desk.city.hall, now=desk.clock.now() + timedelta(minutes=1)
    )
    assert late is not None
    assert desk.database.write_now(publish_estimates, desk.city.hall, late, clock=desk.clock) is None


async def test_a_ticket_says_that_the_windows_were_rearranged_and_goes_on_saying_it(desk: Desk) -> None:
    token = desk.come(4)[-1].token
    first = await desk.look(token)  # keeps the facts of now with the words of the ticket
    desk.database.write_now(_one_window_less, desk.city, desk.clock)
    desk.clock.advance(timedelta(minutes=2))
    after = await desk.look(token)
    assert first.shown is not None
    assert after.shown is not None
    assert after.shown.reason is not None
    assert after.shown.reason.cause is Cause.PLAN_CHANGED
    desk.clock.advance(timedelta(seconds=30))
    assert (await desk.look(token)).shown == after.shown


def _one_window_less(session: Session, city: Any, clock: ManualClock) -> None:
    entries = [PlanEntry(window, city.queue_b, False, 510, 1050) for window in city.windows[1:]]
    entries.append(PlanEntry(city.windows[0], city.queue_a, False, 510, 1050))
    service.apply_plan(session, city.hall, entries, source="manual", by=city.manager, clock=clock)


async def test_a_ticket_starts_from_what_was_told_when_it_was_issued(desk: Desk) -> None:
    issued = desk.come(4)[-1]
    desk.come(6, priority=True)
    desk.clock.advance(timedelta(seconds=30))
    soon = await desk.look(issued.token)
    assert soon.shown is not None
    assert soon.shown.since == issued.ticket.arrived_at
    desk.clock.advance(timedelta(seconds=40))
    later = await desk.look(issued.token)
    assert later.people_ahead == 9
    assert later.shown is not None
    assert later.shown.reason is not None
    assert (later.shown.reason.cause, later.shown.reason.count) == (Cause.MORE_AHEAD, 6)


def told_history(session: Session, city: Any, clock: ManualClock, *, waited: float) -> None:
    """Write 20 days on which ten people each were told 5 to 15 minutes."""
    today = clock.now().date()
    for back in range(1, 21):
        arrived = clock.now() - timedelta(days=back)
        session.execute(
            insert(facts),
            [
                {
                    **{"ticket_id": uuid7(), "hall_id": city.hall, "queue_id": city.queue_a},
                    **{"day": today - timedelta(days=back), "arrived_at": arrived, "effective_at": arrived},
                    **{"called_at": arrived + timedelta(minutes=waited), "outcome": "finished"},
                    **{"told_p10": 5.0, "told_p50": 9.0, "told_p90": 15.0},
                }
                for _ in range(10)
            ],
        )


@pytest.mark.slow
def test_a_queue_that_broke_its_promises_tells_no_number_until_they_hold_again(desk: Desk) -> None:
    city, clock, database = desk.city, desk.clock, desk.database
    today = clock.now().date()
    database.write_now(told_history, city, clock, waited=40.0)
    assert database.write_now(judge_bands, city.hall, before=today) == 1
    band = database.read_now(withheld_in, city.hall)[0]
    assert (band.queue_id, band.days, band.tickets, band.above) == (city.queue_a, 20, 200, 200)
    issued = desk.come(3)[-1]
    assert issued.ticket.people_ahead == 2
    assert issued.ticket.wait is None
    assert issued.ticket.told.p90 is None
    assert desk.line().wait is None
    kept = database.read_now(_kept_ticket, issued.ticket.id)
    assert kept.band_withheld
    assert kept.told_p90 > 0  # worked out all the same, so that the queue comes back by itself
    database.write_now(_forget_facts)
    database.write_now(told_history, city, clock, waited=9.0)
    assert database.write_now(judge_bands, city.hall, before=today) == 0
    assert desk.come(1)[0].ticket.wait is not None


def _kept_ticket(session: Session, ticket_id: Any) -> Any:
    return session.execute(tickets.select().where(tickets.c.id == ticket_id)).one()


def _forget_facts(session: Session) -> None:
    session.execute(facts.delete())


def test_whoever_left_after_waiting_longer_than_told_counts_as_a_broken_promise(desk: Desk) -> None:
    city, clock, database = desk.city, desk.clock, desk.database
    database.write_now(told_history, city, clock, waited=9.0)
    left = {"called_at": None, "outcome": "given-up", "ended_at": facts.c.arrived_at}
    database.write_now(lambda session: session.execute(update(facts).values(**left)))
    assert database.write_now(judge_bands, city.hall, before=clock.now().date()) == 0
    database.write_now(_all_waited_an_hour)
    assert database.write_now(judge_bands, city.hall, before=clock.now().date()) == 1


def _all_waited_an_hour(session: Session) -> None:
    for row in session.execute(facts.select()).all():
        ended = row.arrived_at + timedelta(hours=1)
        session.execute(update(facts).where(facts.c.ticket_id == row.ticket_id).values(ended_at=ended))


def test_the_ranking_is_told_no_withheld_number(desk: Desk) -> None:
    city, now = desk.city, desk.clock.now()
    desk.database.write_now(told_history, city, desk.clock, waited=40.0)
    desk.database.write_now(judge_bands, city.hall, before=now.date())
    asks = [Ask(city.queue_a, now + timedelta(minutes=20)), Ask(city.queue_b, now)]
    known = desk.database.read_now(estimate_on_arrival, asks, now=now)
    told = desk.database.read_now(told_on_arrival, asks, now=now)
    assert known[city.queue_a].wait is not None
    assert told[city.queue_a].wait is None
    assert told[city.queue_b] == known[city.queue_b]
