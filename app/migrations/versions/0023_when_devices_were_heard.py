"""When each screen or kiosk was last heard of

Revision: 0023, after: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("device", sa.Column("heard_at", UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("device", "heard_at")
