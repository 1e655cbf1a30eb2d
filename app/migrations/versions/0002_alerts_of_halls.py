"""Alerts of halls

Revision: 0002, after: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import kernel.database

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('hall_alert',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('hall_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('subject', sa.String(length=8), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('raised_at', kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('cleared_at', kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('acknowledged_at', kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('acknowledged_by', sa.Uuid(), nullable=True),
    sa.Column('done', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['acknowledged_by'], ['staff.id'], ),
    sa.ForeignKeyConstraint(['hall_id'], ['hall.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('hall_alert', schema=None) as batch_op:
        batch_op.create_index('hall_alert_of_day', ['hall_id', 'day'], unique=False)


def downgrade() -> None:
    op.drop_table('hall_alert')
