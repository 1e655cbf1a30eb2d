"""What desks did without connection; times in the ticket log that a desk told

Revision: 0039, after: 0038
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import UtcDateTime

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_INSTANTS = ("told_began_at", "at", "began_at", "seen_at")


def upgrade() -> None:
    op.add_column("ticket_event", sa.Column("told", sa.String(length=8), nullable=True))
    op.add_column("ticket_event", sa.Column("began_at", UtcDateTime(timezone=True), nullable=True))
    op.create_table(
        "desk_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("label", sa.String(length=8), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("services", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("pressed_by", sa.Uuid(), nullable=False),
        sa.Column("handed_in_by", sa.Uuid(), nullable=False),
        sa.Column("handed_in_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("told_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("off_s", sa.Float(), nullable=False),
        *(sa.Column(name, UtcDateTime(timezone=True), nullable=True) for name in _INSTANTS),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("found", sa.String(length=16), nullable=False),
        sa.Column("found_at", sa.String(length=8), nullable=False),
        sa.Column("goes_on_as", sa.String(length=8), nullable=False),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"]),
        sa.ForeignKeyConstraint(["window_id"], ["window.id"]),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        *(sa.ForeignKeyConstraint([name], ["staff.id"]) for name in ("pressed_by", "handed_in_by", "seen_by")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("desk_entry_of_number", "desk_entry", ["hall_id", "day", "label"])
    still_open = sa.text("state <> 'taken' AND seen_at IS NULL")
    op.create_index(
        "desk_entry_open", "desk_entry", ["hall_id"], sqlite_where=still_open, postgresql_where=still_open
    )


def downgrade() -> None:
    op.drop_table("desk_entry")
    for name in ("began_at", "told"):
        op.drop_column("ticket_event", name)
