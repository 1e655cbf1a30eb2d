"""A seeded city is consistent, alive, and tells its past by the one call order."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlmodel import Session

import queueing.tables as q
import queueing.window_tables as w
from booking.service import check_in, free_slots, look_up
from booking.tables import AppointmentKindRow, AppointmentRow, SlotClaimRow, SlotRow
from kernel import catalogue
from kernel import tables as k
from kernel.clock import ManualClock
from kernel.database import Database, Row
from kernel.devices import device_by_token
from kernel.identity import CITIZEN, Role, staff_by_token
from kernel.identity_tables import StaffRow
from kernel.secrets import Vault
from kernel.signing_in import Asked, Entered, sign_in_by_link
from queueing.facts import write_facts
from queueing.rules.tickets import TicketStatus
from queueing.service import board, close_day, issue_ticket, plan_of
from sim.seed.appointments import HallDiary
from sim.seed.city import HISTORY, MORNING, PLACES, WAITS
from sim.seed.history import HallPast, fact_of
from sim.seed.ids import new_ids
from sim.seed.morning import Morning
from tests.sim_seed.conftest import HALL, Seeded, seed

Rows = list[Any]


def rows(database: Database, row: type[Row], *where: Any) -> Rows:
    table = row.__table__  # type: ignore[attr-defined]
    return list(database.read_now(lambda session: session.execute(select(table).where(*where)).all()))


def count(database: Database, row: type[Row]) -> int:
    table = row.__table__  # type: ignore[attr-defined]
    return int(database.read_now(lambda s: s.execute(select(func.count()).select_from(table)).scalar_one()))


def hall_id(database: Database) -> Any:
    return database.read_now(catalogue.hall_by_code, HALL).id


def test_what_was_written_is_what_was_reported(seeded: Seeded) -> None:
    report, database = seeded.report, seeded.database
    assert count(database, q.TicketFactRow) == report.tickets > 1_500
    assert count(database, q.TicketRow) == report.live_tickets > 10
    assert count(database, AppointmentRow) == report.appointments > 20
    morning = count(database, q.TicketEventRow) - report.log_lines
    assert report.live_tickets < morning < 5 * report.live_tickets
    assert count(database, k.ServiceRow) == 95
    assert count(database, StaffRow) == seeded.city.halls[HALL].clerks + 3
    assert [stage for stage, done in seeded.steps if done == 1.0][-1] == MORNING
    assert set(report.seconds) == {PLACES, HISTORY, WAITS, MORNING}


def test_no_reference_leads_nowhere(sqlite_seeded: Seeded) -> None:
    broken = sqlite_seeded.database.read_now(lambda s: s.execute(text("PRAGMA foreign_key_check")).all())
    assert broken == []


def test_history_lies_on_open_days_only(sqlite_seeded: Seeded) -> None:
    database = sqlite_seeded.database
    days = {row.day for row in rows(database, q.TicketFactRow)}
    calendar = database.read_now(lambda s: catalogue.calendar(s, hall_id(database)))
    assert len(days) == sqlite_seeded.report.days
    assert all(calendar.spans(day) for day in days)


def test_nobody_is_called_before_somebody_who_stood_earlier(sqlite_seeded: Seeded) -> None:
    """At every call, none of the same queue waits with an earlier effective arrival."""
    lines: defaultdict[tuple[object, object], Rows] = defaultdict(list)
    for fact in rows(sqlite_seeded.database, q.TicketFactRow):
        lines[fact.day, fact.queue_id].append(fact)
    calls = 0
    for line in lines.values():
        for fact in line:
            if fact.called_at is None:
                continue
            calls += 1
            left_at = [other.called_at or other.ended_at for other in line]
            passed = [
                other
                for other, left in zip(line, left_at, strict=True)
                if other.arrived_at <= fact.called_at < left and other.effective_at < fact.effective_at
            ]
            assert passed == []
    assert calls > 1_500


def test_credits_are_at_work_in_history(sqlite_seeded: Seeded) -> None:
    """Without people who stand earlier than they came, the call order above would be plain arrival."""
    facts = rows(sqlite_seeded.database, q.TicketFactRow)
    early = [f for f in facts if f.effective_at < f.arrived_at - timedelta(minutes=1) and f.called_at]
    assert len(early) > 50
    assert any(fact.appointment for fact in early)
    assert any(fact.priority for fact in early)


def test_facts_derived_by_the_hall_equal_those_that_the_seed_writes(
    seeded: Seeded, clock: ManualClock
) -> None:
    """The seed writes history's facts itself; on the live day's tickets both ways must agree."""
    database, city = seeded.database, seeded.city
    own_hall = hall_id(database)
    tomorrow = clock.now().date() + timedelta(days=1)
    written = database.write_now(write_facts, own_hall, before=tomorrow)
    ids = new_ids(city)
    past = HallPast(city, city.halls[HALL], ids.halls[HALL], ids.services)
    booked = HallDiary(city, past, ids).book(clock.now())
    visits = Morning(city, past, ids, booked).visits(clock.now().date(), clock.now(), level=1.15)
    ended = (TicketStatus.FINISHED, TicketStatus.GIVEN_UP)
    told = [fact_of(v.story, past.own, clock.now().date(), v.service_id) for v in visits if v.status in ended]
    columns: tuple[str, ...] = (
        "appointment",
        "priority",
        "arrived_at",
        "effective_at",
        "called_at",
        "started_at",
    )
    columns += ("answered_call_at",)
    columns += ("ended_at", "outcome", "source")
    live = rows(database, q.TicketFactRow, q.TicketFactRow.day == clock.now().date())

    def plain(values: Any) -> list[tuple[Any, ...]]:
        return sorted((tuple(value[name] for name in columns) for value in values), key=lambda t: t[2])

    assert written == len(told) > 10
    assert plain([row._mapping for row in live]) == plain(told)


def test_every_past_ticket_is_for_a_service_that_waits_in_its_queue(sqlite_seeded: Seeded) -> None:
    database = sqlite_seeded.database
    offers = database.read_now(catalogue.offers_in, hall_id(database))
    waits_in = {offer.service_id: offer.queue_id for offer in offers}
    past = rows(database, q.TicketFactRow)
    assert past
    assert all(waits_in[fact.service_id] == fact.queue_id for fact in past)
    assert len({fact.service_id for fact in past}) > len(waits_in) * 0.8
    assert all((fact.answered_call_at is None) == (fact.started_at is None) for fact in past)


def test_numbers_go_on_where_the_morning_left_off(seeded: Seeded, clock: ManualClock, vault: Vault) -> None:
    database = seeded.database
    queues = {queue.id: queue for queue in database.read_now(catalogue.queues, hall_id(database))}
    highest: defaultdict[object, int] = defaultdict(int)
    for ticket in rows(database, q.TicketRow):
        highest[ticket.queue_id] = max(highest[ticket.queue_id], ticket.number)
    offers = database.read_now(catalogue.offers_in, hall_id(database))
    for queue_id in queues:
        service = next(offer.service_id for offer in offers if offer.queue_id == queue_id)
        issued = database.write_now(
            issue_ticket,
            hall_id(database),
            [service],
            priority=False,
            by=CITIZEN,
            clock=clock,
            vault=vault,
        )
        assert issued.ticket.label == f"{queues[queue_id].prefix}{highest[queue_id] + 1:03d}"


def test_the_board_shows_who_waits_and_who_is_at_the_windows(seeded: Seeded, clock: ManualClock) -> None:
    database = seeded.database
    shown = database.read_now(board, hall_id(database), now=clock.now())
    tickets = rows(database, q.TicketRow)
    at_windows = {t.label for t in tickets if t.status in (TicketStatus.CALLED, TicketStatus.SERVING)}
    assert {sign.number for sign in shown.windows if sign.number} == at_windows
    assert len(at_windows) > 3
    waiting = sum(ticket.status == TicketStatus.WAITING for ticket in tickets)
    assert sum(line.waiting for line in shown.queues) == waiting
    assert sum(sign.status == "open" for sign in shown.windows) == 12
    assert all(sign.serves for sign in shown.windows if sign.status == "open")
    assert [call.at for call in shown.calls] == sorted((call.at for call in shown.calls), reverse=True)
    assert shown.seq == 0
    assert all(line.wait is not None for line in shown.queues)


@pytest.mark.slow
def test_no_slot_has_more_claims_than_places(seeded: Seeded, clock: ManualClock) -> None:
    database = seeded.database
    claims: defaultdict[object, list[int]] = defaultdict(list)
    for claim in rows(database, SlotClaimRow):
        claims[claim.slot_id].append(claim.seat)
    slots = rows(database, SlotRow)
    assert len(slots) > 20
    for slot in slots:
        assert sorted(claims[slot.id]) == list(range(len(claims[slot.id])))
        assert 1 <= len(claims[slot.id]) <= slot.capacity
    free = database.read_now(free_slots, HALL, ["social-card-new"], first_day=None, days=7, now=clock.now())
    assert sum(len(day.slots) for day in free) > 20


def test_whoever_has_booked_can_look_it_up_and_check_in(
    seeded: Seeded, clock: ManualClock, vault: Vault
) -> None:
    soon = clock.now() + timedelta(minutes=50)
    coming = [each for each in seeded.report.keys.appointments if each.shows and each.starts_at < soon]
    assert coming
    token = coming[0].token
    seen = seeded.database.read_now(look_up, token, now=clock.now(), vault=vault)
    assert "*" in (seen.name_masked or "")
    issued = seeded.database.write_now(check_in, token, by=CITIZEN, clock=clock, vault=vault)
    assert issued.ticket.due_at == coming[0].starts_at


def test_who_has_checked_in_this_morning_has_a_ticket_of_that_slot(sqlite_seeded: Seeded) -> None:
    database = sqlite_seeded.database
    visits = {visit.reference: visit.id for visit in rows(database, q.VisitRow) if visit.reference}
    legs = {leg.visit_id: leg.id for leg in rows(database, q.VisitLegRow)}
    tickets = {ticket.leg_id: ticket for ticket in rows(database, q.TicketRow)}
    arrived = rows(database, AppointmentRow, AppointmentRow.status == "checked_in")
    assert {row.id for row in arrived} == set(visits)
    for row in arrived:
        ticket = tickets[legs[visits[row.id]]]
        assert (ticket.due_at, ticket.priority) == (row.starts_at, row.priority)
    expected = {row.reference for row in rows(database, q.ExpectedArrivalRow)}
    assert expected.isdisjoint(visits)


def test_keys_and_links_let_their_holders_in(seeded: Seeded, clock: ManualClock, vault: Vault) -> None:
    database, keys = seeded.database, seeded.report.keys
    hall = keys.halls[0]
    after_lunch = clock.now() + timedelta(hours=3)  # no person sits before a simulated clerk
    for clerk in hall.clerks:
        staff = database.read_now(staff_by_token, clerk.token, vault=vault, now=after_lunch)
        assert staff is not None
        assert (str(staff.id), staff.role, staff.hall_id) == (clerk.id, Role.CLERK, hall_id(database))
    kiosk = database.read_now(device_by_token, hall.kiosk, vault=vault)
    assert kiosk is not None
    assert kiosk.kind == "kiosk"
    sign = database.read_now(device_by_token, hall.window, vault=vault)
    assert sign is not None
    label = next(iter(hall.windows))
    assert (sign.kind, sign.window) == ("window", label)
    assert f"/window/{hall.code}/{label}?device={hall.window}" in [path for _, path in keys.pages]
    links = [path.rsplit("/", 1)[1] for _, path in keys.pages if path.startswith("/staff/link/")]
    in_a_year = clock.now() + timedelta(days=365)
    database.carry(vault=vault)  # as an installation does: signing in leaves a line in the trail
    roles = []
    for link in links:
        entered = database.write_now(
            sign_in_by_link, link, asked=Asked(in_a_year, in_a_year, vault), demo=True
        )
        assert isinstance(entered, Entered)
        found = database.read_now(staff_by_token, entered.token, vault=vault, now=in_a_year)
        assert found is not None
        roles.append(found.role)
    assert roles == [Role.CLERK, Role.MANAGER, Role.SUPERVISOR, Role.ADMINISTRATOR]


def test_clerks_sit_at_the_windows_of_the_plan_and_can_serve_its_queues(
    sqlite_seeded: Seeded, clock: ManualClock
) -> None:
    database = sqlite_seeded.database
    plan = database.read_now(plan_of, hall_id(database), now=clock.now())
    skills: defaultdict[object, set[object]] = defaultdict(set)
    for row in rows(database, w.ClerkSkillRow):
        skills[row.staff_id].add(row.queue_id)
    sitting = [own for own in rows(database, w.WindowRow) if own.status == "open"]
    assert plan.version == 1
    assert len({window.clerk_id for window in sitting}) == len(sitting) == 12
    for window in sitting:
        listed = {entry.queue_id for entry in plan.entries if entry.window_id == window.id}
        assert listed
        assert not skills[window.clerk_id] or listed <= skills[window.clerk_id]


@pytest.mark.slow
def test_the_same_instant_brings_the_same_people(
    sqlite_seeded: Seeded, sqlite_database: Database, clock: ManualClock
) -> None:
    again = seed(sqlite_database, days=3)
    first_day = clock.now().date() - timedelta(days=3)

    def plain(database: Database) -> list[tuple[object, ...]]:
        return sorted(
            (fact.arrived_at, fact.effective_at, str(fact.called_at), str(fact.ended_at), fact.outcome)
            for fact in rows(database, q.TicketFactRow, q.TicketFactRow.day >= first_day)
        )

    assert plain(again.database) == plain(sqlite_seeded.database) != []


@pytest.mark.slow
def test_the_day_can_be_closed_after_midnight(seeded: Seeded, clock: ManualClock) -> None:
    clock.advance(timedelta(hours=15))
    alive = seeded.database.write_now(close_day, hall_id(seeded.database), clock=clock)
    assert alive > 0
    facts = rows(seeded.database, q.TicketFactRow)
    assert len(facts) == seeded.report.tickets + seeded.report.live_tickets


@pytest.mark.parametrize("row", [q.TicketFactRow, q.TicketEventRow])
def test_history_is_marked_as_simulated(sqlite_seeded: Seeded, row: type[Row]) -> None:
    def sources(session: Session) -> set[str]:
        table = row.__table__  # type: ignore[attr-defined]
        return set(session.execute(select(table.c.source)).scalars())

    assert sqlite_seeded.database.read_now(sources) == {"simulated"}


def test_what_needs_nobody_there_is_talked_over_by_telephone(seeded: Seeded) -> None:
    kinds = rows(seeded.database, AppointmentKindRow)
    offered = {(row.hall_id, row.service_id) for row in rows(seeded.database, k.HallServiceRow)}
    assert {row.kind for row in kinds} == {"phone"}, "the seeded hall is a county's"
    assert {(row.hall_id, row.service_id) for row in kinds} <= offered
    assert all(row.offered and row.words_zh and row.words_en for row in kinds)
