"""What is retired; address and telephone of halls; where a service is done online, its conditions and steps

Revision: 0028, after: 0027
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "catalogue_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("service", sa.Column("retired", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column(
        "service", sa.Column("online_link", sa.String(length=400), nullable=False, server_default="")
    )
    for name in ("prerequisites", "steps"):
        op.add_column("service", sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("hall", sa.Column("retired", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("hall", sa.Column("address_en", sa.String(), nullable=False, server_default=""))
    # Hours of a terminal meant nothing so far; from now on they are the doors before it.
    op.execute("DELETE FROM opening_hours WHERE hall_id IN (SELECT id FROM hall WHERE kind = 'terminal')")
    op.add_column("hall", sa.Column("phone", sa.String(length=40), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("hall", "phone")
    op.drop_column("hall", "address_en")
    op.drop_column("hall", "retired")
    op.drop_column("service", "steps")
    op.drop_column("service", "prerequisites")
    op.drop_column("service", "online_link")
    op.drop_column("service", "retired")
    op.drop_table("catalogue_edition")
