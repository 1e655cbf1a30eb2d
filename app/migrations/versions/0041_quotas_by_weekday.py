"""Ticket quotas may give other numbers on a weekday

Revision: 0041, after: 0040
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def upgrade() -> None:
    for name in _WEEK:
        op.add_column("ticket_quota", sa.Column(f"most_{name}", sa.Integer(), nullable=True))


def downgrade() -> None:
    for name in _WEEK:
        op.drop_column("ticket_quota", f"most_{name}")
