"""``jinban staff`` and ``jinban device``: who works here, and the screens and kiosks of the halls."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer
from rich.console import Console
from rich.table import Table

from app.parts import clock_of
from app.schema import must_be_current, must_be_there
from kernel import accounts, catalogue, devices
from kernel.database import Database
from kernel.identity import Role, new_sign_in_link
from kernel.secrets import LEAST_PASSWORD, Vault, hash_password
from kernel.settings import Settings
from kernel.single_sign_on import disconnect_at_the_machine
from queueing.errors import WindowNotFound
from queueing.service import windows_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,39}")  # as the hall's set-up asks for
IN_A_HALL = frozenset({Role.CLERK, Role.MANAGER})

staff_app = typer.Typer(help="People who work here.", no_args_is_help=True)
device_app = typer.Typer(help="Screens and kiosks.", no_args_is_help=True)
say = Console()


class StaffRole(StrEnum):
    """The roles that people have; devices and citizens have none of these."""

    CLERK = "clerk"
    MANAGER = "manager"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


class DeviceKind(StrEnum):
    LOBBY = "lobby"
    KIOSK = "kiosk"
    WINDOW = "window"


Password = Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)]


@staff_app.command("add")
def add_staff(
    username: str,
    name: Annotated[str, typer.Option(help="Name shown to colleagues.")],
    role: Annotated[StaffRole, typer.Option()],
    password: Password,
    hall: Annotated[str | None, typer.Option(help="Code of the hall; none for the whole city.")] = None,
) -> None:
    """Add a clerk, manager, supervisor or administrator."""
    own = Role(role.value)
    _check_username(username)
    _check_password(password)
    if own in IN_A_HALL and hall is None:
        raise typer.BadParameter("a clerk or manager works in a hall: give its code with --hall")
    if own not in IN_A_HALL and hall is not None:
        raise typer.BadParameter("a supervisor or administrator answers for the whole city: leave --hall out")
    database, _ = opened()
    database.write_now(_add_staff, username, name, own, hash_password(password), hall)
    say.print(f"{username} can sign in now.", markup=False)


@staff_app.command("list")
def list_staff() -> None:
    """List all accounts."""
    database, settings = opened()
    now = clock_of(settings).now()
    table = Table("username", "name", "role", "hall", "second factor", "state")
    for own in database.read_now(accounts.accounts):
        factor = "yes" if own.second_factor else ""
        table.add_row(own.username, own.name, own.role, own.hall or "(city)", factor, _state(own, now))
    say.print(table)


@staff_app.command("link")
def staff_link(
    username: str, hours: Annotated[int, typer.Option(min=1, max=72, help="How long the link works.")] = 1
) -> None:
    """Print a link that signs a person in until it expires."""
    database, settings = opened()
    expires_at = clock_of(settings).now() + timedelta(hours=hours)
    token = database.write_now(_new_link, username, Vault.from_settings(settings), expires_at)
    say.print(f"/staff/link/{token}", highlight=False, soft_wrap=True)


@staff_app.command("password")
def change_password(username: str, password: Password) -> None:
    """Give somebody another password; all their sessions and links end."""
    _check_password(password)
    database, _ = opened()
    database.write_now(accounts.set_password, username, hash_password(password))
    say.print(f"{username} signs in with the new password from now on.", markup=False)


@staff_app.command("close")
def close_account(username: str) -> None:
    """Close an account: sessions and links end, what the person did stays in the logs."""
    database, _ = opened()
    database.write_now(accounts.set_disabled, username, disabled=True)
    say.print(f"{username} cannot sign in any more.", markup=False)


@staff_app.command("reopen")
def reopen_account(username: str) -> None:
    """Let somebody whose account was closed sign in again."""
    database, _ = opened()
    database.write_now(accounts.set_disabled, username, disabled=False)
    say.print(f"{username} can sign in again.", markup=False)


@staff_app.command("rename")
def rename_account(username: str, to: str) -> None:
    """Give somebody another sign-in name: where two differ only in the case of their letters."""
    _check_username(to)
    database, _ = opened()
    database.write_now(accounts.rename, username, to)
    say.print(f"{to} signs in by that name from now on.", markup=False)


@staff_app.command("reset-second-factor")
def reset_second_factor(username: str) -> None:
    """Take the second factor of somebody who lost the telephone away; all that signs them in ends."""
    database, settings = opened()
    database.carry(vault=Vault.from_settings(settings))  # it is in the audit trail
    database.write_now(accounts.reset_at_the_machine, username, now=clock_of(settings).now())
    say.print(f"{username} signs in by password alone and sets up another telephone.", markup=False)


@staff_app.command("disconnect")
def disconnect_name(username: str) -> None:
    """Take the single sign-on off somebody's name; all that signs them in ends."""
    database, settings = opened()
    database.carry(vault=Vault.from_settings(settings))  # it is in the audit trail
    database.write_now(disconnect_at_the_machine, username, now=clock_of(settings).now())
    say.print(f"{username} signs in by password or link again.", markup=False)


@device_app.command("add")
def add_device_command(
    hall: str,
    kind: Annotated[DeviceKind, typer.Argument(help="lobby, kiosk or window")],
    name: Annotated[str | None, typer.Option(help="Name by which staff are told of it.")] = None,
    window: Annotated[
        str | None, typer.Option(help="Number on the sign of the window it hangs above.")
    ] = None,
) -> None:
    """Register a screen or kiosk and print its page, which holds its token."""
    if (kind is DeviceKind.WINDOW) != (window is not None):
        raise typer.BadParameter(
            "a window's screen needs --window with the number on its sign; others have none"
        )
    called = name or (f"window {window}" if window else "device")
    database, settings = opened()
    vault = Vault.from_settings(settings)
    token = database.write_now(_new_device, hall, kind.value, called, vault, window)
    page = f"/{kind.value}/{quote(hall)}" + (f"/{quote(window)}" if window else "")
    say.print(f"{page}?device={token}", highlight=False, soft_wrap=True)


@device_app.command("list")
def list_devices() -> None:
    """List all screens and kiosks."""
    database, _ = opened()
    table = Table("hall", "kind", "name", "last heard of (UTC)", "state")
    for own in database.read_now(devices.registered_devices):
        heard = own.heard_at.strftime("%Y-%m-%d %H:%M") if own.heard_at else "never"
        table.add_row(own.hall, own.kind, own.name, heard, "locked out" if own.disabled else "")
    say.print(table)


@device_app.command("disable")
def disable_device(hall: str, kind: DeviceKind, name: str = "device") -> None:
    """Lock out a lost or stolen screen or kiosk, by the name it was registered with."""
    database, _ = opened()
    count = database.write_now(_disable_device, hall, kind.value, name)
    say.print(f"Locked out: {count}", highlight=False)


def opened() -> tuple[Database, Settings]:
    """Open the database that the settings name; raises ``DatabaseBehind`` before anything is tried."""
    settings = Settings()
    database = Database(settings.database_url, pool_size=1)
    must_be_there(database)
    database.write_now(must_be_current)
    return database, settings


def _state(own: accounts.Account, now: datetime) -> str:
    locked = own.locked_until is not None and now < own.locked_until
    said = {
        "closed": own.disabled,
        "locked for a while": locked and not own.disabled,
        "differs from another name only in case": own.exact_name,
    }
    return ", ".join(words for words, holds in said.items() if holds)


def _check_username(username: str) -> None:
    if not USERNAME.fullmatch(username):
        raise typer.BadParameter("a sign-in name has 3 to 40 letters, digits, dots, dashes or underscores")


def _check_password(password: str) -> None:
    if len(password) < LEAST_PASSWORD:
        raise typer.BadParameter(f"a password needs {LEAST_PASSWORD} characters or more")


def _add_staff(
    session: Session, username: str, name: str, role: Role, password_hash: str, hall: str | None
) -> None:
    hall_id = catalogue.hall_by_code(session, hall).id if hall is not None else None
    accounts.add_account(session, username, name, role, password_hash, hall_id)


def _new_link(session: Session, username: str, vault: Vault, expires_at: datetime) -> str:
    staff_id = accounts.staff_id_of(session, username)
    return new_sign_in_link(session, staff_id, vault=vault, expires_at=expires_at)


def _new_device(session: Session, hall: str, kind: str, name: str, vault: Vault, window: str | None) -> str:
    hall_id = catalogue.hall_by_code(session, hall).id
    if window is not None and all(own.label != window for own in windows_of(session, hall_id)):
        raise WindowNotFound(hall=hall, window=window)
    return devices.add_device(session, hall_id, kind=kind, name=name, vault=vault, window=window)


def _disable_device(session: Session, hall: str, kind: str, name: str) -> int:
    return devices.disable_device(session, catalogue.hall_by_code(session, hall).id, kind, name)
