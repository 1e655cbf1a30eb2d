"""A database taken back to an earlier revision, as an operator would after a failed upgrade."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command

from app.migrate import _config

if TYPE_CHECKING:
    from kernel.database import Database


def downgrade(database: Database, revision: str) -> None:
    """Take the tables back to a revision; on SQLite foreign keys are off meanwhile, as on the way up."""
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        if database.is_sqlite:
            driver.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            config = _config()
            config.attributes["connection"] = connection
            command.downgrade(config, revision)
        if database.is_sqlite:
            driver.execute("PRAGMA foreign_keys=ON")
