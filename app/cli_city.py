"""``jinban catalogue``: a city's halls and services, from its files into an empty database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from app.cli_people import opened
from app.parts import clock_of
from kernel import catalogue
from kernel.errors import Conflict
from sim.catalogue import CatalogueError, load_city
from sim.seed.floor import add_floor
from sim.seed.ids import new_ids
from sim.seed.places import add_places, name_departments

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from sim.catalogue import City

say = Console()


class CityThere(Conflict):
    code, title = "city-there", "The database has halls already; a catalogue is written into an empty one."
    help = "Change halls on their set-up pages, or take another database."


def load_catalogue(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="Laid out like sim/data (docs/reference).")
    ],
    departments: Annotated[
        bool, typer.Option(help="Only name the departments of the services that are there.")
    ] = False,
) -> None:
    """Write a city's halls, services, windows and starting plans into an empty database; nobody's account."""
    try:
        city = load_city(folder)
    except (CatalogueError, OSError) as wrong:
        Console(stderr=True).print(f"{wrong}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from wrong
    database, settings = opened()
    if departments:
        named, unknown = database.write_now(name_departments, city)
        say.print(f"The departments of {named} services are named.")
        if unknown:
            say.print(f"Not in the catalogue: {', '.join(unknown)}.", highlight=False, soft_wrap=True)
        return
    database.write_now(_write, city, clock_of(settings).now())
    say.print(
        f"{len(city.halls)} halls, {len(city.terminals)} terminals, {len(city.services)} services written."
    )


def _write(session: Session, city: City, now: datetime) -> None:
    if catalogue.halls(session):
        raise CityThere
    ids = new_ids(city)
    add_places(session, city, ids, at=now)
    add_floor(session, city, ids, at=now)
