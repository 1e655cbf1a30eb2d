"""A visit is rated once by whoever holds it, in time, and never by anybody else; on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from booking import service as booking
from booking.errors import PhoneInvalid
from booking.ratings.errors import RatingClosed, RatingFinal, RatingNotAsked
from booking.ratings.report import By
from booking.ratings.tables import RatingCaseRow, RatingRow
from booking.rules.ratings import Level, Reason
from kernel.identity import CITIZEN, WrongHall
from kernel.tables import HallRow
from queueing import service as queueing
from queueing.errors import TicketNotFound
from tests.conftest import MORNING

if TYPE_CHECKING:
    from tests.ratings.raters import Raters

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def test_a_served_visit_is_rated_and_the_rating_is_read_again(raters: Raters) -> None:
    token = raters.served()
    assert (raters.look(token).may_rate, raters.look(token).level) == (True, None)
    raters.rate(token, Level.VERY_SATISFIED, reasons=(Reason.SKILL,), text="很耐心")
    seen = raters.look(token)
    assert (seen.level, seen.reasons, seen.text) == (Level.VERY_SATISFIED, (Reason.SKILL,), "很耐心")


def test_who_waits_left_or_was_missed_is_not_asked(raters: Raters) -> None:
    waits, leaves, misses = raters.come(), raters.come(), raters.come()
    raters.database.write_now(queueing.give_up, leaves, clock=raters.clock, vault=raters.vault)
    called = raters.call()
    raters.database.write_now(queueing.miss, called.id, by=raters.city.clerks[0], clock=raters.clock)
    for token in (waits, leaves, misses):
        assert not raters.look(token).asked
        with pytest.raises(RatingNotAsked):
            raters.rate(token)
    with pytest.raises(TicketNotFound):
        raters.rate("no-such-token-at-all")


def test_a_visit_of_two_services_is_rated_once_after_the_last(raters: Raters) -> None:
    token = raters.come("id-card", "insurance")
    raters.serve(0)
    assert not raters.look(token).asked, "the second service still waits"
    raters.serve(2)
    raters.rate(token, Level.SATISFIED)
    assert len(raters.rows(RatingRow)) == 1
    assert [(cell.queue.prefix, cell.sums.visits) for cell in raters.report().cells if cell.queue] == [
        ("B", 1)
    ]


def test_a_second_press_changes_the_rating_within_its_time_and_then_it_is_final(raters: Raters) -> None:
    token = raters.served()
    raters.rate(token, Level.SATISFIED, text="好")
    raters.clock.advance(59 * MINUTE)
    changed = raters.rate(token, Level.BASICALLY_SATISFIED)
    assert (changed.level, changed.text) == (Level.BASICALLY_SATISFIED, ""), "each press says everything anew"
    raters.clock.advance(1 * MINUTE)
    assert not raters.look(token).may_rate
    with pytest.raises(RatingFinal):
        raters.rate(token, Level.VERY_SATISFIED)
    assert len(raters.rows(RatingRow)) == 1


def test_a_visit_can_be_rated_for_the_published_days_and_then_counts_as_not_rated(raters: Raters) -> None:
    token = raters.served()
    midnight = MORNING.replace(hour=0, minute=0) + 6 * DAY  # Wednesday and five days after it
    raters.clock.set(midnight - MINUTE)
    assert raters.look(token).may_rate
    assert (raters.report().whole.open, raters.report().whole.unrated) == (1, 0)
    raters.clock.set(midnight)
    with pytest.raises(RatingClosed):
        raters.rate(token)
    whole = raters.report().whole
    assert (whole.visits, whole.rated, whole.open, whole.unrated) == (1, 0, 0, 1)
    assert whole.levels == dict.fromkeys(Level, 0)


def test_the_published_values_are_the_halls_own(raters: Raters) -> None:
    def publish(session: object) -> None:
        session.get(HallRow, raters.city.hall).policy = {"rating_open_days": 1, "rating_change_minutes": 5}  # type: ignore[attr-defined]

    raters.database.write_now(publish)
    token, other = raters.served(), raters.served()
    raters.rate(token)
    raters.clock.advance(5 * MINUTE)
    with pytest.raises(RatingFinal):
        raters.rate(token)
    raters.clock.set(MORNING.replace(hour=0, minute=0) + 2 * DAY)
    with pytest.raises(RatingClosed):
        raters.rate(other)


def test_an_appointment_rates_the_visit_that_came_of_it(raters: Raters) -> None:
    opened = raters.clock.now()
    starts_at = opened.replace(minute=0) + 2 * HOUR
    at = {"clock": raters.clock, "vault": raters.vault}
    client = booking.Client(browser="b", address="203.0.113.9")
    held = raters.database.write_now(booking.hold, "H1", ["id-card"], starts_at, client=client, **at)
    person = booking.Person(name="王小明", phone="13800138000")
    raters.database.write_now(booking.confirm, held.token, person, **at)
    assert not raters.look(held.token).asked
    raters.clock.set(starts_at - 20 * MINUTE)
    issued = raters.database.write_now(booking.check_in, held.token, by=CITIZEN, **at)
    raters.serve()
    raters.rate(held.token, Level.SATISFIED)
    raters.rate(issued.token, Level.VERY_SATISFIED)
    assert [row.level for row in raters.rows(RatingRow)] == ["very_satisfied"], "one visit, one rating"


def test_only_a_bad_rating_opens_a_case(raters: Raters) -> None:
    for level in Level:
        raters.rate(raters.served(), level)
    assert len(raters.rows(RatingCaseRow)) == 2
    assert {case.level for case in raters.cases()} == {Level.DISSATISFIED, Level.VERY_DISSATISFIED}


def test_a_number_that_is_none_is_refused_and_nothing_is_stored(raters: Raters) -> None:
    token = raters.served()
    with pytest.raises(PhoneInvalid):
        raters.rate(token, Level.DISSATISFIED, phone="12345")
    assert raters.rows(RatingRow) == []


@pytest.mark.slow
def test_the_report_counts_what_was_said_and_what_was_not(raters: Raters) -> None:
    for level in (Level.VERY_SATISFIED, Level.SATISFIED, Level.SATISFIED, Level.BASICALLY_SATISFIED):
        raters.rate(raters.served(), level)
    raters.rate(raters.served("insurance"), Level.DISSATISFIED, reasons=(Reason.WAIT,))
    raters.served()
    raters.come()
    cells = {cell.queue.prefix: cell.sums for cell in raters.report().cells if cell.queue}
    assert (cells["A"].visits, cells["A"].rated, cells["A"].open) == (5, 4, 1)
    assert (cells["B"].visits, cells["B"].bad) == (1, 1)
    assert (cells["A"].reasons, cells["B"].reasons) == ({}, {Reason.WAIT: 1})
    whole = raters.report(By.HALL).whole
    assert (whole.satisfied.count, whole.satisfied.of, whole.satisfied.value) == (4, 5, 0.8)
    assert [cell.service.code for cell in raters.report(By.SERVICE).cells if cell.service] == [
        "id-card",
        "insurance",
    ]
    weeks = {cell.week.isoformat() for cell in raters.report(By.WEEK).cells if cell.week}
    assert weeks == {"2026-11-16"}


def test_rated_share_is_of_visits_whose_time_is_over(raters: Raters) -> None:
    raters.rate(raters.served(), Level.SATISFIED)
    raters.served()
    assert raters.report().whole.rated_share.of == 0
    raters.clock.advance(6 * DAY)
    share = raters.report().whole.rated_share
    assert (share.count, share.of) == (1, 2)


def test_a_manager_reads_the_own_hall_only(raters: Raters) -> None:
    with pytest.raises(WrongHall):
        raters.report(reader=raters.city.other_clerk)
