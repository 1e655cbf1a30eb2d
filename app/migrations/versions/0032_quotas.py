"""Ticket quotas, and what was given of them each day

Revision: 0032, after: 0031
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import UtcDateTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_quota",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("queue_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("from_minute", "to_minute", "most")),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(queue_id IS NULL) <> (service_id IS NULL)", name="quota_of_one_subject"),
        sa.CheckConstraint("from_minute < to_minute AND most >= 0", name="quota_of_some_time"),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"]),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.id"]),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"]),
        sa.ForeignKeyConstraint(["set_by"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_ticket_quota_hall_id", "ticket_quota", ["hall_id"])
    op.create_table(
        "ticket_quota_given",
        sa.Column("quota_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("given", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["quota_id"], ["ticket_quota.id"]),
        sa.PrimaryKeyConstraint("quota_id", "day"),
    )


def downgrade() -> None:
    op.drop_table("ticket_quota_given")
    op.drop_table("ticket_quota")
