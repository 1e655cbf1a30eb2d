"""``jinban questions``: the questions that lead to a service, in and out of a city that runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from app.cli_people import opened
from kernel import catalogue
from kernel.questions import questions, replace_questions
from sim.catalogue import CatalogueError
from sim.catalogue.questions import read_questions
from sim.seed.places import questions_of
from sim.standing.toml import questions_text

if TYPE_CHECKING:
    from sqlmodel import Session


questions_app = typer.Typer(help="Questions that lead to a service.", no_args_is_help=True)
say = Console()


@questions_app.command("load")
def load(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="As questions.toml (docs/reference).")
    ],
) -> None:
    """Let the questions of a file stand in place of the present ones; a broken file changes nothing."""
    database, _ = opened()
    try:
        count = database.write_now(_load, file)
    except CatalogueError as wrong:
        Console(stderr=True).print(f"{wrong}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from wrong
    say.print(f"{count} questions written; people see them within a minute.")


@questions_app.command("remove")
def remove() -> None:
    """Ask no questions any more; the pages stop offering them within a minute."""
    database, _ = opened()
    database.write_now(replace_questions, ())
    say.print("No questions are asked any more.")


@questions_app.command("export")
def export() -> None:
    """Print the questions as a file that ``load`` takes."""
    database, _ = opened()
    # Not through the console, which would break long lines.
    typer.echo(questions_text(database.read_now(questions).values()), nl=False)


def _load(session: Session, file: Path) -> int:
    found = read_questions(file, [each.code for each in catalogue.services(session) if not each.retired])
    replace_questions(session, questions_of(found.values()))
    return len(found)
