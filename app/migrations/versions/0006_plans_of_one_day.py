"""Plans of one day

Revision: 0006, after: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('window_plan', schema=None) as batch_op:
        batch_op.add_column(sa.Column('on_day', sa.Date(), nullable=True))
    with op.batch_alter_table('proposal', schema=None) as batch_op:
        batch_op.add_column(sa.Column('kind', sa.String(length=8), server_default='day', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('proposal', schema=None) as batch_op:
        batch_op.drop_column('kind')
    with op.batch_alter_table('window_plan', schema=None) as batch_op:
        batch_op.drop_column('on_day')
