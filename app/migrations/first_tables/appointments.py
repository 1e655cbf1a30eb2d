"""Slots and who has a place in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import kernel.database

TABLES = ("slot", "appointment", "appointment_service", "quota_claim", "slot_claim")


def _slot() -> None:
    op.create_table(
        "slot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("queue_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["queue_id"],
            ["queue.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("queue_id", "starts_at"),
    )


def _appointment() -> None:
    op.create_table(
        "appointment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hall_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("starts_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id_tail_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("priority", sa.Boolean(), nullable=False),
        sa.Column("expires_at", kernel.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ics_sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", kernel.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("changed_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["hall_id"],
            ["hall.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
        sa.UniqueConstraint("token_hash"),
    )
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.create_index("appointment_of_hall", ["hall_id", "status", "starts_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_appointment_phone_hash"), ["phone_hash"], unique=False)


def _appointment_service() -> None:
    op.create_table(
        "appointment_service",
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("queue_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["queue_id"],
            ["queue.id"],
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
        ),
        sa.PrimaryKeyConstraint("appointment_id", "position"),
    )


def _quota_claim() -> None:
    op.create_table(
        "quota_claim",
        sa.Column("scope", sa.LargeBinary(length=32), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", kernel.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
        ),
        sa.PrimaryKeyConstraint("scope", "seat"),
    )
    with op.batch_alter_table("quota_claim", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quota_claim_appointment_id"), ["appointment_id"], unique=False)


def _slot_claim() -> None:
    op.create_table(
        "slot_claim",
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", kernel.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("slot_id", "seat"),
    )
    with op.batch_alter_table("slot_claim", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slot_claim_appointment_id"), ["appointment_id"], unique=False)


def create() -> None:
    """Create the tables, each after those it points to."""
    _slot()
    _appointment()
    _appointment_service()
    _quota_claim()
    _slot_claim()


def drop() -> None:
    """Drop them again, with their indexes."""
    for table in reversed(TABLES):
        op.drop_table(table)
