"""``jinban catalogue``: a city's halls and services, from its files and back into files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from app.catalogue_lines import doubted_label, told_lines
from app.cli_people import opened
from app.cli_privacy import open_database
from app.parts import clock_of
from booking.catalogue import store
from booking.catalogue.errors import CatalogueChangedMeanwhile
from booking.catalogue.service import change, compare
from booking.rules.catalogue import without_services
from kernel import catalogue
from sim.catalogue import CatalogueError, load_city
from sim.seed.floor import add_floor
from sim.seed.ids import new_ids
from sim.seed.places import add_places, name_departments
from sim.standing import read_files, write_catalogue
from sim.standing.of_city import build_halls

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.database import Database
    from sim.catalogue import City
    from sim.standing import Files

say = Console()


def load_catalogue(
    folder: Annotated[
        Path, typer.Argument(file_okay=False, help="Laid out like sim/data (docs/reference), or as exported.")
    ],
    export: Annotated[bool, typer.Option(help="Write the running city's catalogue into FOLDER.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Only show what would change.")] = False,
    yes: Annotated[bool, typer.Option(help="Change what differs without asking.")] = False,
    retire: Annotated[
        list[str] | None, typer.Option(help="Leave out this service and what names it; may be repeated.")
    ] = None,
    departments: Annotated[
        bool, typer.Option(help="Only name the departments of the services that are there.")
    ] = False,
) -> None:
    """Write a city's catalogue into an empty database, or let a running city follow its files.

    In a running city the files are compared with what stands: what would be added, changed and retired is
    shown, and done after a yes. Hours, queues, windows, plans and accounts of halls stay as they are.
    """
    if export:
        _export(folder)
        return
    if not folder.is_dir():
        raise typer.BadParameter(f"Directory '{folder}' does not exist.", param_hint="FOLDER")
    try:
        if departments:
            _name_departments(load_city(folder))
            return
        files = read_files(folder)
        standing = without_services(files.standing, retire or ())
        _follow(replace(files, standing=standing), folder, dry_run=dry_run, yes=yes)
    except (ValueError, OSError) as wrong:
        Console(stderr=True).print(f"{wrong}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from wrong


def _follow(files: Files, folder: Path, *, dry_run: bool, yes: bool) -> None:
    database, settings = open_database()
    clock = clock_of(settings)
    if not database.read_now(catalogue.halls):
        _found_city(database, files, clock, folder, dry_run=dry_run)
        return
    shown, obstacles = database.read_now(compare, files.standing, described=files.described, now=clock.now())
    if not shown:
        say.print("Nothing differs.")
        return
    for line in told_lines(shown):
        say.print(line, markup=False, highlight=False, soft_wrap=True)
    if doubted := doubted_label(shown, files.standing):
        say.print(doubted, style="yellow", markup=False, highlight=False, soft_wrap=True)
    for obstacle in obstacles:
        Console(stderr=True).print(f"{obstacle}", style="red", markup=False, highlight=False, soft_wrap=True)
    if obstacles:
        say.print("Nothing was changed.")
        raise typer.Exit(1)
    if dry_run or not (yes or typer.confirm("Change this?")):
        say.print("Nothing was changed.")
        return

    def build(session: Session, codes: Collection[str]) -> None:
        if files.city is not None:
            build_halls(session, files.city, codes, at=clock.now())

    database.write_now(change, files.standing, shown, build=build, described=files.described, clock=clock)
    say.print(f"{len(shown.lines)} differences made; people see them within a minute.")


def _found_city(database: Database, files: Files, clock: Clock, folder: Path, *, dry_run: bool) -> None:
    """Write the whole city into an empty database."""
    city = files.city
    if city is None:
        raise CatalogueError(
            str(folder), "an empty database needs halls.toml, which says how halls are built"
        )
    counted = f"{len(city.halls)} halls, {len(city.terminals)} terminals, {len(city.services)} services"
    if dry_run:
        say.print(f"{counted} would be written into the empty database.")
        return
    database.write_now(_write, city, clock.now())
    say.print(f"{counted} written.")


def _name_departments(city: City) -> None:
    database, _ = opened()
    named, unknown = database.write_now(name_departments, city)
    say.print(f"The departments of {named} services are named.")
    if unknown:
        say.print(f"Not in the catalogue: {', '.join(unknown)}.", highlight=False, soft_wrap=True)


def _export(folder: Path) -> None:
    database, _ = opened()
    try:
        written = write_catalogue(folder, database.read_now(store.standing))
    except FileExistsError as wrong:
        raise typer.BadParameter(
            "There is a catalogue already; nothing is written over.", param_hint="FOLDER"
        ) from wrong
    say.print(f"{len(written)} files written.")


def _write(session: Session, city: City, now: datetime) -> None:
    store.lock_edition(session)
    if catalogue.halls(session):
        raise CatalogueChangedMeanwhile
    ids = new_ids(city)
    add_places(session, city, ids, at=now)
    add_floor(session, city, ids, at=now)
