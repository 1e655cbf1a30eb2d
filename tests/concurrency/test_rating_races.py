"""Two devices of one person, two supervisors with one answer; beside each race its twin without the guard.

On SQLite the twins go behind the single writer, on connections of their own: behind it naive code
cannot fail.
"""

from __future__ import annotations

from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlmodel import Session

from booking.ratings import service
from booking.ratings.errors import RatingCaseNotPossible
from booking.ratings.service import RatingView
from booking.ratings.tables import RatingCaseRow, RatingRow
from booking.rules.rating_cases import CaseAction
from booking.rules.ratings import Level
from kernel.errors import Busy
from kernel.ids import uuid7
from queueing import visits
from tests.ratings.raters import Raters
from tests.support.races import answers_of, behind_the_writer

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

LEVELS = (Level.VERY_SATISFIED, Level.DISSATISFIED)
ROUNDS = 8
ratings, cases = RatingRow.__table__, RatingCaseRow.__table__  # type: ignore[attr-defined]


@pytest.fixture
def raters(database: Database, city: SmallCity, clock: ManualClock, vault: Vault) -> Raters:
    return Raters(database, city, clock, vault)


@pytest.mark.slow
def test_two_devices_give_one_visit_one_rating(raters: Raters) -> None:
    for turn in range(1, ROUNDS + 1):
        token = raters.served()
        outcomes = answers_of(lambda n, own=token: raters.rate(own, LEVELS[n]))
        assert all(isinstance(each, RatingView) for each in outcomes), outcomes
        assert len(raters.rows(RatingRow)) == turn
        said = raters.look(token).level
        alive = [case for case in raters.cases() if case.status == "open"]
        bad = sum(row.level == Level.DISSATISFIED for row in raters.rows(RatingRow))
        assert said in LEVELS
        assert len(alive) == bad, "a case is alive exactly where the rating is bad"


def test_without_lock_and_key_the_race_for_a_rating_is_real(raters: Raters) -> None:
    """Both devices look and find no rating; without the unique index both write one."""
    token = raters.served()
    with raters.database.engine.begin() as connection:
        connection.execute(text("DROP INDEX rating_of_visit"))
    visit = raters.database.read_now(lambda session: _visit(session, token, raters.vault))
    both_looked = Barrier(2)

    def naive(number: int) -> bool:
        def unit(session: Session) -> bool:
            found = session.execute(select(ratings.c.id).where(ratings.c.visit_id == visit.id)).all()
            session.commit()
            both_looked.wait(5)
            if found:
                return False
            at = raters.clock.now()
            session.execute(
                insert(ratings).values(
                    **{"id": uuid7(), "visit_id": visit.id, "hall_id": visit.hall_id, "day": visit.day},
                    **{"queue_id": visit.queue_id, "service_id": visit.service_id, "reasons": []},
                    **{"level": LEVELS[number], "rated_at": at, "changed_at": at},
                )
            )
            return True

        return bool(behind_the_writer(raters.database, unit))

    assert answers_of(naive) == [True, True]
    assert len(raters.rows(RatingRow)) == 2


def _visit(session: Session, token: str, vault: Vault) -> visits.ServedVisit:
    visit_id = visits.visit_by_token(session, token, vault=vault)
    assert visit_id is not None
    visit = visits.served_visit(session, visit_id)
    assert visit is not None
    return visit


def test_the_key_holds_even_without_the_lock_of_the_visit(
    raters: Raters, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = raters.served()
    # SQLite's writer runs one unit at a time; PostgreSQL is where both stand there at once.
    both_looked = Barrier(1 if raters.database.is_sqlite else 2)
    refuse_late = service._refuse_late

    def look_then_wait(*args: Any) -> None:
        refuse_late(*args)
        both_looked.wait(5)

    monkeypatch.setattr(visits, "lock_visit", lambda *_: None)
    monkeypatch.setattr(service, "_refuse_late", look_then_wait)
    outcomes = answers_of(lambda n: raters.rate(token, LEVELS[n]))
    assert len(raters.rows(RatingRow)) == 1
    refused = [each for each in outcomes if isinstance(each, Busy)]
    assert len(refused) == (0 if raters.database.is_sqlite else 1), outcomes


def answered(raters: Raters) -> Any:
    raters.rate(raters.served(), Level.DISSATISFIED)
    case = next(own for own in raters.cases() if own.status == "open")
    raters.go_on(case.id, CaseAction.TAKE, by=raters.city.manager)
    return raters.go_on(case.id, CaseAction.ANSWER, "谈过了", by=raters.city.manager)


@pytest.mark.slow
def test_an_answer_is_accepted_or_sent_back_never_both(raters: Raters) -> None:
    reviewers = (raters.city.supervisor, raters.city.administrator)
    does = (CaseAction.ACCEPT, CaseAction.SEND_BACK)
    for _ in range(ROUNDS):
        case = answered(raters)
        outcomes = answers_of(lambda n, own=case.id: raters.go_on(own, does[n], "还缺", by=reviewers[n]))
        refused = [each for each in outcomes if isinstance(each, RatingCaseNotPossible)]
        assert len(refused) == 1, outcomes
        seen = next(own for own in (*raters.cases(), *raters.cases(ended=True)) if own.id == case.id)
        assert [step.what for step in seen.steps if step.what in does] == [
            does[outcomes.index(refused[0]) ^ 1]
        ]


def test_without_the_lock_an_answer_is_accepted_and_sent_back(raters: Raters) -> None:
    case = answered(raters)
    both_looked = Barrier(2)
    becomes = ("accepted", "handling")

    def naive(number: int) -> str:
        def unit(session: Session) -> str:
            status = session.execute(select(cases.c.status).where(cases.c.id == case.id)).scalar_one()
            session.commit()
            both_looked.wait(5)
            session.execute(update(cases).where(cases.c.id == case.id).values(status=becomes[number]))
            return str(status)

        return str(behind_the_writer(raters.database, unit))

    assert answers_of(naive) == ["answered", "answered"]
