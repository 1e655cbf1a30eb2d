"""Reads the whole city and checks what no single file can know."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from sim.catalogue.halls import read_halls
from sim.catalogue.places import read_places
from sim.catalogue.services import (
    read_departments,
    read_papers,
    read_questions,
    read_queues,
    read_services,
    read_themes,
)
from sim.catalogue.shapes import CatalogueError, City
from sim.catalogue.terminals import read_terminals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.catalogue.shapes import Question

DATA = Path(__file__).resolve().parent.parent / "data"


def load_city(data: Path = DATA) -> City:
    """Return the demo city made of `data`; the same files give the same city.

    Raises `CatalogueError`, naming file and reason, on an unknown, missing or mistyped field, a reference
    that leads nowhere, a code that stands twice, or a rule broken across files.
    """
    catalogue = data / "catalogue"
    queues = read_queues(catalogue / "queues.toml")
    departments = read_departments(catalogue / "departments.toml")
    papers = read_papers(catalogue / "papers.toml")
    services = read_services(catalogue / "services", queues, departments, papers)
    root, questions = read_questions(catalogue / "questions.toml", services)
    places = read_places(data / "shanwei_halls.csv")
    zone, halls = read_halls(catalogue / "halls.toml", places, queues, services)
    city = City(
        zone=zone,
        queues=MappingProxyType(queues),
        departments=MappingProxyType(departments),
        papers=MappingProxyType(papers),
        services=MappingProxyType(services),
        themes=read_themes(catalogue / "themes.toml", services),
        questions=MappingProxyType(questions),
        root_question=root,
        halls=MappingProxyType(halls),
        terminals=read_terminals(catalogue / "terminals.toml", halls, services),
    )
    _check_questions(city)
    _check_offers(city)
    return city


def _check_questions(city: City) -> None:
    """Every question and every service can be reached from the first question, without going in circles."""
    reached = _walk(city.questions, city.root_question, ())
    lost = sorted(set(city.questions) - reached)
    if lost:
        raise CatalogueError("questions.toml", f"nothing leads to {', '.join(lost)}")
    asked = {code for item in city.questions.values() for answer in item.answers for code in answer.services}
    hidden = sorted(set(city.services) - asked)
    if hidden:
        raise CatalogueError("questions.toml", f"no answer leads to the services {', '.join(hidden)}")


def _walk(questions: Mapping[str, Question], code: str, above: tuple[str, ...]) -> set[str]:
    if code not in questions:
        raise CatalogueError("questions.toml", f"{above[-1]}: no question is called {code}")
    if code in above:
        raise CatalogueError("questions.toml", f"'{code}' leads back to itself")
    reached = {code}
    for answer in questions[code].answers:
        if answer.goto is not None:
            reached |= _walk(questions, answer.goto, (*above, code))
    return reached


def _check_offers(city: City) -> None:
    """Every service is done somewhere on each of its levels, and every theme in one hall."""
    done = {(offer.service, hall.level) for hall in city.halls.values() for offer in hall.offers}
    for service in city.services.values():
        for level in sorted(service.levels):
            if (service.code, level) not in done:
                raise CatalogueError("services", f"{service.code}: no {level} hall has a queue for it")
    menus = [{offer.service for offer in hall.offers} for hall in city.halls.values()]
    for theme in city.themes:
        if not any(menu.issuperset(theme.services) for menu in menus):
            raise CatalogueError("themes.toml", f"{theme.code}: no hall does all of it")
