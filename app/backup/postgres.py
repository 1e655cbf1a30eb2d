"""A copy of a PostgreSQL database by its own ``pg_dump``, and back from it by ``pg_restore``.

The dump reads one snapshot, exported by a transaction of ours: rows are counted and the audit trail is
walked in the very moment that the dump shows, while writers go on. The copy is then read from end to end,
and the rows in it counted again.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from app.backup.manifest import (
    POSTGRES,
    BackupError,
    Manifest,
    being_written,
    difference,
    digest,
    ends_of,
    read_manifest,
    write_word,
)
from app.schema import revisions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from kernel.database import Database
    from kernel.secrets import Vault

TABLES = """SELECT schemaname, tablename FROM pg_tables
 WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2"""
OTHERS = """SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""
BEGINS = re.compile(rb'^COPY (?:"?(\w+)"?)\."?(\w+)"? \(.*\) FROM stdin;$')
ENDS = b"\\."
LONGEST_WORD = 400  # characters of what a tool says
VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


@dataclass(frozen=True, slots=True)
class Tool:
    """A program of PostgreSQL's and how it reaches the database: no password stands on its command line."""

    path: str
    environment: Mapping[str, str]

    def run(self, *words: str) -> None:
        """Run it; raises ``BackupError`` with what it says."""
        done = subprocess.run(
            [self.path, *words], env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise BackupError(_said(self.path, done.stderr))

    @contextmanager
    def reading(self, *words: str) -> Iterator[IO[bytes]]:
        """Yield what it writes; raises ``BackupError`` where it ends badly."""
        process = subprocess.Popen(
            [self.path, *words], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            with process.stdout, process.stderr:
                yield process.stdout
                said = process.stderr.read().decode(errors="replace")
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.wait():
            raise BackupError(_said(self.path, said))


def copy_to(database: Database, to: Path, *, vault: Vault, now: datetime) -> Manifest:
    """Dump the database as it is at one moment, check the copy, and write the word about it beside it.

    Raises ``BackupError`` where ``pg_dump`` is missing or too old, for a file that is there, and for a copy
    that is not whole, which is removed.
    """
    url = database.url.render_as_string(hide_password=False)
    with _session(url) as session:
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        snapshot = str(session.execute(text("SELECT pg_export_snapshot()")).scalar_one())
        server = _server(session)
        dump, restore = (_tool(name, session, server) for name in ("pg_dump", "pg_restore"))
        rows, revision = _rows(session), _revision(session)
        if revision not in revisions():
            raise BackupError(f"the database has the tables of another release ({revision}).")
        ends = ends_of(session, vault) if revision == revisions()[-1] else {}
        with being_written(to) as part:
            dump.run(
                *("--format=custom", "--no-owner", "--no-privileges", "--no-password"),
                *(f"--snapshot={snapshot}", f"--file={part}", f"--dbname={_place(session)}"),
            )
            held = rows_in(part, restore)
            if held != rows:
                wanted, found = (Manifest("", "", "", own, {}) for own in (rows, held))
                raise BackupError(f"the copy is not what was to be copied: {difference(wanted, found)}.")
            whole = digest(part)
            size = part.stat().st_size
    made = Manifest(now.isoformat(), revision, whole, rows, ends, POSTGRES, size, server)
    write_word(to, made)
    return made


def restore_to(copy: Path, url: str, *, vault: Vault, replace: bool = False) -> Manifest:
    """Put a copy into an empty database, or in the place of what is there, and return what it holds.

    All of it or nothing: ``pg_restore`` works in one transaction. The copy is compared with its word before,
    the database after. Raises ``BackupError``.
    """
    told = read_manifest(copy)
    if told.kind != POSTGRES:
        raise BackupError(f"{copy} is a copy of an SQLite: JINBAN_DATABASE_URL has to name a file.")
    with _session(url) as session:
        restore = _tool("pg_restore", session, _server(session))
        _must_be_what_was_copied(copy, told, restore)
        _must_have_room(session, told, replace=replace)
        place = _place(session)
    clean = ("--clean", "--if-exists") if replace else ()
    restore.run(
        *("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password"),
        *(*clean, f"--dbname={place}", str(copy)),
    )
    with _session(url) as session:
        rows, revision = _rows(session), _revision(session)
        ends = ends_of(session, vault) if revision == revisions()[-1] else told.ends
    if (rows, revision, ends) != (told.rows, told.revision, told.ends):
        found = Manifest("", revision, told.sha256, rows, ends)
        raise BackupError(
            f"the database is not what was backed up: {difference(told, found)}. Do not use it."
        )
    return told


def _must_be_what_was_copied(copy: Path, told: Manifest, restore: Tool) -> None:
    if not copy.is_file():
        raise BackupError(f"there is no file {copy}")
    if told.revision not in revisions():
        raise BackupError(f"{copy} has the tables of another release ({told.revision}).")
    if digest(copy) != told.sha256:
        raise BackupError(f"{copy} is not what was backed up: its bytes have changed.")
    held = Manifest(told.made_at, told.revision, told.sha256, rows_in(copy, restore), told.ends)
    if held.rows != told.rows:
        raise BackupError(f"{copy} is not what was backed up: {difference(told, held)}.")


def _must_have_room(session: Session, told: Manifest, *, replace: bool) -> None:
    """Refuse a database in which something is, or which somebody uses."""
    there = set(_names(session))
    if there and not replace:
        raise BackupError(
            "the database is not empty; make a new one (createdb), or put the copy in its place: --replace."
        )
    if strange := sorted(there - set(told.rows)):
        raise BackupError(
            f"the database has tables that the copy does not know ({', '.join(strange[:3])}): "
            "restore into a new one (createdb)."
        )
    if others := session.execute(text(OTHERS)).scalar_one():
        raise BackupError(f"{others} others are connected to the database; stop the program first.")


def rows_in(copy: Path, restore: Tool) -> dict[str, int]:
    """Read a copy from end to end and return how many rows of each table it holds.

    Raises ``BackupError`` for one that is no whole copy.
    """
    restore.run("--list", str(copy))
    rows: dict[str, int] = {}
    name: str | None = None
    with restore.reading("--data-only", "--file=-", str(copy)) as lines:
        for line in lines:
            bare = line.rstrip(b"\n")
            if name is not None:
                if bare == ENDS:
                    name = None
                else:
                    rows[name] += 1
            elif begins := BEGINS.match(bare):
                name = _name(begins[1].decode(), begins[2].decode())
                rows[name] = 0
    if name is not None:
        raise BackupError(f"{copy} ends in the middle of {name}.")
    return rows


def _tool(name: str, session: Session, server: str) -> Tool:
    """Return a program of PostgreSQL's; raises ``BackupError`` where there is none of this server's age."""
    needed = int(server.partition(".")[0])
    helps = f"install PostgreSQL's client programs (Debian: postgresql-client-{needed})."
    path = shutil.which(name)
    if path is None:
        raise BackupError(f"{name} is not on the PATH: {helps}")
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = VERSION.search(said)
    if found is None or int(found[1]) < needed:
        raise BackupError(f"{path} is older than the server ({server}): {helps}")
    password = _connection(session).info.password
    environment = {own: value for own, value in os.environ.items() if not own.startswith("PG")}
    environment |= {"LC_ALL": "C.UTF-8", "PGCONNECT_TIMEOUT": "10", "PGTZ": "UTC"}
    return Tool(path, environment | ({"PGPASSWORD": password} if password else {}))


@contextmanager
def _session(url: str) -> Iterator[Session]:
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    try:
        with Session(engine) as session:
            yield session
    except DBAPIError as failed:
        raise BackupError(
            f"the database says: {' '.join(str(failed.orig).split())[:LONGEST_WORD]}"
        ) from failed
    finally:
        engine.dispose()


def _connection(session: Session) -> Any:
    return session.connection().connection.driver_connection


def _place(session: Session) -> str:
    """Return where the database is, as libpq reads it; the password is not in it."""
    return str(_connection(session).info.dsn)


def _server(session: Session) -> str:
    return str(session.execute(text("SHOW server_version")).scalar_one()).partition(" ")[0]


def _name(schema: str, table: str) -> str:
    return table if schema == "public" else f"{schema}.{table}"


def _names(session: Session) -> dict[str, str]:
    """Return each table as it is named here, and quoted for a statement."""
    found = session.execute(text(TABLES)).all()
    return {_name(own.schemaname, own.tablename): f'"{own.schemaname}"."{own.tablename}"' for own in found}


def _rows(session: Session) -> dict[str, int]:
    return {
        name: int(session.execute(text(f"SELECT count(*) FROM {quoted}")).scalar_one())  # noqa: S608 - our tables
        for name, quoted in _names(session).items()
    }


def _revision(session: Session) -> str:
    return str(session.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def _said(path: str, error: str) -> str:
    words = " ".join(error.split())[:LONGEST_WORD]
    return f"{os.path.basename(path)} says: {words or 'nothing'}"
