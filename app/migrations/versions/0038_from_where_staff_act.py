"""From where staff act: address and session in the audit trail, the session's mark in the ticket log

Revision: 0038, after: 0037
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("audit", sa.Column("address", sa.String(length=45), nullable=True))
    op.add_column("audit", sa.Column("session", sa.String(length=12), nullable=True))
    op.add_column("ticket_event", sa.Column("session", sa.String(length=12), nullable=True))
    op.add_column(
        "staff_session", sa.Column("address", sa.String(length=45), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("staff_session", "address")
    op.drop_column("ticket_event", "session")
    op.drop_column("audit", "session")
    op.drop_column("audit", "address")
