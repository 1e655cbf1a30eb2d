"""Answering questions until one stands before the exact service.

Where somebody stands is their path: the number of each answer, from 1, in the order in which they were
given. It lies in the address and nowhere else, so going back loses nothing and two people never mix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kernel.questions import Answer, Question

LONGEST_PATH = 20  # far more than any tree that is let in asks in a row

Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A question that was answered; ``before`` is the path that leads to it, ``after`` the path with it."""

    question: Question
    answer: Answer
    before: Path
    after: Path


@dataclass(frozen=True, slots=True)
class Standing:
    """What was answered so far, and either the next question or the services that the answers lead to."""

    steps: tuple[Step, ...]
    question: Question | None
    service_codes: tuple[str, ...]


def path_of(text: str) -> Path | None:
    """Return a path as it is written in an address, None for what is none.

    >>> path_of("2-1"), path_of(""), path_of("0"), path_of("2-x")
    ((2, 1), (), None, None)
    """
    if not text:
        return ()
    parts = text.split("-")
    if len(parts) > LONGEST_PATH or not all(
        part.isascii() and part.isdigit() and len(part) <= 2 for part in parts
    ):
        return None
    numbers = tuple(int(part) for part in parts)
    return numbers if min(numbers) > 0 else None


def path_text(path: Path) -> str:
    """Return a path as it is written in an address.

    >>> path_text((2, 1))
    '2-1'
    """
    return "-".join(map(str, path))


def standing(questions: Mapping[str, Question], path: Path) -> Standing | None:
    """Return where a path leads, None where these questions have no such answer; the first is asked first."""
    asked: Question | None = next(iter(questions.values()), None)
    steps: list[Step] = []
    services: tuple[str, ...] = ()
    for place, number in enumerate(path):
        if asked is None or number > len(asked.answers):
            return None
        answer = asked.answers[number - 1]
        steps.append(Step(asked, answer, path[:place], path[: place + 1]))
        asked = questions.get(answer.goto) if answer.goto is not None else None
        services = answer.service_codes
    return Standing(tuple(steps), asked, services)


def leads_to(questions: Mapping[str, Question], answer: Answer) -> frozenset[str]:
    """Return the codes of all services that can still be reached after an answer."""
    found, waiting = set(answer.service_codes), [answer.goto]
    seen: set[str] = set()
    while waiting:
        code = waiting.pop()
        if code is None or code in seen or code not in questions:
            continue
        seen.add(code)
        for further in questions[code].answers:
            found.update(further.service_codes)
            waiting.append(further.goto)
    return frozenset(found)


def is_possible(questions: Mapping[str, Question], answer: Answer, offered: Collection[str]) -> bool:
    """Return whether an answer still leads to something that is offered."""
    return not leads_to(questions, answer).isdisjoint(offered)
