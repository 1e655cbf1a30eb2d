"""Appointments of relatives and of several people, services that a person books once

Revision: 0035, after: 0034
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "appointment", sa.Column("for_other", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("appointment", sa.Column("party", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("service", sa.Column("party", sa.String(length=8), nullable=False, server_default=""))
    op.add_column("service", sa.Column("single", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("service", sa.Column("party_most", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    for table, name in (
        *(("service", "party_most"), ("service", "single"), ("service", "party")),
        *(("appointment", "party"), ("appointment", "for_other")),
    ):
        op.drop_column(table, name)
