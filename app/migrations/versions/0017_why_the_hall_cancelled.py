"""Why the hall cancelled an appointment, for whoever booked it

Revision: 0017, after: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("appointment", sa.Column("cancel_reason", sa.String(length=24), nullable=True))
    op.add_column("appointment", sa.Column("cancel_note", sa.String(length=120), nullable=True))


def downgrade() -> None:
    op.drop_column("appointment", "cancel_note")
    op.drop_column("appointment", "cancel_reason")
