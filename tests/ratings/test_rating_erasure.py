"""What was written about a visit goes with the visit's personal data; what it was rated stays counted."""

from __future__ import annotations

from datetime import timedelta

from booking import service
from booking.ratings.tables import CallBackRow, RatingRow
from booking.service import erasing
from queueing.tables import VisitRow
from tests.ratings.raters import PHONE, Raters
from tests.ratings.test_rating_cases import bad


def test_words_and_number_go_with_the_visits_link(raters: Raters) -> None:
    bad(raters, phone=PHONE, text="等得太久")
    raters.database.write_now(service.erase_due, raters.city.hall, clock=raters.clock)
    assert raters.rows(RatingRow)[0].text_sealed is not None, "its time is not over yet"
    assert len(raters.rows(CallBackRow)) == 1
    raters.clock.advance(timedelta(days=31))
    raters.database.write_now(service.erase_due, raters.city.hall, clock=raters.clock)
    assert [own.token_hash for own in raters.rows(VisitRow)] == [None]
    assert [(own.text_sealed, own.level) for own in raters.rows(RatingRow)] == [(None, "dissatisfied")]
    assert raters.rows(CallBackRow) == []


def test_a_visit_that_was_erased_leaves_the_words_of_others(raters: Raters) -> None:
    bad(raters, text="第一个人写的")
    raters.clock.advance(timedelta(days=20))
    bad(raters, text="第二个人写的")
    raters.clock.advance(timedelta(days=11))
    raters.database.write_now(erasing.erase_due, raters.city.hall, clock=raters.clock)
    by_time = sorted(raters.rows(RatingRow), key=lambda own: own.rated_at)
    assert [own.text_sealed is None for own in by_time] == [True, False]
