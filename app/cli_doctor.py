"""``jinban doctor``: what is well, what is worth a look, what is broken, and what would help."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from app.doctor.examination import examine
from app.doctor.findings import Level, exit_code
from app.doctor.settings import read_settings
from app.parts import clock_of

if TYPE_CHECKING:
    from app.doctor.findings import Finding

HERE = "http://127.0.0.1:8000"
COLOURS = {Level.OK: "green", Level.LOOK: "yellow", Level.BROKEN: "red"}
say = Console()


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False,
    url: Annotated[str, typer.Option(help='Where the program listens; "" does not ask it.')] = HERE,
) -> None:
    """Look at settings, database, work and halls; reads only. Ends with 0 (ok), 1 (look) or 2 (broken)."""
    settings, found = read_settings()
    if settings is not None:
        found += examine(settings, clock_of(settings), url=url)
    code = exit_code(found)
    if as_json:
        told = {"level": list(Level)[code], "findings": [asdict(own) for own in found]}
        say.print(json.dumps(told, indent=1), markup=False, highlight=False, soft_wrap=True)
    else:
        for own in found:
            _tell(own)
    raise typer.Exit(code)


def _tell(own: Finding) -> None:
    say.print(f"{own.level.value:<7}", style=COLOURS[own.level], end="", highlight=False)
    say.print(f"{own.what}: {own.seen}", markup=False, highlight=False, soft_wrap=True)
    if own.helps:
        say.print(f"       {own.helps}", markup=False, highlight=False, soft_wrap=True, style="dim")
