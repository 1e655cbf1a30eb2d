"""Jobs say what they have found so far and can be stopped; clerks' hours; integrated windows

Revision: 0007, after: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("so_far", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))
    op.add_column("job", sa.Column("stop_asked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "clerk_hours",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=True),
        sa.Column("to_minute", sa.Integer(), nullable=True),
        sa.Column("break_minutes", sa.Integer(), nullable=False),
        sa.Column("break_from", sa.Integer(), nullable=True),
        sa.Column("break_to", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("staff_id"),
    )
    op.create_table(
        "integrated_windows",
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("at_once", sa.Integer(), nullable=False),
        sa.Column("pace", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"]),
        sa.PrimaryKeyConstraint("hall_id"),
    )


def downgrade() -> None:
    op.drop_table("integrated_windows")
    op.drop_table("clerk_hours")
    op.drop_column("job", "stop_asked")
    op.drop_column("job", "so_far")
