"""Shown waits and withheld bands

Revision: 0004, after: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import kernel.database

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('shown_wait',
    sa.Column('subject', sa.Uuid(), nullable=False),
    sa.Column('hall_id', sa.Uuid(), nullable=False),
    sa.Column('low', sa.Integer(), nullable=True),
    sa.Column('high', sa.Integer(), nullable=True),
    sa.Column('since', kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('basis', sa.JSON(), nullable=False),
    sa.Column('reason', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('subject')
    )
    with op.batch_alter_table('shown_wait', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_shown_wait_hall_id'), ['hall_id'], unique=False)
    op.create_table('withheld_band',
    sa.Column('queue_id', sa.Uuid(), nullable=False),
    sa.Column('hall_id', sa.Uuid(), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('judged_on', sa.Date(), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('tickets', sa.Integer(), nullable=False),
    sa.Column('inside', sa.Integer(), nullable=False),
    sa.Column('above', sa.Integer(), nullable=False),
    sa.Column('fault', sa.String(length=8), nullable=False),
    sa.ForeignKeyConstraint(['queue_id'], ['queue.id'], ),
    sa.PrimaryKeyConstraint('queue_id')
    )
    with op.batch_alter_table('withheld_band', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_withheld_band_hall_id'), ['hall_id'], unique=False)
    for table in ('ticket', 'ticket_fact'):
        op.add_column(table, sa.Column('band_withheld', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    for table in ('ticket_fact', 'ticket'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column('band_withheld')
    op.drop_table('withheld_band')
    op.drop_table('shown_wait')
