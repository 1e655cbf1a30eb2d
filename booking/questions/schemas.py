"""Responses of the questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from booking.city_schemas import NamedOut
from kernel.web.schemas import Out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kernel.catalogue import Service
    from kernel.questions import Answer, Question


class AnswerOut(Out):
    """A choice: ``goto`` is the next question's code, None where ``services`` are what it leads to."""

    text_zh: str
    text_en: str
    goto: str | None
    services: list[NamedOut]

    @classmethod
    def of(cls, answer: Answer, services: Mapping[str, Service]) -> Self:
        known = [services[code] for code in answer.service_codes if code in services]
        return cls(
            text_zh=answer.text_zh,
            text_en=answer.text_en,
            goto=answer.goto,
            services=[NamedOut.model_validate(each) for each in known],
        )


class QuestionOut(Out):
    """A question with its answers in order; an answer's number in a path counts from 1."""

    code: str
    ask_zh: str
    ask_en: str
    answers: list[AnswerOut]

    @classmethod
    def of(cls, question: Question, services: Mapping[str, Service]) -> Self:
        return cls(
            code=question.code,
            ask_zh=question.ask_zh,
            ask_en=question.ask_en,
            answers=[AnswerOut.of(answer, services) for answer in question.answers],
        )


class QuestionsOut(Out):
    """All questions; ``first`` is the code of the one asked first, None where the city asks none."""

    first: str | None
    questions: list[QuestionOut]

    @classmethod
    def of(cls, questions: Sequence[Question], services: Mapping[str, Service]) -> Self:
        return cls(
            first=questions[0].code if questions else None,
            questions=[QuestionOut.of(each, services) for each in questions],
        )
