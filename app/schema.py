"""Whether a database has the schema that this program needs; without Alembic, which no server need load."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from kernel.errors import Busy

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.database import Database

SCRIPTS = Path(__file__).parent / "migrations"


class DatabaseBehind(Busy):
    code, title = "database-behind", "The database is not yet as this program needs it."
    help = "Whoever runs the system brings it up to date with `jinban migrate`."


def must_be_there(database: Database) -> None:
    """Raise ``DatabaseBehind`` for an SQLite file that is not there; opening it would make an empty one."""
    name = database.url.database
    if database.is_sqlite and name and name != ":memory:" and not Path(name).exists():
        raise DatabaseBehind(file=name, needed=revisions()[-1])


@cache
def revisions() -> tuple[str, ...]:
    """Return all revisions from the first to the newest: their files are named after them."""
    return tuple(sorted(path.name.split("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*.py")))


def must_be_current(session: Session) -> None:
    """Raise ``DatabaseBehind`` for a database without tables or with those of an earlier release.

    One that a later release has migrated passes: while both run side by side, ours still serves.
    """
    found = None
    if inspect(session.connection()).has_table("alembic_version"):
        found = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if found is None or found in revisions()[:-1]:
        raise DatabaseBehind(found=found or "", needed=revisions()[-1])
