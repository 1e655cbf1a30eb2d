"""Budgets of numbers and subjects, and the counts of the report."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, func, select

from booking.messages.store.contacts import contacts
from booking.messages.store.messages import messages
from booking.messages.tables import MessageBudgetRow
from kernel.ids import HallId
from kernel.inserting import insert_into

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

budgets = MessageBudgetRow.__table__


def take_budget(session: Session, scope: bytes, most: int, *, at: datetime) -> bool:
    """Count one message for a number's day; False, and nothing is counted, when ``most`` are used.

    One conditional statement: two senders that both look first would both find the last one free.
    """
    statement = insert_into(session, budgets).values(scope=scope, used=1, last_at=at)
    taken = session.execute(
        statement.on_conflict_do_update(
            index_elements=[budgets.c.scope],
            set_={"used": budgets.c.used + 1, "last_at": at},
            where=budgets.c.used < most,
        ).returning(budgets.c.used)
    ).one_or_none()
    return taken is not None


def budget_used(session: Session, scope: bytes) -> int:
    """Return how many were counted; for show, nothing is promised by it."""
    statement = select(budgets.c.used).where(budgets.c.scope == scope)
    return session.execute(statement).scalar_one_or_none() or 0


def forget_budgets(session: Session, before: datetime) -> None:
    """Delete the counts of days that are over."""
    session.execute(delete(budgets).where(budgets.c.last_at < before))


def counted_of(session: Session, subject: UUID) -> int:
    """Return how many messages about a subject were let through, whatever became of them."""
    found: int = session.execute(
        select(func.count()).where(messages.c.subject == subject, messages.c.counted)
    ).scalar_one()
    return found


def counts(session: Session, since: datetime, hall_id: HallId | None, *, until: datetime) -> list[Any]:
    """Return rows (kind, status, reason, n, parts) of what was planned for between two instants."""
    by = (messages.c.kind, messages.c.status, messages.c.reason)
    statement = (
        select(*by, func.count().label("n"), func.sum(messages.c.parts).label("parts"))
        .where(messages.c.planned_at.between(since, until))
        .group_by(*by)
    )
    if hall_id is not None:
        statement = statement.where(messages.c.hall_id == hall_id)
    return list(session.execute(statement))


def latest(session: Session, until: datetime, hall_id: HallId | None, *, limit: int) -> Sequence[Any]:
    """Return rows of the latest messages due by an instant, with the sealed number if it is kept."""
    statement = (
        select(
            *(messages.c.hall_id, messages.c.kind, messages.c.status, messages.c.reason, messages.c.parts),
            *(messages.c.planned_at, messages.c.ended_at, messages.c.attempts, contacts.c.phone_sealed),
        )
        .select_from(messages.outerjoin(contacts, contacts.c.subject == messages.c.subject))
        .where(messages.c.planned_at <= until)
        .order_by(messages.c.planned_at.desc(), messages.c.id.desc())
        .limit(limit)
    )
    if hall_id is not None:
        statement = statement.where(messages.c.hall_id == hall_id)
    return session.execute(statement).all()
