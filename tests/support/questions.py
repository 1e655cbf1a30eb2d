"""Questions over the small city's three services, as a file and in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.city import forget_city
from kernel.questions import Answer, Question, replace_questions

if TYPE_CHECKING:
    from kernel.database import Database

SMALL = """
root = "start"

[[question]]
code = "start"
ask = { zh = "要办哪方面的事？", en = "What is it about?" }
answers = [
  { zh = "证件和户口", en = "Papers and household", goto = "papers" },
  { zh = "社保", en = "Insurance", services = ["insurance"] },
]

[[question]]
code = "papers"
ask = { zh = "哪一种？", en = "Which of them?" }
answers = [
  { zh = "身份证丢了", en = "ID card lost", services = ["id-card"] },
  { zh = "搬家了", en = "Moved house", services = ["household", "id-card", "insurance"] },
]
"""

QUESTIONS = (
    Question(
        "start",
        "要办哪方面的事？",
        "What is it about?",
        (
            Answer("证件和户口", "Papers and household", "papers", ()),
            Answer("社保", "Insurance", None, ("insurance",)),
        ),
    ),
    Question(
        "papers",
        "哪一种？",
        "Which of them?",
        (
            Answer("身份证丢了", "ID card lost", None, ("id-card",)),
            Answer("搬家了", "Moved house", None, ("household", "id-card", "insurance")),
        ),
    ),
)


def ask_questions(database: Database) -> None:
    """Give the small city its questions; who keeps the city in memory reads it anew after the commit."""
    database.write_now(replace_questions, QUESTIONS)
    database.read_now(forget_city)
