"""What an old key has sealed is sealed anew with the present one, in small pieces, beside a running server.

Nothing is remembered between two pieces: the first byte of what is sealed names its key, so what is left is
what begins with another version. Whoever stops in between goes on later where they were.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import LargeBinary, and_, func, literal, select, tuple_, update

from kernel.secrets import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy import ColumnElement, Table
    from sqlmodel import Session

    from kernel.secrets import Vault


PIECE = 100  # values a unit of work: on SQLite the server writes nothing meanwhile


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed values; ``field`` is under which name, told by the columns ``by`` of the row."""

    table: Table
    column: str
    field: Callable[[Mapping[str, Any]], str]
    by: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.table.primary_key.columns)


def _version(own: SealedColumn) -> ColumnElement[bytes]:
    return func.substr(own.table.c[own.column], 1, 1, type_=LargeBinary)


def versions_in_use(session: Session, columns: Iterable[SealedColumn]) -> dict[int, int]:
    """Return how many values each key version has sealed."""
    found: Counter[int] = Counter()
    for own in columns:
        value = own.table.c[own.column]
        version = _version(own).label("version")
        for first, many in session.execute(
            select(version, func.count()).where(value.is_not(None)).group_by(version)
        ):
            found[first[0] if first else 0] += many
    return dict(sorted(found.items()))


def old_values(
    session: Session,
    own: SealedColumn,
    present: int,
    *,
    after: tuple[Any, ...] | None = None,
    limit: int = PIECE,
) -> list[dict[str, Any]]:
    """Return up to ``limit`` rows with what another key than ``present`` has sealed, in the table's order.

    ``after``: the key of the last one before. Each row has its key, what its name needs and what is sealed.
    Read apart from the writing: it may look through a whole table, and nobody waits meanwhile.
    """
    table, key = own.table, [own.table.c[name] for name in own.key]
    wanted = dict.fromkeys((*own.key, *own.by, own.column))
    old = and_(table.c[own.column].is_not(None), _version(own) != literal(bytes([present]), LargeBinary))
    asked = select(*(table.c[name] for name in wanted)).where(old).order_by(*key).limit(limit)
    if after is not None:
        following = [literal(value, column.type) for value, column in zip(after, key, strict=True)]
        asked = asked.where(tuple_(*key) > tuple_(*following) if len(key) > 1 else key[0] > following[0])
    return [dict(row._mapping) for row in session.execute(asked)]


def reseal(session: Session, own: SealedColumn, rows: Iterable[Mapping[str, Any]], vault: Vault) -> int:
    """Seal these values anew and return how many; what cannot be opened, or has changed since, stays.

    No row is locked: each is written only while it still holds what was read. Sealed bytes carry a random
    nonce, so whatever was written meanwhile, the same text included, is other bytes.
    """
    resealed = 0
    for row in rows:
        name = own.field(row)
        try:
            text = vault.open(row[own.column], field=name)
        except UNREADABLE:
            continue
        resealed += _put(session, own, row, vault.seal(text, field=name))
    return resealed


def _put(session: Session, own: SealedColumn, row: Mapping[str, Any], sealed: bytes) -> bool:
    table = own.table
    same = [table.c[name] == row[name] for name in (*own.key, own.column)]
    changed = session.execute(
        update(table).where(*same).values({own.column: sealed}).returning(table.c[own.column])
    )
    return changed.one_or_none() is not None
