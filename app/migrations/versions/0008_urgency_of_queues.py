"""How much a queue's wait counts when windows are planned

Revision: 0008, after: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queue", sa.Column("plan_weight", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    op.drop_column("queue", "plan_weight")
