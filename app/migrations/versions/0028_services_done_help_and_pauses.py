"""Services really delivered

Revision: 0028, after: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0026"
branch_labels = None
depends_on = None

_OF_SERVICES = {
    "ticket": ("delivered_id",),
    "ticket_event": ("asked_id", "delivered_id"),
    "ticket_fact": ("delivered_id",),
}


def upgrade() -> None:
    for table, ids in _OF_SERVICES.items():
        for name in ids:
            op.add_column(table, sa.Column(name, sa.Uuid(), nullable=True))
        op.add_column(table, sa.Column("done_as_well", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    for table, ids in _OF_SERVICES.items():
        for name in ("done_as_well", *ids):
            op.drop_column(table, name)
