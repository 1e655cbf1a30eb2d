"""The database: reachable, of this release, sound, with room beside it, and of one time with this machine."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import NullPool, create_engine, make_url, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from app.doctor.findings import broken, look, ok, some
from app.schema import DatabaseBehind, must_be_current, revisions
from kernel.events import halls_ahead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.doctor.findings import Finding

ANSWERS_WITHIN_S = 5
LOOK_BELOW_BYTES, BROKEN_BELOW_BYTES = 2 << 30, 200 << 20  # a busy city writes some hundred MB a month
LOOK_ABOVE_USED = 0.9
CLOCK_LOOK, CLOCK_BROKEN = timedelta(seconds=2), timedelta(seconds=30)  # codes hold for half a minute
CONNECTIONS_LOOK = 0.8
# The server's own processes have no place among max_connections; of others' an ordinary user reads no type.
CONNECTIONS = """SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity
 WHERE datid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'"""


@contextmanager
def reading(url: str) -> Iterator[Session]:
    """Open the database so that nothing can be written, not even by mistake."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        name = f"{Path(parsed.database or '').absolute().as_uri()}?mode=ro"

        def connect() -> sqlite3.Connection:
            return sqlite3.connect(name, uri=True, timeout=ANSWERS_WITHIN_S)

        engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
    else:
        options = "-c default_transaction_read_only=on -c timezone=UTC"
        arguments = {"options": options, "connect_timeout": ANSWERS_WITHIN_S}
        engine = create_engine(url, poolclass=NullPool, connect_args=arguments, hide_parameters=True)
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def schema(session: Session) -> Finding:
    """Tell whether the tables are those that this release needs."""
    try:
        must_be_current(session)
    except DatabaseBehind as behind:
        has = f"its tables are of {behind.facts.get('found') or 'no'} revision"
        return broken("schema", f"{has}, {revisions()[-1]} is needed", "Run `jinban migrate`.")
    found = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    if found != revisions()[-1]:
        seen = f"migrated by a later release ({found}; this one knows {revisions()[-1]})"
        return look("schema", seen, "Run the newer release everywhere.")
    return ok("schema", f"revision {found}")


def integrity(session: Session) -> Iterator[Finding]:
    """Tell whether the pages of an SQLite file hold together, or a server takes writes and connections."""
    if session.connection().dialect.name == "sqlite":
        said = _quick_check(session)
        helps = "Stop the program, keep the file, and put back a backup with `jinban restore`."
        sound = said == "ok"
        yield ok("integrity", "the file is sound") if sound else broken("integrity", said, helps)
        return
    if session.execute(text("SELECT pg_is_in_recovery()")).scalar_one():
        yield broken(
            "integrity", "this server follows another and takes no writes", "Name the leading server."
        )
        return
    used, most = session.execute(text(CONNECTIONS)).one()
    yield connections(used, most)


def _quick_check(session: Session) -> str:
    """Return "ok", or the first thing that is wrong; a file may be too damaged to be checked at all."""
    try:
        return str(session.execute(text("PRAGMA quick_check(1)")).scalar_one())
    except DatabaseError as damaged:
        session.rollback()
        return str(damaged.orig)


def connections(used: int, most: int) -> Finding:
    """Judge how many of a server's connections are in use."""
    seen = f"{used} of {most} connections are in use"
    if used > CONNECTIONS_LOOK * most:
        return look("integrity", seen, "Raise max_connections, or see who keeps connections open.")
    return ok("integrity", seen)


def disk(folder: Path) -> Finding:
    """Tell whether there is room; of a folder that is not there yet, where it would lie."""
    there = next(own for own in (folder, *folder.absolute().parents) if own.exists())
    return room(there, shutil.disk_usage(there).free, shutil.disk_usage(there).total)


def room(folder: Path, free: int, total: int) -> Finding:
    """Judge the bytes that are free at a folder."""
    seen = f"{free / (1 << 30):.1f} GB of {total / (1 << 30):.0f} GB free at {folder}"
    helps = "Make room, or move the database to a larger disk: without room nothing can be written."
    if free < BROKEN_BELOW_BYTES:
        return broken("disk", seen, helps)
    if free < LOOK_BELOW_BYTES or free < (1 - LOOK_ABOVE_USED) * total:
        return look("disk", seen, helps)
    return ok("disk", seen)


def clock(session: Session, machine: datetime) -> Finding:
    """Compare the machine's clock with the database's."""
    if session.connection().dialect.name == "sqlite":
        said = session.execute(text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')")).scalar_one()
        theirs = datetime.fromisoformat(said).replace(tzinfo=UTC)
    else:
        theirs = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    apart = abs(theirs - machine)
    if apart < CLOCK_LOOK:
        return ok("clock", "this machine and the database agree")
    seen = f"this machine and the database are {apart.total_seconds():.0f} s apart"
    helps = "Let both follow a time server (chrony, systemd-timesyncd)."
    return broken("clock", seen, helps) if apart >= CLOCK_BROKEN else look("clock", seen, helps)


def hall_clocks(session: Session, now: datetime) -> Finding:
    """Tell whether a hall has used a time that has not come: its clock stands until then."""
    ahead = halls_ahead(session, now + CLOCK_LOOK)
    if not ahead:
        return ok("hall clocks", "no hall is ahead of this machine")
    worst = max(at for _, at in ahead) - now
    seen = f"ahead by up to {worst.total_seconds():.0f} s: {some(code for code, _ in ahead)}"
    helps = "The clock went back: set it right; until it has caught up all that happens there has one time."
    return broken("hall clocks", seen, helps) if worst >= CLOCK_BROKEN else look("hall clocks", seen, helps)
