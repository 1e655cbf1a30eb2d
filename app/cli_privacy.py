"""``jinban privacy`` answers one person's request; ``jinban audit`` says whether the trail is whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlmodel import Session

from app.cli_people import opened
from app.parts import clock_of
from kernel.accounts import StaffNotFound
from kernel.audit_chain import CITY
from kernel.audit_check import Broken, Checked, verify
from kernel.database import Database
from kernel.identity import Staff, staff_by_name
from kernel.secrets import Vault
from kernel.settings import Settings
from queueing.sealing import LogChecked, verify_log
from sim.new_files import can_be_written

privacy_app = typer.Typer(help="What is kept of one person: export, erase.", no_args_is_help=True)
audit_app = typer.Typer(help="Who looked at what.", no_args_is_help=True)
say = Console()

# Asked for, not given as an argument: a command line stands in the shell's history and in process lists.
Phone = Annotated[str, typer.Option(prompt="Phone number", help="Asked for when left out, which is safer.")]
By = Annotated[str, typer.Option(help="Sign-in name of the supervisor or administrator who answers.")]
Reason = Annotated[str, typer.Option(help="Which request this answers, e.g. its file number; no names.")]


def open_database() -> tuple[Database, Settings]:
    """Open the database of this installation with its keys, which seal the audit trail."""
    database, settings = opened()
    database.carry(vault=Vault.from_settings(settings))
    return database, settings


def operator(session: Session, username: str) -> Staff:
    """Return who answers for a command; raises ``StaffNotFound``."""
    found = staff_by_name(session, username)
    if found is None:
        raise StaffNotFound(username=username)
    return found


@privacy_app.command("export")
def export(
    by: By,
    reason: Reason,
    phone: Phone,
    to: Annotated[
        Path | None,
        typer.Option(callback=can_be_written, help="A new file, readable by you alone; else printed."),
    ] = None,
) -> None:
    """Write everything that is kept of a phone number as JSON; the look is in the audit trail."""
    if to is not None and to.exists():
        say.print(f"[red]{to} exists already; it is not overwritten.[/]")
        raise typer.Exit(1)
    from booking.service import export_for_phone  # noqa: PLC0415 - the other commands do without its index

    database, settings = open_database()
    kept = database.write_now(
        export_for_phone,
        phone,
        by=database.read_now(operator, by),
        reason=reason,
        clock=clock_of(settings),
        vault=Vault.from_settings(settings),
    )
    database.close()
    text = json.dumps(kept, ensure_ascii=False, indent=2, default=str)
    if to is None:
        say.print(text, highlight=False, markup=False, soft_wrap=True)
        return
    to.touch(mode=0o600, exist_ok=False)
    to.write_text(text + "\n", encoding="utf-8")
    say.print(f"{len(kept)} appointments written to {to}.", highlight=False)


@privacy_app.command("erase")
def erase(by: By, reason: Reason, phone: Phone) -> None:
    """Erase what leads to the person of a phone number, where the visit is over or cancelled."""
    from booking.service import erase_for_phone  # noqa: PLC0415 - as above

    database, settings = open_database()
    done = database.write_now(
        erase_for_phone,
        phone,
        by=database.read_now(operator, by),
        reason=reason,
        clock=clock_of(settings),
        vault=Vault.from_settings(settings),
    )
    database.close()
    say.print(f"{done.erased} appointments erased.", highlight=False)
    if done.no_shows:
        say.print(f"{done.no_shows} no-shows forgotten; a pause that followed is over.", highlight=False)
    for starts_at in done.kept:
        say.print(
            f"Not over yet: {starts_at.isoformat()}; to erase it, it is cancelled first.", highlight=False
        )


@audit_app.command("verify")
def verify_command() -> None:
    """Walk the audit trail and the sealed ticket log; tell what was altered, removed, moved or added."""
    database, settings = open_database()
    vault = Vault.from_settings(settings)
    found, logged = database.read_now(verify, vault=vault), database.read_now(verify_log, vault=vault)
    database.close()
    _tell(found)
    _tell_log(logged)
    if found.broken or logged.broken:
        raise typer.Exit(1)


def _tell(found: Checked) -> None:
    for head in found.heads:
        name = "city" if head.chain == CITY else str(head.chain)
        say.print(f"{name}: rows {head.first} to {head.position}, ends in {head.mac.hex()}", highlight=False)
    for own in found.broken:
        say.print(f"[red]{_worded(own)}[/]", highlight=False)
    if not found.broken:
        say.print(f"The trail is whole: {found.rows} rows. Keep the ends apart to notice a trail cut short.")


def _tell_log(logged: LogChecked) -> None:
    for own in logged.broken:
        what = f"the ticket log of {own.day} is not what was sealed ({own.fault.value})"
        say.print(f"[red]{own.hall_id}: {what}[/]", highlight=False)
    if not logged.broken:
        say.print(f"The ticket log is as it was sealed: {logged.days} days.", highlight=False)


def _worded(own: Broken) -> str:
    name = "city" if own.chain == CITY else str(own.chain)
    row = f", row id {own.row}" if own.row is not None else ""
    return f"{name}: broken at {own.position} ({own.fault.value}{row})"
