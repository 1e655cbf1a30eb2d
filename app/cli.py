"""The ``jinban`` command."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import insert, select
from sqlmodel import Session

from app.cli_demo import demo
from app.cli_privacy import StaffNotFound, audit_app, open_database, privacy_app
from app.migrate import migrate
from app.parts import clock_of
from app.serve import serve
from kernel import catalogue
from kernel.database import Database
from kernel.errors import Refusal
from kernel.identity import Role, add_device, new_sign_in_link
from kernel.ids import StaffId, uuid7
from kernel.secrets import Vault, hash_password, new_key
from kernel.settings import Settings
from kernel.tables import StaffRow

LEAST_PASSWORD = 12
# These start at once and stay small; all others may need the engine, the models and the solver.
WITHOUT_STUDIES = frozenset({"demo", "serve", "init", "migrate", "staff", "device", "privacy", "audit"})
_staff = StaffRow.__table__  # type: ignore[attr-defined]

cli = typer.Typer(
    help="Jinban 近办: nearest hall, shortest wait.", no_args_is_help=True, add_completion=False
)
staff_app = typer.Typer(help="People who work here.", no_args_is_help=True)
device_app = typer.Typer(help="Screens and kiosks.", no_args_is_help=True)
cli.add_typer(staff_app, name="staff")
cli.add_typer(device_app, name="device")
cli.add_typer(privacy_app, name="privacy")
cli.add_typer(audit_app, name="audit")
cli.command()(demo)
cli.command()(serve)
say = Console()


@cli.command()
def init(path: Annotated[Path, typer.Option(help="Where to write the settings.")] = Path(".env")) -> None:
    """Make the keys of a new installation; an existing file is never overwritten."""
    if path.exists():
        say.print(f"[red]{path} exists already; its keys protect what is stored, so it stays as it is.[/]")
        raise typer.Exit(1)
    path.touch(mode=0o600)
    path.write_text(f'JINBAN_FIELD_KEYS=\'{{"1": "{new_key()}"}}\'\nJINBAN_TOKEN_KEY={new_key()}\n')
    say.print(f"Keys written to {path}. Keep a copy apart: without them stored names stay unreadable.")


@cli.command("migrate")
def migrate_command() -> None:
    """Bring the database to the newest schema."""
    database = Database(Settings().database_url, pool_size=1)
    migrate(database)
    database.close()
    say.print("The database is up to date.")


@staff_app.command("add")
def add_staff(
    username: str,
    name: Annotated[str, typer.Option(help="Name shown to colleagues.")],
    role: Annotated[Role, typer.Option()],
    password: Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)],
    hall: Annotated[str | None, typer.Option(help="Code of the hall; none for the whole city.")] = None,
) -> None:
    """Add a clerk, manager, supervisor or administrator."""
    if len(password) < LEAST_PASSWORD:
        say.print(f"[red]A password needs {LEAST_PASSWORD} characters or more.[/]")
        raise typer.Exit(1)
    if role in (Role.CLERK, Role.MANAGER) and hall is None:
        say.print("[red]A clerk or manager works in a hall: give its code with --hall.[/]")
        raise typer.Exit(1)
    database, _ = open_database()
    database.write_now(_add_staff, username, name, role, hash_password(password), hall)
    say.print(f"{username} can sign in now.")


@staff_app.command("link")
def staff_link(
    username: str, hours: Annotated[int, typer.Option(help="How long the link works.")] = 1
) -> None:
    """Print a link that signs a person in until it expires."""
    database, settings = open_database()
    expires_at = clock_of(settings).now() + timedelta(hours=hours)
    token = database.write_now(_new_link, username, Vault.from_settings(settings), expires_at)
    say.print(f"/staff/link/{token}", highlight=False)


@device_app.command("add")
def add_device_command(
    hall: str, kind: Annotated[str, typer.Option(help="lobby or kiosk")], name: str = "device"
) -> None:
    """Register a screen or kiosk and print its page, which holds its token."""
    if kind not in {"lobby", "kiosk"}:
        say.print("[red]A device is a lobby screen (lobby) or a kiosk (kiosk).[/]")
        raise typer.Exit(1)
    database, settings = open_database()
    token = database.write_now(_new_device, hall, kind, name, Vault.from_settings(settings))
    say.print(f"/{kind}/{hall}?device={token}", highlight=False)


def _add_staff(
    session: Session, username: str, name: str, role: Role, password_hash: str, hall: str | None
) -> None:
    hall_id = catalogue.hall_by_code(session, hall).id if hall is not None else None
    session.execute(
        insert(_staff).values(
            id=uuid7(),
            username=username,
            display_name=name,
            role=role.value,
            hall_id=hall_id,
            password_hash=password_hash,
            failed_tries=0,
            disabled=False,
        )
    )


def _new_link(session: Session, username: str, vault: Vault, expires_at: datetime) -> str:
    staff_id = session.execute(select(_staff.c.id).where(_staff.c.username == username)).scalar_one_or_none()
    if staff_id is None:
        raise StaffNotFound(username=username)
    return new_sign_in_link(session, StaffId(staff_id), vault=vault, expires_at=expires_at)


def _new_device(session: Session, hall: str, kind: str, name: str, vault: Vault) -> str:
    hall_id = catalogue.hall_by_code(session, hall).id
    return add_device(session, hall_id, kind=kind, name=name, vault=vault)


def main() -> None:
    """Run the command; a refusal is told in one line, not in a stack trace."""
    if not WITHOUT_STUDIES.intersection(sys.argv[1:2]):
        import_module("app.cli_studies").add_studies(cli)
    try:
        cli()
    except Refusal as refused:
        say.print(f"[red]{refused}[/] {refused.help}")
        raise SystemExit(1) from refused
