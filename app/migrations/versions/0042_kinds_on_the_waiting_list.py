"""Who waits says by which kind of appointment

Revision: 0042, after: 0041
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("waitlist_entry", sa.Column("kind", sa.String(8), nullable=False, server_default="hall"))
    op.add_column("waitlist_entry", sa.Column("address_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("waitlist_entry", "address_sealed")
    op.drop_column("waitlist_entry", "kind")
