"""Many write the trail at once and it stays one chain; without the lock on its end it forks."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from kernel.audit import note
from kernel.audit_chain import chains, row_mac, rows
from kernel.audit_check import verify
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.secrets import Vault
from tests.support.races import behind_the_writer

RIVALS, EACH = 6, 5


def test_rivals_never_fork_the_chain(database: Database, city: Any, clock: ManualClock, vault: Vault) -> None:
    """The hall has no chain when they begin: its first rows are raced for too."""
    gate = threading.Barrier(RIVALS)

    def write(number: int) -> None:
        gate.wait(5)
        for turn in range(EACH):
            database.write_now(
                note,
                "look.desk",
                by=city.manager,
                hall_id=city.hall,
                at=clock.now(),
                subject=f"{number}/{turn}",
            )

    with ThreadPoolExecutor(RIVALS) as pool:
        list(pool.map(write, range(RIVALS)))
    found = database.read_now(verify, vault=vault)
    assert (found.rows, found.broken) == (RIVALS * EACH, ())
    assert found.heads[0].position == RIVALS * EACH


def _naive_end(session: Session, city: Any) -> tuple[int, bytes]:
    row = session.execute(select(chains).where(chains.c.chain == city.hall)).one()
    return row.position, row.mac


def _race_without_lock(
    database: Database, city: Any, clock: ManualClock, vault: Vault, *, with_key: bool
) -> list[str]:
    """Two look at the end of the chain before either writes; ``with_key``: they name their position."""
    database.write_now(note, "look.desk", by=city.manager, hall_id=city.hall, at=clock.now())
    both_read = threading.Barrier(2)
    turn = threading.Lock()

    def naive(number: int) -> str:
        ended: list[tuple[int, bytes]] = []

        def unit(session: Session) -> None:
            if not ended:
                ended.append(_naive_end(session, city))
                session.rollback()
                both_read.wait(5)
            position, before = ended[0]
            values = {
                **dict.fromkeys(("staff_id", "device_id")),
                **{"at": clock.now(), "role": "clerk", "hall_id": city.hall, "what": "look.desk"},
                **{"subject": str(number), "detail": {}},
            }
            mac = row_mac(values, city.hall, position + 1, before, vault)
            place = position + 1 if with_key else None
            with turn:
                session.execute(
                    insert(rows).values(**values, chain=city.hall, position=place, before=before, mac=mac)
                )
                session.commit()

        try:
            behind_the_writer(database, unit)
        except IntegrityError:
            return "refused by the key"
        return "written"

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(naive, range(2)))


def test_without_the_lock_and_the_key_the_chain_forks(
    database: Database, city: Any, clock: ManualClock, vault: Vault
) -> None:
    said = _race_without_lock(database, city, clock, vault, with_key=False)
    assert said == ["written", "written"]
    befores = database.read_now(lambda session: session.execute(select(rows.c.before)).scalars().all())
    assert len(befores) == 3
    assert len(set(befores)) == 2  # two rows name one row as the one before them


def test_the_key_of_the_chain_holds_even_without_the_lock(
    database: Database, city: Any, clock: ManualClock, vault: Vault
) -> None:
    said = _race_without_lock(database, city, clock, vault, with_key=True)
    assert said == ["refused by the key", "written"]
