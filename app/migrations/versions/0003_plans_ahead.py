"""Plans that wait for their time, studies, calendars to subscribe to, places decided on

Revision: 0003, after: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import kernel.database

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('window_plan', schema=None) as batch_op:
        batch_op.add_column(sa.Column('applies_at', kernel.database.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('base_version', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('ended', sa.String(length=16), nullable=False, server_default=''))
    op.create_table('study',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('hall_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('asked_at', kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('asked_by', sa.Uuid(), nullable=True),
    sa.Column('job_id', sa.Uuid(), nullable=True),
    sa.Column('answered_at', kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('question', sa.JSON(), nullable=False),
    sa.Column('answer', sa.JSON(), nullable=False),
    sa.Column('decisions', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['hall_id'], ['hall.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('study', schema=None) as batch_op:
        batch_op.create_index('study_of_hall', ['hall_id', 'kind', 'asked_at'], unique=False)
    op.create_table('plan_feed',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('hall_id', sa.Uuid(), nullable=False),
    sa.Column('window_id', sa.Uuid(), nullable=True),
    sa.Column('token_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('made_at', kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['hall_id'], ['hall.id'], ),
    sa.ForeignKeyConstraint(['window_id'], ['window.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token_hash')
    )
    with op.batch_alter_table('plan_feed', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_feed_hall_id'), ['hall_id'], unique=False)
    op.create_table('slot_places',
    sa.Column('queue_id', sa.Uuid(), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('minute', sa.Integer(), nullable=False),
    sa.Column('places', sa.Integer(), nullable=False),
    sa.Column('decided_at', kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['queue_id'], ['queue.id'], ),
    sa.PrimaryKeyConstraint('queue_id', 'weekday', 'minute')
    )


def downgrade() -> None:
    op.drop_table('slot_places')
    with op.batch_alter_table('plan_feed', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_plan_feed_hall_id'))
    op.drop_table('plan_feed')
    with op.batch_alter_table('study', schema=None) as batch_op:
        batch_op.drop_index('study_of_hall')
    op.drop_table('study')
    with op.batch_alter_table('window_plan', schema=None) as batch_op:
        batch_op.drop_column('ended')
        batch_op.drop_column('base_version')
        batch_op.drop_column('applies_at')
