"""Kiosks hold numbers for the time without their server, and hand in what they printed

Revision: 0013, after: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INSTANT = UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "number_block",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("first_number", sa.Integer(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("reserved_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hall_id", "day", "first_number"),
    )
    op.create_index("ix_number_block_device_id", "number_block", ["device_id"])
    op.create_table(
        "slip",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("priority", sa.Boolean(), nullable=False),
        sa.Column("printed_at", INSTANT, nullable=False),
        sa.Column("heard_at", INSTANT, nullable=False),
        sa.Column("handed_in_at", INSTANT, nullable=False),
        sa.Column("arrived_at", INSTANT, nullable=True),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("refused", sa.String(length=16), nullable=False),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"]),
        sa.ForeignKeyConstraint(["seen_by"], ["staff.id"]),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ticket_id"),
    )
    op.create_index("slip_of_hall", "slip", ["hall_id", "day", "number"])
    op.create_index(
        "provisional_number",
        "ticket",
        ["hall_id", "day", "number"],
        unique=True,
        sqlite_where=sa.text("number > 1000000"),
        postgresql_where=sa.text("number > 1000000"),
    )


def downgrade() -> None:
    """Go back; tickets that merged stay under their numbers, which the release before shows like any other."""
    op.drop_index("provisional_number", "ticket")
    op.drop_index("slip_of_hall", "slip")
    op.drop_table("slip")
    op.drop_index("ix_number_block_device_id", "number_block")
    op.drop_table("number_block")
