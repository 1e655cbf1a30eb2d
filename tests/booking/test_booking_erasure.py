"""After its time nothing leads to a person any more, every figure stays, what still runs is left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import Session

import kernel.audit_tables as audit_tables
from booking import service, store
from booking.errors import AppointmentNotFound, CheckInNotRecognised, ErasureTooEarly
from booking.service import erasing
from booking.service.views import PHONE_FIELD, TOKEN_FIELD
from booking.tables import AppointmentRow, QuotaClaimRow
from kernel.database import Row
from kernel.erasure import LinkErased
from kernel.idempotency import Intention, once
from kernel.identity import CITIZEN, Role, Staff, WrongRole
from kernel.ids import StaffId, uuid7
from kernel.work_tables import IdempotencyRow
from queueing import reports
from queueing import service as queueing
from queueing.promises.service import By, promise_report
from queueing.tables import TicketEventRow, TicketFactRow, TicketRow, VisitRow
from tests.booking.booking_city import PHONES, BookingCity, local
from tests.booking.desk import TEN, Desk

assert audit_tables

SUPERVISOR = Staff(StaffId(uuid7()), "S", Role.SUPERVISOR, None)


@dataclass
class Past:
    """A day with one appointment of each ending, and a walk-in; tokens by what became of them."""

    tokens: dict[str, str]
    codes: list[str]


def _walk_in(desk: Desk, city: BookingCity) -> str:
    issued = desk.database.write_now(
        queueing.issue_ticket,
        city.halls["city"],
        [city.services["elder-benefit"]],
        priority=True,
        by=CITIZEN,
        clock=desk.clock,
        vault=desk.vault,
    )
    return issued.token


def _keep_answer(desk: Desk, key: str, answer: bytes) -> None:
    intention = Intention("s", key, b"f" * 32)
    desk.database.write_now(once, intention, lambda _: answer, vault=desk.vault, now=desk.clock.now())


def _end_day(desk: Desk, city: BookingCity, days: int) -> None:
    """Go to 9:30 of a later day and close the one before, as the rounds do."""
    desk.clock.set(local(9, 30, days=days))
    hall = city.halls["city"]
    today = local(9, 30, days=days).date()
    desk.database.write_now(queueing.close_day, hall, clock=desk.clock)
    desk.database.write_now(service.mark_no_shows, hall, before=today, clock=desk.clock, vault=desk.vault)


def a_day(desk: Desk, city: BookingCity) -> Past:
    came, cancelled, absent = (desk.book(at, number=n) for n, at in enumerate((TEN, TEN, local(11))))
    held = desk.hold(local(14), number=3)
    for booked in (came, cancelled):
        told = f'{{"id": "{booked.appointment.id}"}}'.encode()
        _keep_answer(desk, booked.token, told)
    desk.do(service.cancel, cancelled.token)
    desk.clock.set(local(10, 20))
    ticket = desk.do(service.check_in, came.token, by=CITIZEN)
    walk_in = _walk_in(desk, city)
    _end_day(desk, city, 1)
    tokens = {"came": came.token, "cancelled": cancelled.token, "absent": absent.token, "held": held.token}
    codes = [each.appointment.code for each in (came, cancelled, absent, held)]
    return Past(tokens | {"ticket": ticket.token, "walk-in": walk_in}, codes)  # type: ignore[attr-defined]


def figures(desk: Desk, city: BookingCity) -> list[Any]:
    """Every figure of every report, and the rows they come from."""
    now, read = desk.clock.now(), desk.database.read_now
    hall = city.halls["city"]
    report = read(reports.city_report, days=90, now=now)
    tallies = read(reports.daily_tallies, days=90, now=now)
    promises = [
        read(promise_report, None, days=90, by=by, reader=SUPERVISOR, now=now) for by in (By.HALL, By.WEEK)
    ]
    counted = [desk.rows(table) for table in (TicketRow, TicketEventRow, TicketFactRow)]
    day = read(queueing.hall_day, hall, now=now)
    return [
        *(report.city_history, report.city_today, [own.history for own in report.halls]),
        *(tallies, [each.cells for each in promises], day, counted),
        read(store.shows_since, hall, local(0, days=-60)),
    ]


def everything(session: Session) -> dict[str, str]:
    """Return all that the database holds, table by table, with bytes as hex."""
    held = {}
    for table in Row.metadata.sorted_tables:
        rows = session.execute(select(table).order_by(*table.primary_key)).all()
        held[table.name] = repr(
            [[value.hex() if isinstance(value, bytes) else value for value in row] for row in rows]
        )
    return held


def erase_all(desk: Desk, city: BookingCity) -> list[service.Erased]:
    done = []
    while True:
        done.append(desk.database.write_now(service.erase_due, city.halls["city"], clock=desk.clock))
        if done[-1].done:
            return done


def test_after_its_time_nothing_leads_to_a_person_and_every_figure_stays(
    desk: Desk, booking_city: BookingCity
) -> None:
    past = a_day(desk, booking_city)
    _end_day(desk, booking_city, 33)  # a Monday, beyond 30 whole days
    tokens = past.tokens.values()
    links = [
        desk.vault.digest(token, field=field).hex() for token in tokens for field in (TOKEN_FIELD, "visit")
    ]
    phones = [desk.vault.digest("+86" + phone, field=PHONE_FIELD).hex() for phone in PHONES[:3]]
    sealed = [
        value.hex()
        for row in desk.rows(AppointmentRow)
        for value in (row.name_sealed, row.phone_sealed)  # type: ignore[attr-defined]
        if value is not None
    ]
    quotas = [row.scope.hex() for row in desk.rows(QuotaClaimRow)]  # type: ignore[attr-defined]
    answers = [row.answer.hex() for row in desk.rows(IdempotencyRow)]  # type: ignore[attr-defined]
    assert (len(sealed), len(answers)) == (6, 2)
    assert quotas
    before = figures(desk, booking_city)
    held = desk.database.read_now(everything)
    assert all(any(own in text for text in held.values()) for own in (*phones, *sealed, *past.codes))

    erased = erase_all(desk, booking_city)

    assert [(own.appointments, own.visits) for own in erased] == [(4, 2)]
    assert figures(desk, booking_city) == before
    held = desk.database.read_now(everything)
    traces = (*phones, *sealed, *quotas, *answers, *past.codes)
    assert [own for own in traces if any(own in text for text in held.values())] == []
    word_left = held.pop("erased_link")
    assert [own for own in links if any(own in text for text in held.values())] == []
    assert sum(own in word_left for own in links) == len(past.tokens)


def test_a_link_says_after_erasure_that_its_data_is_gone(desk: Desk, booking_city: BookingCity) -> None:
    past = a_day(desk, booking_city)
    _end_day(desk, booking_city, 33)
    erase_all(desk, booking_city)
    for name in ("came", "cancelled", "absent", "held"):
        with pytest.raises(LinkErased):
            desk.look_up(past.tokens[name])
        with pytest.raises(LinkErased):
            desk.do(service.cancel, past.tokens[name])
    for name in ("ticket", "walk-in"):
        with pytest.raises(LinkErased):
            desk.database.read_now(queueing.follow, past.tokens[name], clock=desk.clock, vault=desk.vault)
    with pytest.raises(AppointmentNotFound):
        desk.look_up("never-was-one")
    with pytest.raises(CheckInNotRecognised):
        desk.database.write_now(
            service.check_in_at_kiosk,
            *(booking_city.halls["city"], past.codes[0], PHONES[0][-4:]),
            by=CITIZEN,
            clock=desk.clock,
            vault=desk.vault,
        )


def test_the_time_is_whole_days_after_the_visits_day_as_the_hall_published(
    desk: Desk, booking_city: BookingCity
) -> None:
    a_day(desk, booking_city)
    hall = booking_city.halls["city"]

    def counted() -> tuple[int, int]:
        due = desk.database.read_now(service.anything_due, hall, now=desk.clock.now())
        done = desk.database.write_now(service.erase_due, hall, clock=desk.clock)
        assert due is bool(done.appointments or done.visits)
        return done.appointments, done.visits

    desk.set_policy(booking_city, retention_days=7)
    desk.clock.set(local(23, 59, days=7))
    assert counted() == (0, 0)
    desk.clock.set(local(0, 1, days=8))
    assert counted() == (4, 2)
    assert counted() == (0, 0)


def test_what_still_runs_is_never_touched(desk: Desk, booking_city: BookingCity) -> None:
    """What is to come, a live hold, tickets from weeks ago that nobody closed, one not yet a no-show."""
    coming, waiting = desk.book(local(14), number=0), desk.book(TEN, number=1)
    unmarked = desk.book(local(11), number=2)
    desk.clock.set(local(10, 20))
    ticket = desk.do(service.check_in, waiting.token, by=CITIZEN)
    walk_in = _walk_in(desk, booking_city)
    desk.clock.set(local(9, 30, days=40))
    held = desk.hold(local(14, days=40), number=3)

    def postpone(session: Session) -> None:
        own = AppointmentRow.__table__.c.id == coming.appointment.id
        session.execute(update(AppointmentRow.__table__).where(own).values(starts_at=local(14, days=44)))

    desk.database.write_now(postpone)
    before = desk.database.read_now(everything)
    assert erase_all(desk, booking_city) == [service.Erased(0, 0)]
    assert desk.database.read_now(everything) == before
    for token in (coming.token, waiting.token, unmarked.token, held.token):
        assert desk.look_up(token).code
    for token in (ticket.token, walk_in):  # type: ignore[attr-defined]
        assert desk.database.read_now(queueing.follow, token, clock=desk.clock, vault=desk.vault)


def test_erasing_goes_in_small_units_and_goes_on_where_it_was_killed(
    desk: Desk, booking_city: BookingCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_day(desk, booking_city)
    _end_day(desk, booking_city, 33)
    monkeypatch.setattr(erasing, "ERASED_AT_ONCE", 1)
    hall = booking_city.halls["city"]
    first = desk.database.write_now(service.erase_due, hall, clock=desk.clock)
    assert first.appointments == 1

    def killed(session: Session) -> None:
        service.erase_due(session, hall, clock=desk.clock)
        raise RuntimeError("killed")  # nothing of the unit is committed, as when the process dies

    before = desk.database.read_now(everything)
    with pytest.raises(RuntimeError, match="killed"):
        desk.database.write_now(killed)
    assert desk.database.read_now(everything) == before
    rest = erase_all(desk, booking_city)
    assert first.appointments + sum(own.appointments for own in rest) == 4
    assert first.visits + sum(own.visits for own in rest) == 2
    assert desk.rows(VisitRow, VisitRow.__table__.c.token_hash.is_not(None)) == []


def test_a_holder_erases_once_the_visit_is_over_and_not_before(desk: Desk, booking_city: BookingCity) -> None:
    booked = desk.book(TEN)
    assert not desk.look_up(booked.token).may_erase
    with pytest.raises(ErasureTooEarly):
        desk.do(service.erase_mine, booked.token)
    desk.clock.set(local(10, 20))
    ticket = desk.do(service.check_in, booked.token, by=CITIZEN)
    with pytest.raises(ErasureTooEarly):
        desk.do(service.erase_mine, booked.token)
    desk.do(queueing.give_up, ticket.token)  # type: ignore[attr-defined]
    assert desk.look_up(booked.token).may_erase
    assert desk.do(service.erase_mine, booked.token) == local(10, 20).date()
    with pytest.raises(LinkErased):
        desk.do(service.erase_mine, booked.token)
    with pytest.raises(LinkErased):
        desk.do(queueing.undo_give_up, ticket.token)  # type: ignore[attr-defined]
    assert desk.rows(QuotaClaimRow) == []


def test_an_operator_exports_and_erases_one_number_and_both_are_in_the_trail(
    desk: Desk, booking_city: BookingCity
) -> None:
    over, coming = desk.book(TEN), desk.book(local(14))
    other = desk.book(TEN, number=1)
    desk.do(service.cancel, over.token)
    parts = {"by": SUPERVISOR, "reason": "7/2026", "clock": desk.clock, "vault": desk.vault}
    kept = desk.database.write_now(service.export_for_phone, PHONES[0], **parts)
    assert [(own["name"], own["phone"], own["status"]) for own in kept] == [
        ("王小明", "+86" + PHONES[0], "cancelled_by_citizen"),
        ("王小明", "+86" + PHONES[0], "confirmed"),
    ]
    done = desk.database.write_now(service.erase_for_phone, PHONES[0], **parts)
    assert (done.erased, done.kept) == (1, (local(14),))
    with pytest.raises(LinkErased):
        desk.look_up(over.token)
    assert desk.look_up(coming.token).name_masked == desk.look_up(other.token).name_masked
    noted = [(row.what, row.subject) for row in desk.rows(audit_tables.AuditRow)]  # type: ignore[attr-defined]
    ids = [str(each.appointment.id) for each in (over, coming)]
    assert noted == [
        *[("privacy.export", subject) for subject in ("", *ids)],
        *[("privacy.erase", subject) for subject in ("", ids[0])],
    ]
    with pytest.raises(WrongRole):
        desk.database.write_now(
            service.export_for_phone,
            PHONES[0],
            **{**parts, "by": Staff(StaffId(uuid7()), "C", Role.CLERK, None)},
        )
