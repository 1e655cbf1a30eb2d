"""Questions lead to the exact service, on both databases, and whoever goes back loses nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError

from app.migrate import migrate
from app.schema import revisions
from booking.questions.errors import AnswerUnknown, QuestionsNotAsked
from booking.questions.service import ask, ask_in_hall
from booking.rules.questions import leads_to, path_of, path_text, standing
from displays.questions import Way
from kernel.questions import questions, replace_questions
from kernel.tables import QuestionAnswerRow, QuestionRow
from sim.catalogue import load_city
from sim.seed.places import questions_of
from tests.support.migrations import check_in_step, downgrade
from tests.support.questions import QUESTIONS, ask_questions

if TYPE_CHECKING:
    import httpx2

    from kernel.database import Database
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

OWN = {QuestionRow.__tablename__, QuestionAnswerRow.__tablename__}
TREE = {each.code: each for each in QUESTIONS}
SHANWEI = {each.code: each for each in questions_of(load_city().questions.values())}


def codes(database: Database, path: str) -> list[str]:
    return [each.code for each in database.read_now(ask, path).services]


@given(st.lists(st.integers(1, 12), max_size=4).map(tuple))
def test_a_path_leads_where_its_answers_do_or_nowhere(path: tuple[int, ...]) -> None:
    found = standing(SHANWEI, path)
    if found is None:
        return
    assert path_of(path_text(path)) == path
    assert [step.after for step in found.steps] == [path[: n + 1] for n in range(len(path))]
    assert (found.question is None) == bool(found.service_codes)
    for step in found.steps:
        assert set(found.service_codes) <= leads_to(SHANWEI, step.answer)


@given(st.data())
def test_whoever_goes_back_and_forward_again_stands_where_they_stood(data: st.DataObject) -> None:
    path: tuple[int, ...] = ()
    while (here := standing(SHANWEI, path)) is not None and here.question is not None:
        path = (*path, data.draw(st.integers(1, len(here.question.answers))))
    steps = here.steps if here else ()
    assert steps
    step = data.draw(st.sampled_from(steps))
    way = Way("/questions", path, ())
    address = way.again(step)
    back = Way.of("/questions", *_asked(address))
    assert (back.path, (*back.path, *back.was)) == (step.before, path), "nothing is lost"
    while back.path != path:
        at = standing(SHANWEI, back.path)
        assert at is not None
        again = [choice for choice in back.choices(at.question) if choice.chosen]
        assert len(again) == 1, "the answer of before is marked"
        back = Way.of("/questions", *_asked(again[0].address))
    assert back == way


def _asked(address: str) -> tuple[str, str]:
    query = dict(part.split("=") for part in address.partition("?")[2].split("&") if part)
    return query.get("path", ""), query.get("was", "")


def test_another_answer_forgets_what_followed_the_one_before() -> None:
    first, other = Way("/questions", (), (1, 2)).choices(TREE["start"])
    assert (first.address, first.chosen) == ("/questions?path=1&was=2", True)
    assert (other.address, other.chosen) == ("/questions?path=2", False)


def test_the_answers_lead_to_the_exact_services(database: Database, city: SmallCity) -> None:
    assert city.hall
    ask_questions(database)
    asked = database.read_now(ask, "1")
    assert asked.question == TREE["papers"]
    assert [step.answer.text_en for step in asked.steps] == ["Papers and household"]
    assert codes(database, "1-1") == ["id-card"]
    assert codes(database, "1-2") == ["household", "id-card", "insurance"]
    for nowhere in ("3", "1-1-1", "x", "0", "-", "1-" * 50 + "1"):
        with pytest.raises(AnswerUnknown):
            database.read_now(ask, nowhere)


def test_a_city_without_questions_asks_none(database: Database, city: SmallCity) -> None:
    assert city.hall
    with pytest.raises(QuestionsNotAsked):
        database.read_now(ask, "")


def test_new_questions_stand_in_place_of_the_old_ones(database: Database, city: SmallCity) -> None:
    assert city.hall
    ask_questions(database)
    other = replace(QUESTIONS[1], code="other")
    database.write_now(replace_questions, [other])
    assert database.read_now(questions) == {"other": other}
    database.write_now(replace_questions, [])
    assert database.read_now(questions) == {}


def test_questions_that_cannot_be_kept_leave_the_old_ones(database: Database, city: SmallCity) -> None:
    assert city.hall
    ask_questions(database)
    lost = replace(QUESTIONS[0], answers=(replace(QUESTIONS[0].answers[0], goto="nowhere"),))
    with pytest.raises(IntegrityError):
        database.write_now(replace_questions, [lost])
    assert database.read_now(questions) == TREE


def test_a_kiosk_says_what_its_hall_does_and_where_the_rest_is_done(
    database: Database, city: SmallCity
) -> None:
    ask_questions(database)
    first = database.read_now(ask_in_hall, "H2", "")
    assert first.possible == {1}, "insurance is done in the first hall alone"
    moved = database.read_now(ask_in_hall, "H2", "1-2")
    assert [(each.code, queue) for each, queue in moved.here] == [
        ("household", city.other_queue),
        ("id-card", city.other_queue),
    ]
    assert [(each.service.code, [hall.code for hall in each.halls]) for each in moved.elsewhere] == [
        ("insurance", ["H1"])
    ], "a terminal gives no tickets"


@pytest.mark.slow
def test_the_tables_of_the_questions_go_and_come_back(database: Database, city: SmallCity) -> None:
    assert city.hall
    ask_questions(database)
    downgrade(database, "0020")  # later revisions have tables of their own
    with database.engine.connect() as connection:
        before = set(inspect(connection).get_table_names())
    downgrade(database, revisions()[revisions().index("0020") - 1])
    with database.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == before - OWN
    migrate(database)
    check_in_step(database)
    assert database.read_now(questions) == {}


async def test_programs_get_all_questions_at_once(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts
) -> None:
    assert (await sqlite_client.get("/api/v1/questions")).json() == {"first": None, "questions": []}
    ask_questions(sqlite_parts.database)
    told = (await sqlite_client.get("/api/v1/questions")).json()
    assert told["first"] == "start"
    assert [each["code"] for each in told["questions"]] == ["start", "papers"]
    goto, ends = told["questions"][0]["answers"]
    assert (goto["goto"], goto["services"]) == ("papers", [])
    assert ends["services"] == [{"code": "insurance", "name_zh": "社保查询", "name_en": "Insurance"}]
