"""The place that "more time" gave up, so that it can be taken back

Revision: 0009, after: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import kernel.database

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("effective_before", kernel.database.UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("ticket", "effective_before")
