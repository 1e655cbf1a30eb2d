"""``jinban keys``: what the keys seal, and what an exchanged one has still to be kept for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from app.cli_privacy import open_database
from app.sealed_columns import SEALED
from kernel.resealing import PIECE, old_values, reseal, versions_in_use
from kernel.secrets import Vault

if TYPE_CHECKING:
    from kernel.database import Database
    from kernel.resealing import SealedColumn

keys_app = typer.Typer(help="After an exchange of the field key.", no_args_is_help=True)
say = Console()

PAUSE = 0.05  # seconds between two pieces, in which the server writes


@keys_app.command("status")
def status() -> None:
    """Tell how many values each field key has sealed, and which key is needed no more."""
    database, settings = open_database()
    vault = Vault.from_settings(settings)
    left = database.read_now(versions_in_use, SEALED)
    database.close()
    _tell(left, vault)


@keys_app.command("reseal")
def reseal_command(
    piece: Annotated[int, typer.Option(min=1, max=1000, help="Values a unit of work.")] = PIECE,
    pause: Annotated[float, typer.Option(min=0, max=10, help="Seconds between two pieces.")] = PAUSE,
) -> None:
    """Seal anew with the present field key what an old one has sealed; beside a running server.

    It may be stopped at any time (Ctrl-C) and begun again: it goes on with what is left.
    """
    database, settings = open_database()
    vault = Vault.from_settings(settings)
    try:
        done = 0
        for own in SEALED:
            done += reseal_column(database, own, vault, piece=piece, pause=pause)
        say.print(
            f"{done} values sealed anew with version {vault.key_version}.", highlight=False, soft_wrap=True
        )
    except KeyboardInterrupt:
        say.print("Stopped. What is done is done; run it again to go on.")
        raise typer.Exit(1) from None
    finally:
        left = database.read_now(versions_in_use, SEALED)
        database.close()
        _tell(left, vault)
    if set(left) - {vault.key_version}:
        raise typer.Exit(1)


def reseal_column(
    database: Database, own: SealedColumn, vault: Vault, *, piece: int = PIECE, pause: float = PAUSE
) -> int:
    """Seal a column anew piece by piece, each a unit of work of its own, and return how many it were."""
    done, after = 0, None
    while rows := database.read_now(old_values, own, vault.key_version, after=after, limit=piece):
        resealed = database.write_now(reseal, own, rows, vault)
        done += resealed
        say.print(f"{own.table.name}.{own.column}: {done}", highlight=False, soft_wrap=True)
        after = tuple(rows[-1][name] for name in own.key)
        time.sleep(pause)
    return done


def _tell(left: dict[int, int], vault: Vault) -> None:
    for version in sorted({*left, *vault.versions}):
        many = left.get(version, 0)
        if version not in vault.versions:
            word = "this key is not in JINBAN_FIELD_KEYS: they cannot be opened"
        elif version == vault.key_version:
            word = "the present key"
        else:
            word = "it has to stay" if many else "needed by nothing in this database"
        say.print(f"version {version}: {many} values; {word}", highlight=False, soft_wrap=True)
