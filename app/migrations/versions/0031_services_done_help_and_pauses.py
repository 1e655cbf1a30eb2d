"""Services really delivered, calls for help, kinds of pause, calls that the clerk holds,
tickets meant for one window

Revision: 0031, after: 0030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import UtcDateTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_OF_SERVICES = {
    "ticket": ("delivered_id",),
    "ticket_event": ("asked_id", "delivered_id"),
    "ticket_fact": ("delivered_id",),
}


def upgrade() -> None:
    for table, ids in _OF_SERVICES.items():
        for name in ids:
            op.add_column(table, sa.Column(name, sa.Uuid(), nullable=True))
        op.add_column(table, sa.Column("done_as_well", sa.JSON(none_as_null=True), nullable=True))
    op.add_column(
        "ticket", sa.Column("miss_held", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("ticket", sa.Column("for_window_id", sa.Uuid(), nullable=True))
    meant = sa.text("for_window_id IS NOT NULL")
    op.create_index(
        "ticket_for_window", "ticket", ["for_window_id"], sqlite_where=meant, postgresql_where=meant
    )
    op.add_column("window", sa.Column("pause_kind", sa.String(length=12), nullable=True))
    op.add_column("window", sa.Column("paused_at", UtcDateTime(timezone=True), nullable=True))
    _help_calls()


def _help_calls() -> None:
    op.create_table(
        "help_call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("words", sa.String(length=60), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("taken_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"]),
        sa.ForeignKeyConstraint(["window_id"], ["window.id"]),
        *(sa.ForeignKeyConstraint([name], ["staff.id"]) for name in ("asked_by", "taken_by", "ended_by")),
        sa.PrimaryKeyConstraint("id"),
    )
    still_open = sa.text("status <> 'ended'")
    op.create_index(
        "help_call_of_window", "help_call", ["window_id"],
        unique=True, sqlite_where=still_open, postgresql_where=still_open,
    )  # fmt: skip
    op.create_index("help_call_of_hall", "help_call", ["hall_id", "day"])


def downgrade() -> None:
    op.drop_table("help_call")
    op.drop_index("ticket_for_window", table_name="ticket")
    for name in ("for_window_id", "miss_held"):
        op.drop_column("ticket", name)
    for name in ("paused_at", "pause_kind"):
        op.drop_column("window", name)
    for table, ids in _OF_SERVICES.items():
        for name in ("done_as_well", *ids):
            op.drop_column(table, name)
