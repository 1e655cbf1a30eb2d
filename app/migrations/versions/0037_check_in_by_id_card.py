"""Appointments found by the keyed hash of an ID number, for check-in by card

Revision: 0037, after: 0036
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("appointment", sa.Column("id_hash", sa.LargeBinary(32), nullable=True))
    op.create_index("ix_appointment_id_hash", "appointment", ["id_hash"])


def downgrade() -> None:
    op.drop_index("ix_appointment_id_hash", table_name="appointment")
    op.drop_column("appointment", "id_hash")
