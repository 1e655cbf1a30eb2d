"""The questions that lead to the exact service, kept beside the catalogue: one source for every channel."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from kernel.tables import QuestionAnswerRow, QuestionRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlmodel import Session

_questions = QuestionRow.__table__
_answers = QuestionAnswerRow.__table__


@dataclass(frozen=True, slots=True)
class Answer:
    """A choice under a question: ``goto`` names the next one, or ``service_codes`` say where it leads."""

    text_zh: str
    text_en: str
    goto: str | None
    service_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answers in the order in which they are offered."""

    code: str
    ask_zh: str
    ask_en: str
    answers: tuple[Answer, ...]


def questions(session: Session) -> dict[str, Question]:
    """Return all questions by code, the first one first; none where the city asks none."""
    answers: defaultdict[str, list[Answer]] = defaultdict(list)
    for row in session.execute(select(_answers).order_by(_answers.c.question_code, _answers.c.position)):
        answers[row.question_code].append(
            Answer(row.text_zh, row.text_en, row.goto_code, tuple(row.service_codes))
        )
    rows = session.execute(select(_questions).order_by(_questions.c.position))
    return {row.code: Question(row.code, row.ask_zh, row.ask_en, tuple(answers[row.code])) for row in rows}


def replace_questions(session: Session, asked: Iterable[Question]) -> None:
    """Let these questions, the first one first, stand in place of those there are; none takes them away."""
    wanted = list(asked)
    session.execute(delete(_answers))
    session.execute(delete(_questions))
    if not wanted:
        return
    session.execute(
        insert(_questions),
        [
            {"code": each.code, "position": place, "ask_zh": each.ask_zh, "ask_en": each.ask_en}
            for place, each in enumerate(wanted)
        ],
    )
    session.execute(
        insert(_answers),
        [
            {
                "question_code": question.code,
                "position": place,
                "text_zh": answer.text_zh,
                "text_en": answer.text_en,
                "goto_code": answer.goto,
                "service_codes": list(answer.service_codes),
            }
            for question in wanted
            for place, answer in enumerate(question.answers)
        ],
    )
