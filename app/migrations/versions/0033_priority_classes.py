"""Priority classes of halls

Revision: 0033, after: 0032
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import UtcDateTime

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "priority_class",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=12), nullable=False),
        sa.Column("name_en", sa.String(length=40), nullable=False),
        sa.Column("credit_minutes", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("retired_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"]),
        sa.ForeignKeyConstraint(["set_by"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_priority_class_hall_id", "priority_class", ["hall_id"])
    op.add_column("ticket", sa.Column("priority_class_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("ticket", "priority_class_id")
    op.drop_table("priority_class")
