"""A bad rating is answered for: taken, called back, answered, reviewed, in time, with every step kept."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from booking.ratings.errors import NoCallBackNumber, OwnAnswer, RatingCaseNotPossible
from booking.ratings.service import tidy_ratings
from booking.ratings.tables import CallBackRow, RatingCaseRow, RatingRow
from booking.rules.rating_cases import CaseAction, CaseStatus
from booking.rules.ratings import TEXT_KEPT_FOR, Level
from kernel.audit_tables import AuditRow
from kernel.identity import WrongHall, WrongRole
from tests.conftest import MORNING
from tests.ratings.raters import PHONE

if TYPE_CHECKING:
    from booking.ratings.case_views import CaseView
    from tests.ratings.raters import Raters

_A, _S = CaseAction, CaseStatus
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def bad(raters: Raters, *, phone: str | None = None, text: str = "") -> tuple[str, CaseView]:
    token = raters.served()
    raters.rate(token, Level.DISSATISFIED, phone=phone, text=text)
    return token, raters.cases()[-1]


def answered(raters: Raters) -> CaseView:
    _, case = bad(raters)
    raters.go_on(case.id, _A.TAKE, by=raters.city.manager)
    return raters.go_on(case.id, _A.ANSWER, "加开一个窗口", by=raters.city.manager)


def test_a_case_goes_from_the_rating_to_the_supervisors_yes(raters: Raters) -> None:
    manager, supervisor = raters.city.manager, raters.city.supervisor
    case = answered(raters)
    raters.clock.advance(MINUTE)
    back = raters.go_on(case.id, _A.SEND_BACK, "请说明何时开", by=supervisor)
    assert (back.status, back.handler) == (_S.HANDLING, "Manager")
    raters.go_on(case.id, _A.ANSWER, "周一起开", by=manager)
    over = raters.go_on(case.id, _A.ACCEPT, by=supervisor)
    assert over.status is _S.ACCEPTED
    assert [(step.what, step.who, step.note) for step in over.steps] == [
        ("open", "", ""),
        ("take", "Manager", ""),
        ("answer", "Manager", "加开一个窗口"),
        ("send_back", "Supervisor", "请说明何时开"),
        ("answer", "Manager", "周一起开"),
        ("accept", "Supervisor", ""),
    ]
    assert all(step.at is not None for step in over.steps[1:])
    trail = AuditRow.__table__  # type: ignore[attr-defined]
    steps = select(trail).where(trail.c.what.like("rating-case.%")).order_by(trail.c.id)
    found = raters.database.read_now(lambda session: list(session.execute(steps)))
    assert [row.what for row in found] == [f"rating-case.{step.what}" for step in over.steps[1:]]
    assert raters.cases() == ()
    assert [own.id for own in raters.cases(ended=True)] == [case.id]


def test_nobody_reviews_an_answer_of_their_own(raters: Raters) -> None:
    _, case = bad(raters)
    both = raters.city.administrator
    raters.go_on(case.id, _A.TAKE, by=both)
    raters.go_on(case.id, _A.ANSWER, "谈过了", by=both)
    with pytest.raises(OwnAnswer):
        raters.go_on(case.id, _A.ACCEPT, by=both)
    assert raters.go_on(case.id, _A.ACCEPT, by=raters.city.supervisor).status is _S.ACCEPTED


def test_everybody_keeps_to_their_part(raters: Raters) -> None:
    _, case = bad(raters)
    with pytest.raises(WrongRole):
        raters.go_on(case.id, _A.TAKE, by=raters.city.supervisor)
    with pytest.raises(WrongRole):
        raters.go_on(case.id, _A.TAKE, by=raters.city.clerks[0])
    with pytest.raises(WrongHall):
        raters.go_on(case.id, _A.TAKE, by=raters.city.other_clerk)
    with pytest.raises(RatingCaseNotPossible):
        raters.go_on(case.id, _A.ANSWER, "谁都没接", by=raters.city.manager)
    done = answered(raters)
    with pytest.raises(WrongRole):
        raters.go_on(done.id, _A.ACCEPT, by=raters.city.manager)
    with pytest.raises(RatingCaseNotPossible):
        raters.go_on(done.id, _A.WITHDRAW, by=raters.city.manager)


def test_what_is_offered_is_what_can_be_done(raters: Raters) -> None:
    _, case = bad(raters)
    assert case.may == {_A.TAKE}
    assert raters.cases(reader=raters.city.supervisor)[0].may == frozenset()
    taken = raters.go_on(case.id, _A.TAKE, by=raters.city.manager)
    assert taken.may == {_A.TAKE, _A.ANSWER}, "no number was left: there is nobody to call"
    raters.go_on(case.id, _A.ANSWER, "谈过了", by=raters.city.manager)
    assert raters.cases()[0].may == frozenset()
    assert raters.cases(reader=raters.city.supervisor)[0].may == {_A.ACCEPT, _A.SEND_BACK}


def test_a_case_is_overdue_from_the_end_of_its_last_working_day(raters: Raters) -> None:
    _, case = bad(raters)
    due = MORNING.replace(hour=17, minute=30) + 7 * DAY  # Wednesday, five working days on
    assert case.due_at == due
    raters.clock.set(due)
    assert not raters.cases()[0].overdue
    raters.clock.advance(MINUTE)
    assert raters.cases()[0].overdue
    assert raters.report().all_cases.overdue == 1
    raters.go_on(case.id, _A.TAKE, by=raters.city.manager)
    late = raters.go_on(case.id, _A.ANSWER, "迟了", by=raters.city.manager)
    assert (late.overdue, late.late) == (False, True)


def test_a_better_rating_in_time_ends_the_case_and_a_worse_one_brings_it_back(raters: Raters) -> None:
    token, case = bad(raters, phone=PHONE)
    raters.rate(token, Level.SATISFIED, phone=PHONE)
    assert raters.cases() == ()
    assert raters.cases(ended=True)[0].status is _S.WITHDRAWN
    assert raters.rows(CallBackRow) == [], "a good rating needs no call"
    raters.rate(token, Level.VERY_DISSATISFIED)
    assert [(own.id, own.status) for own in raters.cases()] == [(case.id, _S.OPEN)]
    assert [step.what for step in raters.cases()[0].steps] == ["open", "withdraw", "renew"]


def test_a_case_that_was_accepted_stays_so_whatever_the_citizen_presses(raters: Raters) -> None:
    token, case = bad(raters)
    raters.go_on(case.id, _A.TAKE, by=raters.city.manager)
    raters.go_on(case.id, _A.ANSWER, "谈过了", by=raters.city.manager)
    raters.go_on(case.id, _A.ACCEPT, by=raters.city.supervisor)
    for level in (Level.SATISFIED, Level.DISSATISFIED):
        raters.rate(token, level, phone=PHONE)
        assert raters.cases(ended=True)[0].status is _S.ACCEPTED
    assert raters.rows(CallBackRow) == []


def test_a_number_lies_sealed_and_each_look_at_it_is_a_step(raters: Raters) -> None:
    _, case = bad(raters, phone=PHONE)
    assert case.phone_masked == "139****0123"
    assert PHONE.encode() not in raters.rows(CallBackRow)[0].phone_sealed
    with pytest.raises(RatingCaseNotPossible):
        raters.number(case.id, by=raters.city.manager)
    raters.go_on(case.id, _A.TAKE, by=raters.city.manager)
    with pytest.raises(WrongRole):
        raters.number(case.id, by=raters.city.supervisor)
    assert raters.number(case.id, by=raters.city.manager) == f"+86{PHONE}"
    raters.go_on(case.id, _A.CALL_BACK, "已道歉", by=raters.city.manager)
    assert [step.what for step in raters.cases()[0].steps] == ["open", "take", "read_number", "call_back"]


def test_a_number_goes_with_the_end_of_the_case(raters: Raters) -> None:
    _, case = bad(raters, phone=PHONE)
    raters.go_on(case.id, _A.TAKE, by=raters.city.manager)
    raters.go_on(case.id, _A.ANSWER, "谈过了", by=raters.city.manager)
    assert len(raters.rows(CallBackRow)) == 1
    raters.go_on(case.id, _A.ACCEPT, by=raters.city.supervisor)
    assert raters.rows(CallBackRow) == []


def test_a_number_is_gone_within_thirty_days_whatever_becomes_of_the_case(raters: Raters) -> None:
    _, case = bad(raters, phone=PHONE)
    raters.go_on(case.id, _A.TAKE, by=raters.city.manager)
    raters.clock.advance(29 * DAY)
    assert raters.cases()[0].phone_masked is None, "before anything has erased it"
    with pytest.raises(NoCallBackNumber):
        raters.number(case.id, by=raters.city.manager)
    assert [step.what for step in raters.cases()[0].steps] == ["open", "take"], "a look at nothing is no step"
    raters.database.write_now(tidy_ratings, raters.clock.now())
    assert raters.rows(CallBackRow) == []
    assert len(raters.rows(RatingCaseRow)) == 1


def test_words_lie_sealed_and_are_erased_after_their_time(raters: Raters) -> None:
    bad(raters, text="等得太久")
    assert "等得太久".encode() not in raters.rows(RatingRow)[0].text_sealed
    assert raters.cases()[0].text == "等得太久"
    assert [own.text for own in raters.report().words] == ["等得太久"]
    raters.clock.advance(TEXT_KEPT_FOR + DAY)
    raters.database.write_now(tidy_ratings, raters.clock.now())
    row: Any = raters.rows(RatingRow)[0]
    assert (row.text_sealed, row.level) == (None, "dissatisfied")


def test_nothing_that_staff_see_tells_who_rated(raters: Raters) -> None:
    token = raters.served()
    raters.clock.advance(7 * MINUTE)
    raters.rate(token, Level.DISSATISFIED)
    seen = raters.cases(reader=raters.city.supervisor)[0]
    names = {name for name in seen.__dataclass_fields__}
    assert not names & {"visit_id", "rating_id", "ticket_id", "label", "window", "rated_at", "opened_at"}
    assert [(step.at, step.who) for step in seen.steps] == [(None, "")]
    assert seen.steps[0].on == seen.day
