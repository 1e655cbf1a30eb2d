"""Licences on file: consents, looks, who may look; whose sign-in it is; companies book too

Revision: 0036, after: 0035
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import UtcDateTime

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "licence_consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.LargeBinary(32), nullable=True),
        sa.Column("holder_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("given_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"]),
        sa.ForeignKeyConstraint(["given_by"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("subject"),
    )
    op.create_table(
        "licence_look",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("who", sa.String(length=8), nullable=False),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("services", sa.String(length=400), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"]),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_licence_look_subject", "licence_look", ["subject"])
    op.create_table(
        "licence_permission",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.ForeignKeyConstraint(["given_by"], ["staff.id"]),
        sa.PrimaryKeyConstraint("staff_id"),
    )
    op.add_column("citizen_session", sa.Column("subject_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("appointment", sa.Column("company_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("appointment", "company_sealed")
    op.drop_column("citizen_session", "subject_sealed")
    for table in ("licence_permission", "licence_look", "licence_consent"):
        op.drop_table(table)
