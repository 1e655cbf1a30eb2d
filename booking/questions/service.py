"""Asking what somebody comes for, question by question, until one stands before the exact service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.city import city_of
from booking.in_hall import elsewhere, hall_in, offered_in
from booking.questions.errors import AnswerUnknown, QuestionsNotAsked
from booking.rules.questions import Standing, is_possible, path_of, standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from booking.city import City
    from booking.in_hall import Elsewhere
    from booking.rules.questions import Step
    from kernel.catalogue import Hall, Service, Theme
    from kernel.ids import QueueId
    from kernel.questions import Answer, Question


@dataclass(frozen=True, slots=True)
class Asked:
    """Where the answers lead: a further question, or these services and the errands that hold them."""

    steps: tuple[Step, ...]
    question: Question | None
    services: tuple[Service, ...]
    themes: tuple[Theme, ...]


@dataclass(frozen=True, slots=True)
class AskedInHall:
    """The same at a kiosk; ``possible`` are the numbers, from 1, of answers that lead to something done here.

    ``here`` are the services that one can take a ticket for, each with its queue; ``elsewhere`` those that
    other halls do.
    """

    hall: Hall
    steps: tuple[Step, ...]
    question: Question | None
    possible: frozenset[int]
    here: tuple[tuple[Service, QueueId], ...]
    elsewhere: tuple[Elsewhere, ...]


def ask(session: Session, path: str) -> Asked:
    """Return where the answers of a path lead; raises ``QuestionsNotAsked`` and ``AnswerUnknown``."""
    city = city_of(session)
    found = _standing(city, path)
    codes = set(found.service_codes)
    return Asked(
        steps=found.steps,
        question=found.question,
        services=_services(city, found.service_codes),
        themes=tuple(theme for theme in city.themes if len(codes & set(theme.service_codes)) > 1),
    )


def ask_in_hall(session: Session, hall_code: str, path: str) -> AskedInHall:
    """Return the same for somebody who stands in a hall; raises ``HallNotFound`` too.

    What the hall does not do is not hidden: who is told where it is done need not ask again.
    """
    city = city_of(session)
    hall = hall_in(city, hall_code)
    found = _standing(city, path)
    offered = offered_in(city, hall)
    services = _services(city, found.service_codes)
    answers: tuple[Answer, ...] = found.question.answers if found.question else ()
    return AskedInHall(
        hall=hall,
        steps=found.steps,
        question=found.question,
        possible=frozenset(
            number for number, answer in enumerate(answers, 1) if is_possible(city.questions, answer, offered)
        ),
        here=tuple((each, offered[each.code]) for each in services if each.code in offered),
        elsewhere=elsewhere(city, hall, services),
    )


def _standing(city: City, path: str) -> Standing:
    if not city.questions:
        raise QuestionsNotAsked
    numbers = path_of(path)
    found = None if numbers is None else standing(city.questions, numbers)
    if found is None:
        raise AnswerUnknown(path=path)
    return found


def _services(city: City, codes: Sequence[str]) -> tuple[Service, ...]:
    return tuple(city.services[code] for code in codes if code in city.services)
