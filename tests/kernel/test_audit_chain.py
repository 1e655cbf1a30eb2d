"""The trail tells of every row that was altered, removed, moved, slipped in or cut off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from kernel.audit import note
from kernel.audit_chain import CITY, chains, rows
from kernel.audit_check import KEPT_FOR, Checked, Fault, forget_old, verify
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.secrets import Vault
from tests.support.small_city import SmallCity

COUNT = 6


def fill(database: Database, city: SmallCity, clock: ManualClock, count: int = COUNT) -> None:
    for number in range(count):
        clock.advance(timedelta(minutes=1))
        for hall in (city.hall, None):
            database.write_now(
                note,
                "look.desk",
                by=city.manager,
                hall_id=hall,
                at=clock.now(),
                subject=f"{number}",
                detail={"share": 0.1, "hours": [1, 2], "名": "值"},
            )


def checked(database: Database, vault: Vault) -> Checked:
    return database.read_now(verify, vault=vault)


def test_a_trail_that_nobody_touched_is_whole(
    database: Database, city: SmallCity, clock: ManualClock, vault: Vault
) -> None:
    fill(database, city, clock)
    found = checked(database, vault)
    assert (found.rows, found.broken) == (2 * COUNT, ())
    assert {head.chain for head in found.heads} == {city.hall, CITY}


def _alter(session: Session, hall: Any) -> None:
    session.execute(update(rows).where(rows.c.chain == hall, rows.c.position == 3).values(subject="other"))


def _alter_detail(session: Session, hall: Any) -> None:
    own = (rows.c.chain == hall) & (rows.c.position == 3)
    session.execute(update(rows).where(own).values(detail={"share": 0.2}))


def _remove(session: Session, hall: Any) -> None:
    session.execute(delete(rows).where(rows.c.chain == hall, rows.c.position == 3))


def _cut_the_end(session: Session, hall: Any) -> None:
    session.execute(delete(rows).where(rows.c.chain == hall, rows.c.position >= 5))


def _cut_the_end_and_the_head(session: Session, hall: Any) -> None:
    _cut_the_end(session, hall)
    last = session.execute(select(rows.c.mac).where(rows.c.chain == hall, rows.c.position == 4)).scalar_one()
    session.execute(update(chains).where(chains.c.chain == hall).values(position=4, mac=last))


def _cut_the_front(session: Session, hall: Any) -> None:
    session.execute(delete(rows).where(rows.c.chain == hall, rows.c.position <= 2))


def _swap(session: Session, hall: Any) -> None:
    for position, place in ((3, -1), (4, 3), (-1, 4)):
        own = (rows.c.chain == hall) & (rows.c.position == position)
        session.execute(update(rows).where(own).values(position=place))


def _slip_in(session: Session, hall: Any) -> None:
    session.execute(
        insert(rows).values(
            at=session.execute(select(rows.c.at).limit(1)).scalar_one(), hall_id=hall, what="x", detail={}
        )
    )


def _forget_the_head(session: Session, hall: Any) -> None:
    session.execute(delete(chains).where(chains.c.chain == hall))


@pytest.mark.parametrize(
    ("tamper", "position", "fault"),
    [
        (_alter, 3, Fault.ALTERED),
        (_alter_detail, 3, Fault.ALTERED),
        (_remove, 3, Fault.MISSING),
        (_cut_the_end, 5, Fault.MISSING),
        (_cut_the_end_and_the_head, 4, Fault.HEAD),
        (_cut_the_front, 1, Fault.MISSING),
        (_swap, 3, Fault.REORDERED),
        (_slip_in, 0, Fault.FOREIGN),
        (_forget_the_head, 0, Fault.HEAD),
    ],
)
@pytest.mark.slow
def test_the_first_row_that_was_tampered_with_is_told(
    database: Database,
    city: SmallCity,
    clock: ManualClock,
    vault: Vault,
    tamper: Callable[[Session, Any], None],
    position: int,
    fault: Fault,
) -> None:
    fill(database, city, clock)
    database.write_now(tamper, city.hall)
    broken = checked(database, vault).broken
    assert [(own.chain, own.position, own.fault) for own in broken] == [(city.hall, position, fault)]


def test_whoever_has_no_key_cannot_compute_the_chain_anew(
    database: Database, city: SmallCity, clock: ManualClock, vault: Vault
) -> None:
    """All rows sealed again with another key: the chain is whole in itself and yet refused."""
    other = Vault({1: b"x" * 32}, b"y" * 32)
    database.carry(vault=other)
    fill(database, city, clock)
    assert checked(database, other).broken == ()
    assert {own.fault for own in checked(database, vault).broken} == {Fault.HEAD}


def test_rows_from_before_there_were_chains_are_taken_in_once(
    database: Database, city: SmallCity, clock: ManualClock, vault: Vault
) -> None:
    for _ in range(2):
        older = {"at": clock.now(), "hall_id": city.hall, "staff_id": city.manager.id, "detail": {"n": 1}}
        database.write_now(
            lambda session, own=older: session.execute(insert(rows).values(what="setup.x", **own))
        )
    fill(database, city, clock, 1)
    found = checked(database, vault)
    assert (found.rows, found.broken) == (4, ())
    database.write_now(_slip_in, city.hall)
    fill(database, city, clock, 1)
    assert [own.fault for own in checked(database, vault).broken] == [Fault.FOREIGN]


def test_old_rows_are_forgotten_from_the_front_and_the_rest_stays_whole(
    database: Database, city: SmallCity, clock: ManualClock, vault: Vault
) -> None:
    fill(database, city, clock)
    clock.advance(KEPT_FOR - timedelta(days=1))
    assert database.write_now(forget_old, clock.now(), vault=vault) == 0
    clock.advance(timedelta(days=2))
    fill(database, city, clock, 1)
    gone = [database.write_now(forget_old, clock.now(), vault=vault, limit=4) for _ in range(5)]
    assert (sorted(gone), sum(gone)) == ([0, 2, 2, 4, 4], 2 * COUNT)
    found = checked(database, vault)
    assert (found.rows, found.broken) == (2, ())
    database.write_now(lambda session: session.execute(delete(rows).where(rows.c.chain == city.hall)))
    assert [own.fault for own in checked(database, vault).broken] == [Fault.MISSING]


def test_nothing_is_noted_without_the_keys(database: Database, city: SmallCity, clock: ManualClock) -> None:
    database.carry(vault=None)
    with pytest.raises(RuntimeError, match="keys"):
        database.write_now(note, "x", by=city.manager, hall_id=city.hall, at=clock.now())
