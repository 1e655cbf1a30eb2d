"""Several processes come round at midnight and seal a day once; who looks before locking seals it twice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, insert, select

from kernel.audit import note
from kernel.audit_chain import rows
from kernel.identity import SYSTEM
from kernel.ids import uuid7
from queueing import sealing
from queueing.sealing import SEALED, seal_log
from queueing.store.ticket_writes import log

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

RIVALS = 4


@pytest.fixture
def midnight(database: Database, city: Any, clock: ManualClock) -> None:
    """Yesterday has a line, and nobody has sealed it."""
    line = insert(log).values(
        hall_id=city.hall, ticket_id=uuid7(), queue_id=city.queue_a, what="issue", at=clock.now(),
        precision_s=0.0, role="citizen", source="live",
    )  # fmt: skip
    database.write_now(lambda session: session.execute(line) and None)
    clock.advance(timedelta(days=1))


def seals(database: Database) -> int:
    counted = select(func.count()).where(rows.c.what == SEALED)
    return int(database.read_now(lambda session: session.execute(counted).scalar_one()))


@pytest.mark.usefixtures("midnight")
def test_several_processes_seal_a_day_once(
    database: Database, city: Any, clock: ManualClock, vault: Vault
) -> None:
    gate = threading.Barrier(RIVALS)

    def round_at_midnight(_: int) -> int:
        gate.wait(5)
        return len(database.write_now(seal_log, city.hall, clock=clock, vault=vault))

    with ThreadPoolExecutor(RIVALS) as pool:
        assert sorted(pool.map(round_at_midnight, range(RIVALS))) == [0, 0, 0, 1]
    assert seals(database) == 1


@pytest.mark.usefixtures("midnight")
def test_whoever_looks_before_locking_seals_it_twice(
    database: Database, city: Any, clock: ManualClock
) -> None:
    both_looked = threading.Barrier(2)

    def naive(_: int) -> None:
        today = clock.now().date()
        days = database.read_now(lambda session: list(sealing._days(session, city.hall, today)))
        both_looked.wait(5)
        for day in days:
            database.write_now(
                note, SEALED, by=SYSTEM, hall_id=city.hall, at=clock.now(), subject=f"log:{day}"
            )

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(naive, range(2)))
    assert seals(database) == 2
