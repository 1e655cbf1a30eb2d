"""Appointments by telephone, by video and at home; tickets of people who are not in the hall

Revision: 0040, after: 0039
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import UtcDateTime

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appointment_kind",
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.Column("link", sa.String(length=200), nullable=False),
        sa.Column("words_zh", sa.String(length=200), nullable=False),
        sa.Column("words_en", sa.String(length=400), nullable=False),
        sa.Column("changed_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"]),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"]),
        sa.PrimaryKeyConstraint("hall_id", "service_id", "kind"),
    )
    op.add_column(
        "appointment", sa.Column("kind", sa.String(length=8), nullable=False, server_default="hall")
    )
    op.add_column("appointment", sa.Column("address_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("ticket", sa.Column("remote", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("ticket_fact", sa.Column("remote", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("ticket_fact", "remote")
    op.drop_column("ticket", "remote")
    op.drop_column("appointment", "address_sealed")
    op.drop_column("appointment", "kind")
    op.drop_table("appointment_kind")
