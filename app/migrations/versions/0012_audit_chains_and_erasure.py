"""The audit trail is chained; personal data can be erased and its links say so

Revision: 0012, after: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import kernel.database

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _chains()
    _erasure()


def _chains() -> None:
    with op.batch_alter_table("audit") as audit:
        audit.add_column(sa.Column("role", sa.String(length=16), nullable=False, server_default=""))
        audit.add_column(sa.Column("device_id", sa.Uuid(), nullable=True))
        audit.add_column(sa.Column("chain", sa.Uuid(), nullable=True))
        audit.add_column(sa.Column("position", sa.BigInteger(), nullable=True))
        audit.add_column(sa.Column("before", sa.LargeBinary(length=32), nullable=True))
        audit.add_column(sa.Column("mac", sa.LargeBinary(length=32), nullable=True))
        audit.create_unique_constraint("audit_chain_position_key", ["chain", "position"])
        audit.create_index("audit_at", ["at"])
        audit.create_index("audit_of_hall", ["hall_id", "at"])
        audit.create_index("audit_of_subject", ["subject", "staff_id"])
    op.create_table(
        "audit_chain",
        sa.Column("chain", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("first_before", sa.LargeBinary(length=32), nullable=False),
        sa.Column("seal", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("chain"),
    )


def _erasure() -> None:
    op.create_table(
        "erased_link",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("erased_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    with op.batch_alter_table("idempotency") as answers:
        answers.add_column(sa.Column("subject", sa.Uuid(), nullable=True))
        answers.create_index("ix_idempotency_subject", ["subject"])
    with op.batch_alter_table("appointment") as appointment:
        appointment.add_column(sa.Column("erased_on", sa.Date(), nullable=True))
        appointment.alter_column("code", existing_type=sa.String(length=8), nullable=True)
        appointment.alter_column("token_hash", existing_type=sa.LargeBinary(length=32), nullable=True)
    op.create_index(
        "appointment_to_erase",
        "appointment",
        ["hall_id", "starts_at"],
        sqlite_where=sa.text("erased_on IS NULL"),
        postgresql_where=sa.text("erased_on IS NULL"),
    )
    op.create_index(
        "visit_to_erase",
        "visit",
        ["hall_id", "created_at"],
        sqlite_where=sa.text("token_hash IS NOT NULL"),
        postgresql_where=sa.text("token_hash IS NOT NULL"),
    )


def downgrade() -> None:
    """Go back; what was erased stays without reference and link, so those columns stay open to nothing."""
    op.drop_index("visit_to_erase", "visit")
    op.drop_index("appointment_to_erase", "appointment")
    op.drop_column("appointment", "erased_on")
    with op.batch_alter_table("idempotency") as answers:
        answers.drop_index("ix_idempotency_subject")
        answers.drop_column("subject")
    op.drop_table("erased_link")
    op.drop_table("audit_chain")
    with op.batch_alter_table("audit") as audit:
        audit.drop_index("audit_of_subject")
        audit.drop_index("audit_of_hall")
        audit.drop_index("audit_at")
        audit.drop_constraint("audit_chain_position_key", type_="unique")
        for name in ("mac", "before", "position", "chain", "device_id", "role"):
            audit.drop_column(name)
