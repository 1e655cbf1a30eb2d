"""Refusals of the questions."""

from __future__ import annotations

from kernel.errors import NotFound


class QuestionsNotAsked(NotFound):
    code, title = "questions-not-asked", "This city has no questions that lead to a service."
    help = "GET /api/v1/services finds services by what is typed."
    help_on_page = "Type what you need on the front page, or ask at any help desk."


class AnswerUnknown(NotFound):
    code, title = "answer-unknown", "There is no such answer; the questions have changed."
    help = "GET /api/v1/questions returns the questions as they are now."
    help_on_page = "Begin with the first question."
