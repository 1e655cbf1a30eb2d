"""One key, one effect: the answer is stored, encrypted, in the transaction of the work itself.

A repeat with the same key and the same request gets the stored answer; with another request it is
refused. While the first is still running, a parallel repeat waits for it (SQLite: the writer's turn;
PostgreSQL: the key's unique index) and then gets its answer. A refusal stores nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import delete, select, update

from kernel.deleting import delete_some
from kernel.errors import Invalid
from kernel.inserting import insert_into
from kernel.work_tables import IdempotencyRow

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlmodel import Session

    from kernel.secrets import Vault

_table = IdempotencyRow.__table__

KEPT_FOR = timedelta(hours=48)  # a phone may be off for a day
ANSWER_FIELD = "idempotency.answer"


class KeyReused(Invalid):
    code, title = "idempotency-key-reused", "This key was already used for another request."
    help = "Use a new Idempotency-Key for each new intention and repeat it only with the same request."


class KeyMissing(Invalid):
    code, title = "idempotency-key-missing", "This request needs an Idempotency-Key header."
    help = "Send a random value, the same one whenever you repeat the request after a lost answer."


@dataclass(frozen=True, slots=True)
class Intention:
    """What makes a request the same one: who, which key, and a fingerprint of what was asked."""

    scope: str
    key: str
    fingerprint: bytes


def once(
    session: Session, intention: Intention, work: Callable[[Session], bytes], *, vault: Vault, now: datetime
) -> bytes:
    """Return the work's answer, doing the work only the first time; raises ``KeyReused``."""
    if not _claim(session, intention, now):
        row = session.execute(
            select(_table.c.fingerprint, _table.c.answer).where(
                _table.c.scope == intention.scope, _table.c.key == intention.key
            )
        ).one()
        if row.fingerprint != intention.fingerprint:
            raise KeyReused(key=intention.key)
        return vault.open(row.answer, field=ANSWER_FIELD).encode()
    answer = work(session)
    session.execute(
        update(_table)
        .where(_table.c.scope == intention.scope, _table.c.key == intention.key)
        .values(answer=vault.seal(answer.decode(), field=ANSWER_FIELD), subject=_subject_of(answer))
    )
    return answer


def _subject_of(answer: bytes) -> UUID | None:
    """Return the appointment or ticket that an answer tells of, so that it is erased with it."""
    try:
        told = json.loads(answer)
        own = told.get("ticket", told) if isinstance(told, dict) else None
        return UUID(own["id"]) if isinstance(own, dict) and "id" in own else None
    except ValueError:
        return None


def _claim(session: Session, intention: Intention, now: datetime) -> bool:
    claimed = session.execute(
        insert_into(session, _table)
        .values(
            scope=intention.scope,
            key=intention.key,
            fingerprint=intention.fingerprint,
            answer=b"",
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(_table.c.key)
    )
    return claimed.one_or_none() is not None


def forget_answers(session: Session, subjects: Collection[UUID]) -> None:
    """Delete the stored answers that tell of these appointments or tickets; a repeat is a new request."""
    session.execute(delete(_table).where(_table.c.subject.in_(subjects)))


def forget_old(session: Session, now: datetime) -> int:
    """Delete some stored answers that nobody will ask for again and return how many."""
    return delete_some(session, _table, _table.c.created_at < now - KEPT_FOR)
