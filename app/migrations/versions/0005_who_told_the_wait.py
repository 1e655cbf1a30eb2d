"""Who told the wait, and how far calibration had stretched it

Revision: 0005, after: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

TABLES = ('ticket', 'ticket_fact')


def upgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column('told_by', sa.String(length=16), nullable=True))
            batch_op.add_column(sa.Column('told_up', sa.Float(), nullable=True))
            batch_op.add_column(sa.Column('told_down', sa.Float(), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column('told_down')
            batch_op.drop_column('told_up')
            batch_op.drop_column('told_by')
