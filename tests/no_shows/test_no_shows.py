"""What counts as not kept, what it leads to, and what never counts; on each database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from booking import service
from booking.no_shows import excusing, helping
from booking.no_shows.appealing import Proof
from booking.no_shows.errors import BookingPaused, NoShowNotFound, NoShowRuleChanged, NotPaused
from booking.rules.cancelling import CancelReason, Why
from booking.rules.no_shows import NoShowKind, NoShowStatus
from kernel.audit_tables import AuditRow
from kernel.identity import CITIZEN
from tests.booking.booking_city import local
from tests.no_shows.absentees import THREE

if TYPE_CHECKING:
    from tests.no_shows.absentees import Absentees

OFF = replace(THREE, in_force=False)


def kinds(absentees: Absentees) -> list[tuple[str, str]]:
    return [(row.kind, row.status) for row in absentees.written()]


def test_by_default_no_rule_is_in_force_and_nothing_is_written(absentees: Absentees) -> None:
    for _ in range(4):
        absentees.miss()
    assert absentees.written() == []
    absentees.book(absentees.next_start())


def test_three_no_shows_pause_booking_and_the_refusal_says_until_when(absentees: Absentees) -> None:
    absentees.publish()
    booked = [absentees.miss() for _ in range(3)]
    assert kinds(absentees) == [("absent", "counts")] * 3
    with pytest.raises(BookingPaused) as refused:
        absentees.book(absentees.next_start())
    last = booked[-1].appointment.starts_at
    assert refused.value.facts["until"] == last + timedelta(days=30)
    assert refused.value.facts["no_shows"] == 3
    assert set(refused.value.facts) == {"until", "no_shows", "appeal_at"}, (
        "which ones only who proves it reads"
    )
    absentees.book(absentees.next_start(), number=1)
    absentees.clock.set(last + timedelta(days=30))
    absentees.book(absentees.next_start())


def test_two_are_not_three_and_the_rolling_time_forgets(absentees: Absentees) -> None:
    absentees.publish(replace(THREE, within_days=30))
    first = absentees.miss()
    absentees.miss()
    absentees.clock.set(first.appointment.starts_at + timedelta(days=30, hours=1))
    absentees.miss()
    absentees.book(absentees.next_start())


def test_what_happened_under_no_rule_never_counts_afterwards(absentees: Absentees) -> None:
    absentees.miss()
    absentees.publish()
    absentees.miss()
    absentees.publish(OFF, after=1)
    absentees.miss()
    absentees.publish(after=2)
    absentees.miss()
    assert [row.rule_version for row in absentees.written()] == [1, 3]
    absentees.book(absentees.next_start())


def test_a_stricter_rule_pauses_nobody_backwards(absentees: Absentees) -> None:
    absentees.publish()
    absentees.miss()
    absentees.miss()
    absentees.publish(replace(THREE, limit=2), after=1)
    absentees.book(absentees.next_start())


def test_a_rule_that_is_switched_off_ends_pauses(absentees: Absentees) -> None:
    absentees.publish()
    for _ in range(3):
        absentees.miss()
    absentees.publish(OFF, after=1)
    absentees.book(absentees.next_start())


def test_who_saw_an_older_version_publishes_none(absentees: Absentees) -> None:
    absentees.publish()
    with pytest.raises(NoShowRuleChanged):
        absentees.publish(OFF)
    trail: list[Any] = [row for row in absentees.rows(AuditRow) if row.what == "no-show-rule.publish"]
    assert [row.detail["after"]["limit"] for row in trail] == [3]


def test_who_came_late_or_cancelled_in_time_has_nothing_written(absentees: Absentees) -> None:
    absentees.publish()
    start = absentees.next_start()
    absentees.clock.set(start - timedelta(hours=3))
    late, gone = absentees.book(start), absentees.book(start, number=1)
    moved = absentees.book(start + timedelta(minutes=30), number=2)
    absentees.do(service.cancel, gone.token)
    absentees.do(service.reschedule, moved.token, start + timedelta(days=1))
    absentees.clock.set(start + timedelta(minutes=40))
    absentees.do(service.check_in, late.token, by=CITIZEN)
    absentees.worked(start)
    absentees.end_day()
    assert absentees.written() == []


def test_what_the_hall_cancels_never_counts(absentees: Absentees) -> None:
    absentees.publish()
    start = absentees.next_start()
    booked = absentees.book(start)
    absentees.clock.set(start - timedelta(minutes=1))
    absentees.database.write_now(
        service.cancel_by_hall, absentees.city.halls["city"], [booked.appointment.id],
        Why(CancelReason.WEATHER), by=absentees.manager.actor, clock=absentees.clock, vault=absentees.vault,
    )  # fmt: skip
    absentees.worked(start)
    absentees.end_day()
    assert absentees.written() == []


@pytest.mark.parametrize("kind", [NoShowKind.CANCELLED_LATE, NoShowKind.MOVED_LATE])
def test_cancelling_or_moving_after_the_published_time_counts_once(
    absentees: Absentees, kind: NoShowKind
) -> None:
    absentees.publish()
    start = absentees.next_start()
    booked = absentees.book(start)
    absentees.clock.set(start - timedelta(minutes=59))
    if kind is NoShowKind.CANCELLED_LATE:
        absentees.do(service.cancel, booked.token)
    else:
        absentees.do(service.reschedule, booked.token, start + timedelta(days=1))
    assert kinds(absentees) == [(kind, "counts")]
    absentees.clock.set(start + timedelta(days=1))
    absentees.worked(start + timedelta(days=1))
    absentees.end_day()
    assert len(absentees.written()) == 1, "once an appointment"


def test_who_books_too_late_to_cancel_in_time_has_until_the_start(absentees: Absentees) -> None:
    absentees.publish(replace(THREE, cancel_minutes=1440))
    start = absentees.next_start()
    absentees.clock.set(start - timedelta(hours=2))
    booked = absentees.book(start)
    absentees.clock.set(start - timedelta(minutes=1))
    absentees.do(service.cancel, booked.token)
    assert absentees.written() == []


def test_a_hall_that_called_nobody_lets_nothing_count(absentees: Absentees) -> None:
    absentees.publish()
    start = absentees.next_start()
    absentees.book(start)
    absentees.clock.set(start)
    absentees.worked(start - timedelta(hours=2))
    absentees.end_day()
    assert absentees.written() == []


def test_an_outage_takes_back_what_counted_and_keeps_the_rest_of_the_day_from_counting(
    absentees: Absentees,
) -> None:
    absentees.publish()
    before = absentees.miss()
    start = absentees.next_start()
    other = absentees.book(start, number=1)
    absentees.clock.set(start + timedelta(minutes=30))
    absentees.worked(start)
    hour = timedelta(hours=1)
    done = absentees.at_hall(
        excusing.declare_outage, before.appointment.starts_at - hour, start + hour, "断网，无法办理"
    )
    assert done.excused == 1
    absentees.end_day()
    assert kinds(absentees) == [("absent", "excused")]
    seen = absentees.why(Proof(before.token))
    assert (seen.status, seen.excuse) == (NoShowStatus.EXCUSED, "断网，无法办理")
    with pytest.raises(NoShowNotFound):
        absentees.why(Proof(other.token))


def test_an_error_of_a_clerk_is_taken_back_and_ends_the_pause_at_once(absentees: Absentees) -> None:
    absentees.publish()
    for _ in range(3):
        absentees.miss()
    absentees.excuse(absentees.written()[0].id)
    absentees.book(absentees.next_start())


def test_staff_let_somebody_book_once_with_a_noted_reason(absentees: Absentees) -> None:
    absentees.publish()
    phone = "13800138000"
    with pytest.raises(NotPaused):
        absentees.at_hall(helping.grant_exception, phone, "替老人预约", by=absentees.clerk)
    for _ in range(3):
        absentees.miss()
    leave = absentees.at_hall(helping.grant_exception, phone, "替老人预约", by=absentees.clerk)
    assert leave.phone_masked == "138****8000"
    absentees.book(absentees.next_start())
    with pytest.raises(BookingPaused):
        absentees.book(absentees.next_start())
    trail: list[Any] = [row for row in absentees.rows(AuditRow) if row.what == "no-show.exception"]
    assert [row.detail["reason"] for row in trail] == ["替老人预约"]


def test_an_appointment_made_before_the_pause_stays_and_may_be_moved(absentees: Absentees) -> None:
    absentees.publish()
    absentees.miss()
    absentees.miss()
    later = local(10, 30, days=9)
    kept = absentees.book(later)
    absentees.miss()
    with pytest.raises(BookingPaused):
        absentees.book(later + timedelta(hours=4))
    absentees.do(service.reschedule, kept.token, later + timedelta(hours=4))
