"""Is the trail whole? The first row of each chain that was altered, removed, moved or slipped in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select

from kernel.audit_chain import CITY, Head, chains, head_of, lock_head, row_mac, rows, same, write_head

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row
    from sqlmodel import Session

    from kernel.secrets import Vault

# The cybersecurity law asks for six months of logs; a year and a month lets a yearly audit see a whole year.
KEPT_FOR = timedelta(days=400)
FORGOTTEN_AT_ONCE = 2_000  # rows a unit of work: some milliseconds of the writer's time
READ_AT_ONCE = 5_000


class Fault(StrEnum):
    """What is wrong with a chain."""

    ALTERED = "altered"
    MISSING = "missing"
    REORDERED = "reordered"
    FOREIGN = "foreign"  # a row that stands in no chain, though its hall has one
    HEAD = "head"  # the head's own seal does not hold, or the head is gone


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place of a chain that does not hold; ``row`` is its id where there is one."""

    chain: UUID
    position: int
    fault: Fault
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found; ``heads`` can be written down elsewhere, so that a shortened trail shows."""

    rows: int
    heads: tuple[Head, ...]
    broken: tuple[Broken, ...]


def verify(session: Session, *, vault: Vault, since: datetime | None = None) -> Checked:
    """Walk every chain from its first row to its head and return the first fault of each.

    With ``since`` only from the first row of that instant on: what lies before is taken as it stands.
    """
    heads: list[Head] = []
    broken: list[Broken] = []
    counted = Counter[str]()
    for row in session.execute(select(chains).order_by(chains.c.chain)).all():
        head = head_of(row)
        heads.append(head)
        if not same(row.seal, head.sealed(vault)):
            broken.append(Broken(head.chain, head.position, Fault.HEAD))
            continue
        fault = _first_fault(session, head, vault, counted, since)
        if fault is not None:
            broken.append(fault)
    broken.extend(_outside(session, {head.chain for head in heads}))
    return Checked(counted["rows"], tuple(heads), tuple(broken))


def _first_fault(
    session: Session, head: Head, vault: Vault, counted: Counter[str], since: datetime | None
) -> Broken | None:
    position, before = _beginning(session, head, since)
    while page := _page(session, head.chain, position):
        for row in page:
            fault = _fault(session, row, position, before, vault)
            if fault is not None:
                where = None if fault is Fault.MISSING else row.id
                return Broken(head.chain, position, fault, where)
            counted["rows"] += 1
            position, before = position + 1, row.mac
    if position != head.position + 1:
        # Rows after the head were never appended; rows before it that are not there were removed.
        return Broken(head.chain, position, Fault.MISSING if position <= head.position else Fault.FOREIGN)
    if head.position >= head.first and not same(before, head.mac):
        return Broken(head.chain, head.position, Fault.ALTERED)
    return None


def _beginning(session: Session, head: Head, since: datetime | None) -> tuple[int, bytes]:
    """Return the position to begin at, and the seal of the row before it."""
    if since is None:
        return head.first, head.first_before
    own = rows.c.chain == head.chain
    last_before = (
        select(rows.c.position, rows.c.mac)
        .where(own, rows.c.at < since, rows.c.position.between(head.first, head.position))
        .order_by(rows.c.position.desc())
        .limit(1)
    )
    found = session.execute(last_before).one_or_none()
    return (head.first, head.first_before) if found is None else (found.position + 1, found.mac)


def _page(session: Session, chain: UUID, position: int) -> list[Any]:
    found = session.execute(
        select(rows)
        .where(rows.c.chain == chain, rows.c.position >= position)
        .order_by(rows.c.position)
        .limit(READ_AT_ONCE)
    )
    return list(found)


def _fault(session: Session, row: Row[Any], position: int, before: bytes, vault: Vault) -> Fault | None:
    if row.position != position:
        return Fault.MISSING
    if same(row.before, before) and same(row.mac, row_mac(row._asdict(), row.chain, position, before, vault)):
        return None
    return Fault.REORDERED if _follows_another(session, row, before) else Fault.ALTERED


def _follows_another(session: Session, row: Row[Any], before: bytes) -> bool:
    """Return whether the row names another row of its chain as the one before it."""
    if same(row.before, before):
        return False
    found = session.execute(
        select(func.count()).select_from(rows).where(rows.c.chain == row.chain, rows.c.mac == row.before)
    ).scalar_one()
    return bool(found)


def _outside(session: Session, known: set[UUID]) -> list[Broken]:
    """Return rows of halls that have a chain but stand in none, and chains whose head is gone."""
    found = session.execute(
        select(rows.c.chain, rows.c.hall_id, func.min(rows.c.id))
        .where(rows.c.chain.is_(None) | rows.c.chain.not_in(known))
        .group_by(rows.c.chain, rows.c.hall_id)
        .order_by(func.min(rows.c.id))
    )
    broken = []
    for chain, hall_id, first in found:
        if chain is not None:
            broken.append(Broken(chain, 0, Fault.HEAD, first))
        elif (hall_id or CITY) in known:
            broken.append(Broken(hall_id or CITY, 0, Fault.FOREIGN, first))
    return broken


def forget_old(session: Session, now: datetime, *, vault: Vault, limit: int = FORGOTTEN_AT_ONCE) -> int:
    """Remove the oldest rows that are past their time, at most ``limit``, and return how many.

    The head keeps where the rest begins, under its seal: what was not removed so is found missing.
    """
    chain = session.execute(
        select(rows.c.chain)
        .where(rows.c.at < now - KEPT_FOR, rows.c.chain.is_not(None))
        .order_by(rows.c.at)
        .limit(1)
    ).scalar_one_or_none()
    return 0 if chain is None else _forget_from(session, chain, now, vault, limit)


def _forget_from(session: Session, chain: UUID, now: datetime, vault: Vault, limit: int) -> int:
    head = lock_head(session, chain, vault=vault)
    oldest = session.execute(
        select(rows.c.position, rows.c.at, rows.c.mac)
        .where(rows.c.chain == chain, rows.c.position < head.first + limit)
        .order_by(rows.c.position)
    ).all()
    past = []
    for row in oldest:  # only from the front: a clock that went back must not tear a hole
        if row.at >= now - KEPT_FOR:
            break
        past.append(row)
    if not past:
        return 0
    last = past[-1]
    session.execute(delete(rows).where(rows.c.chain == chain, rows.c.position <= last.position))
    write_head(session, Head(chain, head.position, head.mac, last.position + 1, last.mac), vault=vault)
    return len(past)
