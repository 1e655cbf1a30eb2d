"""Jobs are claimed for a while, and some are kept once by a key

Revision: 0027, after: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import UtcDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("job") as batch:
        batch.add_column(sa.Column("claimed_until", UtcDateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("once_key", sa.String(length=120), nullable=True))
        batch.create_unique_constraint("job_once_key", ["once_key"])


def downgrade() -> None:
    with op.batch_alter_table("job") as batch:
        batch.drop_constraint("job_once_key", type_="unique")
        batch.drop_column("once_key")
        batch.drop_column("claimed_until")
