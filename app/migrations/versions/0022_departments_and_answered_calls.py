"""Who answers for a service; what each past ticket was for, and the call that its holder followed

Revision: 0022, after: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "department",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.add_column("service", sa.Column("department", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("ticket_fact", sa.Column("answered_call_at", UtcDateTime(timezone=True), nullable=True))
    op.add_column("ticket_fact", sa.Column("service_id", sa.Uuid(), nullable=True))
    _past()
    op.create_index("ticket_fact_of_day", "ticket_fact", ["day"])


def _past() -> None:
    """Tell of the facts that are there what the ticket log and the visits' legs say."""
    fact = sa.table("ticket_fact", *(sa.column(name) for name in ("ticket_id", "started_at")))
    fact.append_column(sa.column("answered_call_at", UtcDateTime()))
    fact.append_column(sa.column("service_id", sa.Uuid()))
    log = sa.table("ticket_event", *(sa.column(name) for name in ("ticket_id", "what", "at")))
    ticket = sa.table("ticket", sa.column("id"), sa.column("leg_id"))
    leg = sa.table("visit_leg", sa.column("id"), sa.column("service_id", sa.Uuid()))
    # No undoing takes back a call, so the last one by the time of the start is the one that was answered.
    answered = sa.select(sa.func.max(log.c.at)).where(
        log.c.ticket_id == fact.c.ticket_id, log.c.what == "call", log.c.at <= fact.c.started_at
    )
    service = (
        sa.select(leg.c.service_id)
        .join_from(ticket, leg, leg.c.id == ticket.c.leg_id)
        .where(ticket.c.id == fact.c.ticket_id)
    )
    # One statement for both: each row of the largest table is written anew once, and before it has its index.
    op.execute(
        sa.update(fact).values(
            answered_call_at=answered.scalar_subquery(), service_id=service.scalar_subquery()
        )
    )


def downgrade() -> None:
    op.drop_index("ticket_fact_of_day", table_name="ticket_fact")
    op.drop_column("ticket_fact", "service_id")
    op.drop_column("ticket_fact", "answered_call_at")
    op.drop_column("service", "department")
    op.drop_table("department")
