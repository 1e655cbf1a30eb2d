"""How soon is "soon" for a ticket, and why a ticket was put aside

Revision: 0030, after: 0029
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Whoever left a number before was told of three people and ten minutes; that stays.
    op.add_column("message_contact", sa.Column("soon_ahead", sa.Integer(), nullable=False, server_default="3"))
    op.add_column(
        "message_contact", sa.Column("soon_minutes", sa.Integer(), nullable=False, server_default="10")
    )
    op.add_column("ticket", sa.Column("park_reason", sa.String(length=16), nullable=True))
    op.add_column("ticket", sa.Column("park_words", sa.String(length=60), nullable=True))
    op.add_column("ticket_event", sa.Column("reason", sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column("ticket_event", "reason")
    op.drop_column("ticket", "park_words")
    op.drop_column("ticket", "park_reason")
    op.drop_column("message_contact", "soon_minutes")
    op.drop_column("message_contact", "soon_ahead")
