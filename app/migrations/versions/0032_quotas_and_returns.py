"""Ticket quotas, and what was given of them each day; who comes back with papers

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

_FLAGS = (("ticket", "came_back"), ("ticket_fact", "comes_back"))


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
    _returns()


def _returns() -> None:
    op.create_table(
        "return_visit",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("id", "hall_id", "ticket_id")),
        sa.Column("note", sa.String(length=120), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_ticket_id", sa.Uuid(), nullable=True),
        sa.Column("used_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"]),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ticket_id"),
        sa.UniqueConstraint("code_hash"),
    )
    op.create_index("return_visit_of_hall", "return_visit", ["hall_id", "until_on"])
    op.create_index("ix_return_visit_used_ticket_id", "return_visit", ["used_ticket_id"])
    for table, name in _FLAGS:
        op.add_column(table, sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for table, name in _FLAGS:
        op.drop_column(table, name)
    op.drop_table("return_visit")
    op.drop_table("ticket_quota_given")
    op.drop_table("ticket_quota")
