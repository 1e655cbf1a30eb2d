"""Questions that lead to the exact service

Revision: 0020, after: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "question",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("ask_zh", sa.String(), nullable=False),
        sa.Column("ask_en", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
        sa.UniqueConstraint("position"),
    )
    op.create_table(
        "question_answer",
        sa.Column("question_code", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text_zh", sa.String(), nullable=False),
        sa.Column("text_en", sa.String(), nullable=False),
        sa.Column("goto_code", sa.String(length=64), nullable=True),
        sa.Column("service_codes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["question_code"], ["question.code"]),
        sa.ForeignKeyConstraint(["goto_code"], ["question.code"]),
        sa.PrimaryKeyConstraint("question_code", "position"),
    )


def downgrade() -> None:
    op.drop_table("question_answer")
    op.drop_table("question")
