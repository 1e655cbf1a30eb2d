"""Files that a command writes at its end."""

from __future__ import annotations

import os
from pathlib import Path  # noqa: TC003  # typer reads the annotations when a command is declared

import typer


def can_be_written(path: Path | None) -> Path | None:
    """Return the path of an option; raises ``BadParameter`` where no file can be written.

    Asked before the work, which takes minutes and would be lost.
    """
    if path is None:
        return None
    if path.is_dir():
        raise typer.BadParameter(f"{path} is a folder: name a file in it")
    if not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise typer.BadParameter(f"{path} may not be written by whoever runs this")
    return path
