"""Second factor, half sign-ins, idle sessions; sign-in names are compared whatever their case

Revision: 0015, after: 0014
"""

from __future__ import annotations

import logging
from collections import defaultdict

import sqlalchemy as sa
from alembic import op

import kernel.database
from kernel.ids import sign_in_key

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

log = logging.getLogger("alembic.runtime.migration")


def upgrade() -> None:
    with op.batch_alter_table("staff_session") as sessions:
        sessions.add_column(sa.Column("active_at", kernel.database.UtcDateTime(timezone=True), nullable=True))
        sessions.add_column(sa.Column("device", sa.String(length=64), nullable=False, server_default=""))
        sessions.add_column(sa.Column("unattended", sa.Boolean(), nullable=False, server_default=sa.false()))
    _tables()
    with op.batch_alter_table("staff") as staff:
        staff.add_column(sa.Column("username_key", sa.String(length=64), nullable=True))
    _keys()
    with op.batch_alter_table("staff") as staff:
        staff.create_unique_constraint("staff_username_key_key", ["username_key"])


def _tables() -> None:
    op.create_table(
        "half_sign_in",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("ix_half_sign_in_staff_id", "half_sign_in", ["staff_id"])
    op.create_table(
        "second_factor",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("since", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("staff_id"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.create_index("ix_recovery_code_staff_id", "recovery_code", ["staff_id"])


def _keys() -> None:
    """Write how each name is compared; names that differ only in their case stay as they are, and are told."""
    connection = op.get_bind()
    staff = sa.table("staff", sa.column("id", sa.Uuid()), sa.column("username"), sa.column("username_key"))
    alike = defaultdict(list)
    for row in connection.execute(sa.select(staff.c.id, staff.c.username).order_by(staff.c.username)):
        alike[sign_in_key(row.username)].append(row)
    for key, rows in alike.items():
        if len(rows) == 1:
            connection.execute(sa.update(staff).where(staff.c.id == rows[0].id).values(username_key=key))
        else:
            log.warning(
                "sign-in names that differ only in case, typed exactly until one is changed by "
                "`jinban staff rename`: %s",
                ", ".join(row.username for row in rows),
            )


def downgrade() -> None:
    with op.batch_alter_table("staff") as staff:
        staff.drop_constraint("staff_username_key_key", type_="unique")
        staff.drop_column("username_key")
    for table in ("recovery_code", "second_factor", "half_sign_in"):
        op.drop_table(table)
    with op.batch_alter_table("staff_session") as sessions:
        for name in ("unattended", "device", "active_at"):
            sessions.drop_column(name)
