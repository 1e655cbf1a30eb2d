"""Screens above windows, and how far the clocks of screens are off

Revision: 0029, after: 0028
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("device", sa.Column("window", sa.String(length=8), nullable=True))
    op.add_column("screen", sa.Column("drift_ms", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("screen", "drift_ms")
    op.drop_column("device", "window")
