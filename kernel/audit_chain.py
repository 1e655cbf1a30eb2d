"""The audit trail as chains, one a hall and one for the city: each row seals the row before it.

A row's mac is a keyed hash of its content, its place and the mac of the row before; a chain's head says
where it ends and where it begins, under a mac of its own. Whoever edits the database without the key
can neither alter, remove, move or add a row nor shorten the chain without ``verify`` telling where.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert, select, update

from kernel.audit_tables import AuditChainRow, AuditRow
from kernel.inserting import insert_into

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Row
    from sqlmodel import Session

    from kernel.secrets import Vault

rows = AuditRow.__table__
chains = AuditChainRow.__table__

CITY = UUID(int=0)  # the chain of what belongs to no hall
START = bytes(32)  # what the first row of a chain carries as the one before
CONTENT = ("at", "role", "staff_id", "device_id", "hall_id", "what", "subject", "detail")
LATER = ("address", "session")  # sealed on the rows that have it: those from before read as they were sealed


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain begins and ends."""

    chain: UUID
    position: int
    mac: bytes
    first: int
    first_before: bytes

    def sealed(self, vault: Vault) -> bytes:
        """Return the mac over all of it: an older end does not pass for the present one."""
        parts = (self.chain.hex, self.position, self.mac.hex(), self.first, self.first_before.hex())
        return vault.digest("|".join(map(str, parts)), field="audit.head")


def row_mac(values: Mapping[str, Any], chain: UUID, position: int, before: bytes, vault: Vault) -> bytes:
    """Return what seals a row in its place."""
    plain = {name: _plain(values[name]) for name in CONTENT if name != "detail"}
    plain |= {name: values[name] for name in LATER if values.get(name) is not None}
    text = json.dumps([plain, values["detail"]], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return vault.digest(f"{chain.hex}|{position}|{before.hex()}|{text}", field="audit.row")


def _plain(value: Any) -> str | None:
    if value is None:
        return None
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def append(session: Session, values: Mapping[str, Any], *, vault: Vault) -> None:
    """Write a row at the end of its hall's chain, in the transaction of what it tells of."""
    chain = values["hall_id"] or CITY
    head = lock_head(session, chain, vault=vault)
    position = head.position + 1
    mac = row_mac(values, chain, position, head.mac, vault)
    session.execute(insert(rows).values(**values, chain=chain, position=position, before=head.mac, mac=mac))
    write_head(session, Head(chain, position, mac, head.first, head.first_before), vault=vault)


def lock_head(session: Session, chain: UUID, *, vault: Vault) -> Head:
    """Return a chain's head and lock it until the transaction ends, beginning the chain if need be.

    Whoever writes a row takes it, after all other locks. Without it two writers read one end and both
    write the row after it: one of them fails at the key of (chain, position), or, without the key, the
    chain forks and nobody can say which of the two was removed later.
    """
    head = _head(session, chain)
    if head is not None:
        return head
    fresh = Head(chain, 0, START, 1, START)
    begun = session.execute(
        insert_into(session, chains)
        .values(**_stored(fresh), seal=fresh.sealed(vault))
        .on_conflict_do_nothing()
        .returning(chains.c.chain)
    ).one_or_none()
    if begun is not None:
        return _take_in_older(session, fresh, vault)
    head = _head(session, chain)
    assert head is not None
    return head


def _head(session: Session, chain: UUID) -> Head | None:
    row = session.execute(select(chains).where(chains.c.chain == chain).with_for_update()).one_or_none()
    return None if row is None else head_of(row)


def head_of(row: Row[Any]) -> Head:
    """Return the head that a row holds."""
    return Head(row.chain, row.position, row.mac, row.first, row.first_before)


def _take_in_older(session: Session, head: Head, vault: Vault) -> Head:
    """Seal the rows that were written before there were chains, once, in the order they came."""
    hall = rows.c.hall_id.is_(None) if head.chain == CITY else rows.c.hall_id == head.chain
    older: Sequence[Any] = session.execute(
        select(rows).where(hall, rows.c.position.is_(None)).order_by(rows.c.id)
    ).all()
    for row in older:
        position = head.position + 1
        mac = row_mac(row._mapping, head.chain, position, head.mac, vault)
        session.execute(
            update(rows)
            .where(rows.c.id == row.id)
            .values(chain=head.chain, position=position, before=head.mac, mac=mac)
        )
        head = Head(head.chain, position, mac, head.first, head.first_before)
    return head


def write_head(session: Session, head: Head, *, vault: Vault) -> None:
    """Write where a chain, whose head is locked, begins and ends now."""
    session.execute(
        update(chains).where(chains.c.chain == head.chain).values(**_stored(head), seal=head.sealed(vault))
    )


def _stored(head: Head) -> dict[str, Any]:
    return {name: getattr(head, name) for name in Head.__dataclass_fields__}


def same(one: bytes | None, other: bytes) -> bool:
    """Compare two macs in a time that tells nothing."""
    return one is not None and hmac.compare_digest(one, other)
