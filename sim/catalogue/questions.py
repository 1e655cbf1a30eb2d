"""Reads the questions that lead to a service, and refuses trees in which somebody could get lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.catalogue.services import by_code, open_file
from sim.catalogue.shapes import Answer, CatalogueError, Question

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from sim.catalogue.fields import Fields

FILE = "questions.toml"
MOST_IN_A_ROW = 6  # whoever has answered so many asks at the help desk instead
MOST_ANSWERS = 12  # more are not taken in at one look, and do not fit a kiosk's screen


def read_questions(path: Path, services: Collection[str]) -> dict[str, Question]:
    """Return the questions by code, the first one first; none where there is no file.

    Every question, and every one of ``services``, can be reached from the first question, without going in
    circles; anything else is a `CatalogueError` that names question and answer.
    """
    if not path.exists():
        return {}
    file = open_file(path)
    root = file.text("root")
    questions = by_code(path.name, (_question(row, services) for row in file.tables("question")))
    file.known([root], questions, "question")
    file.done()
    _check(path.name, questions, root, services)
    return {root: questions[root], **questions}


def _question(row: Fields, services: Collection[str]) -> Question:
    code = row.text("code")
    row.where = code
    question = Question(
        code, row.words("ask"), tuple(_answer(item, services) for item in row.tables("answers"))
    )
    row.done()
    if len(question.answers) < 2:
        raise row.refuse("a question needs two answers or more")
    if len(question.answers) > MOST_ANSWERS:
        raise row.refuse(f"{len(question.answers)} answers; at most {MOST_ANSWERS} are taken in at one look")
    return question


def _answer(row: Fields, services: Collection[str]) -> Answer:
    text = row.bilingual()
    goto = row.text("goto") if row.has("goto") else None
    found = row.texts("services", optional=True)
    row.known(found, services, "service")
    row.done()
    if (goto is None) == (not found):
        raise row.refuse("an answer leads either to a question or to services")
    return Answer(text, goto, found)


def _check(file: str, questions: Mapping[str, Question], root: str, services: Collection[str]) -> None:
    for question in questions.values():
        for place, answer in enumerate(question.answers, 1):
            if answer.goto is not None and answer.goto not in questions:
                raise CatalogueError(
                    file, f"{question.code} answers {place}: no question is called {answer.goto}"
                )
    steps: dict[str, int] = {}
    _count_steps(file, questions, root, (), steps)
    lost = sorted(set(questions) - set(steps))
    if lost:
        raise CatalogueError(file, f"nothing leads to {', '.join(lost)}")
    asked = {code for each in questions.values() for answer in each.answers for code in answer.services}
    hidden = sorted(set(services) - asked)
    if hidden:
        raise CatalogueError(file, f"no answer leads to the services {', '.join(hidden)}")


def _count_steps(
    file: str,
    questions: Mapping[str, Question],
    code: str,
    above: tuple[str, ...],
    steps: dict[str, int],
) -> int:
    """Return how many questions are asked in a row from this one on; ``steps`` keeps what is known."""
    if code in above:
        way = " → ".join((*above[above.index(code) :], code))
        raise CatalogueError(file, f"'{code}' leads back to itself: {way}")
    if code not in steps:
        ways = [answer.goto for answer in questions[code].answers if answer.goto is not None]
        if len(above) >= MOST_IN_A_ROW:
            raise CatalogueError(file, f"'{code}' comes after {len(above)} others; at most {MOST_IN_A_ROW}")
        further = [_count_steps(file, questions, way, (*above, code), steps) for way in ways]
        steps[code] = 1 + max(further, default=0)
    if len(above) + steps[code] > MOST_IN_A_ROW:
        raise CatalogueError(file, f"'{code}' makes more than {MOST_IN_A_ROW} questions in a row")
    return steps[code]
