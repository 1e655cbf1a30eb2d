"""Drills with volume, run by ``make drill``: many rivals, many rounds, an oracle of their own."""

from __future__ import annotations

import itertools
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from kernel.clock import ManualClock
from kernel.database import Database
from kernel.identity import Actor, Role
from kernel.secrets import Vault
from kernel.tables import HallRow
from queueing import service
from queueing.errors import NobodyWaiting
from queueing.store.ticket_writes import log

pytestmark = [pytest.mark.drill, pytest.mark.timeout(1800)]

halls = HallRow.__table__  # type: ignore[attr-defined]
PEOPLE = 3_000


def allow_many_numbers(database: Database, city: Any) -> None:
    policy = {"last_number": 50_000}
    database.write_now(
        lambda session: session.execute(update(halls).where(halls.c.id == city.hall).values(policy=policy))
    )


def issue(database: Database, city: Any, vault: Vault, clock: ManualClock, code: str) -> str:
    issued = database.write_now(
        service.issue_ticket,
        city.hall,
        [city.services[code]],
        priority=False,
        by=Actor(Role.DEVICE),
        clock=clock,
        vault=vault,
    )
    return issued.ticket.label


def test_parallel_kiosks_and_windows_keep_numbers_calls_and_conservation(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    """Eight kiosks issue while three windows serve; then the log is audited from scratch."""
    allow_many_numbers(database, city)
    for window, clerk in zip(city.windows, city.clerks, strict=True):
        database.write_now(service.open_window, window, by=clerk, clock=clock)
    issuing = True

    def serve(index: int) -> list[str]:
        served: list[str] = []
        while True:
            done = not issuing
            try:
                ticket = database.write_now(
                    service.call_next, city.windows[index], by=city.clerks[index], clock=clock
                )
            except NobodyWaiting:
                if done:
                    return served
                continue
            database.write_now(service.start, ticket.id, by=city.clerks[index], clock=clock)
            database.write_now(service.finish, ticket.id, by=city.clerks[index], clock=clock)
            served.append(ticket.label)

    def arrive(number: int) -> str:
        clock.advance(timedelta(milliseconds=5))
        return issue(database, city, vault, clock, ("id-card", "insurance")[number % 2])

    with ThreadPoolExecutor(3) as windows, ThreadPoolExecutor(8) as kiosks:
        serving = [windows.submit(serve, index) for index in range(3)]
        labels = list(kiosks.map(arrive, range(PEOPLE)))
        issuing = False
        served = list(itertools.chain.from_iterable(done.result() for done in serving))
    half = PEOPLE // 2
    assert sorted(labels) == sorted(
        f"{prefix}{number:03d}" for prefix in "AB" for number in range(1, half + 1)
    )
    assert Counter(served) == Counter(labels)
    lines = database.read_now(lambda session: session.execute(select(log).order_by(log.c.id)).all())
    calls = Counter(line.ticket_id for line in lines if line.what == "call")
    assert set(calls.values()) == {1}
    assert Counter(line.what for line in lines) == dict.fromkeys(("issue", "call", "start", "finish"), PEOPLE)
    at = [line.at for line in lines]
    assert at == sorted(at)
