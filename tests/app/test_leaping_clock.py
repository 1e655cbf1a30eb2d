"""A time server that is wrong for minutes: what goes round by itself does nothing that cannot be undone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from app.retention import Retention
from app.rounds import Rounds
from kernel.identity import CITIZEN
from queueing import service
from queueing.rules.tickets import TicketStatus

if TYPE_CHECKING:
    from datetime import datetime

    import pytest

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity


@dataclass
class WrongClock:
    """A machine's clock that a time server may set as it likes."""

    at: datetime

    def now(self) -> datetime:
        return self.at


async def test_a_leap_of_the_clock_ends_no_ticket_and_erases_nothing(
    sqlite_parts: Parts, sqlite_city: SmallCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = sqlite_parts.clock.now()
    clock = WrongClock(right)
    parts = replace(sqlite_parts, clock=clock)
    database, vault = parts.database, parts.vault
    rounds, retention = Rounds(database, clock, vault), Retention(parts)
    looked: list[object] = []
    monkeypatch.setattr("app.retention.anything_due", lambda *own, **_: looked.append(own))
    await rounds._visit(sqlite_city.hall)
    kept = await database.write(
        service.issue_ticket, sqlite_city.hall, [sqlite_city.services["id-card"]],
        priority=False, by=CITIZEN, clock=clock, vault=vault,
    )  # fmt: skip
    clock.at = right + timedelta(days=365)
    with capture_logs() as logs:
        for _ in range(2):
            await rounds._visit(sqlite_city.hall)
            await retention.once()
    told = [own["event"] for own in logs if own["log_level"] == "error"]
    assert told == ["clock leapt; new day waits"], "said once, not in each round"
    assert looked == []
    clock.at = right + timedelta(minutes=1)
    await rounds._visit(sqlite_city.hall)
    seen = await database.read(service.follow, kept.token, clock=clock, vault=vault)
    assert seen.status is TicketStatus.WAITING
    await retention.once()
    assert looked, "with the clock back it looks after every hall again"
