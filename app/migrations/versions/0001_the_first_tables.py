"""The first tables

Revision: 0001, after: nothing
"""

from __future__ import annotations

from app.migrations.first_tables import appointments, city, records, tickets, windows

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PARTS = (city, records, tickets, windows, appointments)


def upgrade() -> None:
    for part in PARTS:
        part.create()


def downgrade() -> None:
    for part in reversed(PARTS):
        part.drop()
