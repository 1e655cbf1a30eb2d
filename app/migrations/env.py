"""Alembic's environment: the tables of all packages, on either database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from alembic import context
from sqlmodel.sql.sqltypes import AutoString

import booking.activation.tables
import booking.licences.tables
import booking.messages.tables
import booking.mine.tables
import booking.no_shows.tables
import booking.ratings.tables
import booking.tables
import booking.waitlist.tables
import booking.webhooks.tables
import kernel.audit_tables
import kernel.identity_tables
import kernel.tables
import kernel.work_tables
import queueing.desk_entries.tables
import queueing.help.tables
import queueing.notices.tables
import queueing.phone.tables
import queueing.plans.tables
import queueing.priority.tables
import queueing.provisional.tables
import queueing.quotas.tables
import queueing.returns.tables
import queueing.screens.tables
import queueing.tables
import queueing.today.tables
import queueing.wait_tables
import queueing.window_tables
from kernel.database import Database, Row

if TYPE_CHECKING:
    from sqlalchemy import Connection

TABLES = (
    kernel.tables,
    kernel.identity_tables,
    kernel.work_tables,
    kernel.audit_tables,
    queueing.tables,
    queueing.wait_tables,
    queueing.window_tables,
    queueing.desk_entries.tables,
    queueing.help.tables,
    queueing.notices.tables,
    queueing.phone.tables,
    queueing.plans.tables,
    queueing.priority.tables,
    queueing.provisional.tables,
    queueing.quotas.tables,
    queueing.returns.tables,
    queueing.screens.tables,
    queueing.today.tables,
    booking.tables,
    booking.licences.tables,
    booking.activation.tables,
    booking.messages.tables,
    booking.mine.tables,
    booking.no_shows.tables,
    booking.ratings.tables,
    booking.waitlist.tables,
    booking.webhooks.tables,
)  # importing them fills the metadata


def plain_strings(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write SQLModel's string type as the plain one, so that migrations need no SQLModel."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


def run(connection: Connection) -> None:
    """Run the migrations on this connection."""
    on_sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Row.metadata,
        render_as_batch=on_sqlite,
        compare_type=True,
        render_item=plain_strings,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = context.config.get_main_option("sqlalchemy.url")
    assert url is not None
    database = Database(url)
    with database.engine.connect() as connection:
        run(connection)
        connection.commit()
    database.close()
