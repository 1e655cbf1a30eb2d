"""Visits, tickets and what is known of waits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import kernel.database

TABLES = (
    "visit",
    "visit_leg",
    "ticket",
    "ticket_counter",
    "ticket_event",
    "ticket_fact",
    "expected_arrival",
    "wait_profile",
)


def _visit() -> None:
    op.create_table(
        "visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("reference", sa.Uuid(), nullable=True),
        sa.Column("created_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["hall_id"],
            ["hall.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_reference"), ["reference"], unique=False)


def _visit_leg() -> None:
    op.create_table(
        "visit_leg",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"],
            ["visit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("visit_id", "position"),
    )


def _ticket() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("queue_id", sa.Uuid(), nullable=False),
        sa.Column("issued_in", sa.Uuid(), nullable=False),
        sa.Column("leg_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.Boolean(), nullable=False),
        sa.Column("arrived_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", kernel.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("effective_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=True),
        sa.Column("called_at", kernel.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("changed_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("told_ahead", sa.Integer(), nullable=True),
        sa.Column("told_p10", sa.Float(), nullable=True),
        sa.Column("told_p50", sa.Float(), nullable=True),
        sa.Column("told_p90", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["hall_id"],
            ["hall.id"],
        ),
        sa.ForeignKeyConstraint(
            ["issued_in"],
            ["queue.id"],
        ),
        sa.ForeignKeyConstraint(
            ["leg_id"],
            ["visit_leg.id"],
        ),
        sa.ForeignKeyConstraint(
            ["queue_id"],
            ["queue.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("issued_in", "day", "number"),
    )
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_leg_id"), ["leg_id"], unique=False)
        batch_op.create_index("ticket_of_hall", ["hall_id", "day", "status"], unique=False)
        batch_op.create_index("ticket_order", ["queue_id", "status", "effective_at", "number"], unique=False)


def _ticket_counter() -> None:
    op.create_table(
        "ticket_counter",
        sa.Column("queue_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("next_number", sa.Integer(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["queue_id"],
            ["queue.id"],
        ),
        sa.PrimaryKeyConstraint("queue_id", "day", "holder"),
    )


def _ticket_event() -> None:
    op.create_table(
        "ticket_event",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("queue_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("precision_s", sa.Float(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("window_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("ticket_event", schema=None) as batch_op:
        batch_op.create_index("ticket_event_of_hall", ["hall_id", "at"], unique=False)
        batch_op.create_index("ticket_event_of_ticket", ["ticket_id"], unique=False)


def _ticket_fact() -> None:
    op.create_table(
        "ticket_fact",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("queue_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("appointment", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Boolean(), nullable=False),
        sa.Column("arrived_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("effective_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("called_at", kernel.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("started_at", kernel.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", kernel.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("window_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("told_p10", sa.Float(), nullable=True),
        sa.Column("told_p50", sa.Float(), nullable=True),
        sa.Column("told_p90", sa.Float(), nullable=True),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id"),
    )
    with op.batch_alter_table("ticket_fact", schema=None) as batch_op:
        batch_op.create_index("ticket_fact_of_hall", ["hall_id", "day"], unique=False)


def _expected_arrival() -> None:
    op.create_table(
        "expected_arrival",
        sa.Column("reference", sa.Uuid(), nullable=False),
        sa.Column("queue_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("show_probability", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["queue_id"],
            ["queue.id"],
        ),
        sa.PrimaryKeyConstraint("reference", "queue_id"),
    )
    with op.batch_alter_table("expected_arrival", schema=None) as batch_op:
        batch_op.create_index("expected_in_queue", ["queue_id", "due_at"], unique=False)


def _wait_profile() -> None:
    op.create_table(
        "wait_profile",
        sa.Column("queue_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["queue_id"],
            ["queue.id"],
        ),
        sa.PrimaryKeyConstraint("queue_id"),
    )


def create() -> None:
    """Create the tables, each after those it points to."""
    _visit()
    _visit_leg()
    _ticket()
    _ticket_counter()
    _ticket_event()
    _ticket_fact()
    _expected_arrival()
    _wait_profile()


def drop() -> None:
    """Drop them again, with their indexes."""
    for table in reversed(TABLES):
        op.drop_table(table)
