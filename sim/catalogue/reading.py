"""Reads the whole city and checks what no single file can know."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from sim.catalogue.halls import read_halls
from sim.catalogue.places import read_places
from sim.catalogue.questions import read_questions
from sim.catalogue.services import (
    read_departments,
    read_papers,
    read_queues,
    read_services,
    read_themes,
)
from sim.catalogue.shapes import CatalogueError, City
from sim.catalogue.terminals import read_terminals

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
    questions = read_questions(catalogue / "questions.toml", services)
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
        halls=MappingProxyType(halls),
        terminals=read_terminals(catalogue / "terminals.toml", halls, services),
    )
    _check_offers(city)
    return city


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
