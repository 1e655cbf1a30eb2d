"""The parts that ``create_app`` is given, and how routes ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from kernel.bus import Bus
from kernel.clock import Clock
from kernel.database import Database
from kernel.secrets import Vault
from kernel.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a request may need; tests build the real app with parts of their own."""

    settings: Settings
    database: Database
    clock: Clock
    vault: Vault
    bus: Bus

    def __post_init__(self) -> None:
        self.database.carry(vault=self.vault, messages=self.settings.messages)


def parts(connection: HTTPConnection) -> Parts:
    """Return the parts of the app that serves this request or websocket."""
    return cast("Parts", connection.app.state.parts)


def _database(connection: HTTPConnection) -> Database:
    return parts(connection).database


def _clock(connection: HTTPConnection) -> Clock:
    return parts(connection).clock


def _vault(connection: HTTPConnection) -> Vault:
    return parts(connection).vault


PartsDep = Annotated[Parts, Depends(parts)]
Db = Annotated[Database, Depends(_database)]
ClockDep = Annotated[Clock, Depends(_clock)]
VaultDep = Annotated[Vault, Depends(_vault)]
