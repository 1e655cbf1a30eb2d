"""Bring a database to the newest schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from app.schema import SCRIPTS

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from kernel.database import Database


def config_for(connection: Connection) -> Config:
    """Return Alembic's configuration for commands over an open connection."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config


def migrate(database: Database, revision: str = "head") -> None:
    """Upgrade to a revision; on SQLite foreign keys are off meanwhile and checked afterwards.

    Alembic's batch mode rebuilds a table by dropping it, which would cascade into its children.
    """
    with database.engine.connect() as connection:
        if database.is_sqlite:
            _without_transaction(connection, "PRAGMA foreign_keys=OFF")
        with connection.begin():
            command.upgrade(config_for(connection), revision)
            if database.is_sqlite:
                broken = connection.execute(text("PRAGMA foreign_key_check")).all()
                if broken:
                    raise RuntimeError(f"the migration broke foreign keys: {broken[:5]}")
        if database.is_sqlite:
            _without_transaction(connection, "PRAGMA foreign_keys=ON")


def _without_transaction(connection: object, pragma: str) -> None:
    # Inside a transaction this pragma does nothing, so it goes to the driver's connection directly.
    connection.connection.driver_connection.execute(pragma)  # type: ignore[attr-defined]
