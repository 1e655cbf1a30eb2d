"""A ticket is put aside with a reason: its holder reads it, the log keeps it, words go with the next move."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from queueing import service
from queueing.errors import ParkWordsMissing
from queueing.rules.parking import NO_REASON, ParkReason, Why
from queueing.rules.tickets import TicketStatus
from queueing.sealing import _COLUMNS, _LATER, LogFault, _plain, seal_log, verify_log
from queueing.store.ticket_writes import log
from queueing.store.tickets import tickets
from tests.support.walk_ins import walk_in

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

WORDS = "缺户口簿原件"


class AtWindow:
    """Somebody called to the first window."""

    def __init__(self, database: Database, city: Any, vault: Vault, clock: ManualClock) -> None:
        self.database, self.city, self.vault, self.clock = database, city, vault, clock
        self.by = {"by": city.clerks[0], "clock": clock}
        database.write_now(service.open_window, city.windows[0], **self.by)
        issued = walk_in(database, city, clock=clock, vault=vault)
        self.token = issued.token
        self.id = database.write_now(service.call_next, city.windows[0], **self.by).id

    def park(self, why: Why = NO_REASON) -> Any:
        return self.database.write_now(service.park, self.id, why=why, **self.by)

    def kept(self) -> tuple[Any, Any]:
        row = self.database.read_now(
            lambda session: session.execute(select(tickets).where(tickets.c.id == self.id)).one()
        )
        return row.park_reason, row.park_words

    def logged(self) -> list[tuple[str, str | None]]:
        asked = select(log.c.what, log.c.reason).where(log.c.ticket_id == self.id).order_by(log.c.id)
        return self.database.read_now(lambda session: [tuple(row) for row in session.execute(asked)])


@pytest.fixture
def there(database: Database, city: Any, vault: Vault, clock: ManualClock) -> AtWindow:
    return AtWindow(database, city, vault, clock)


def test_reason_and_words_stand_with_the_ticket_and_in_the_list(there: AtWindow) -> None:
    there.park(Why(ParkReason.PAPERS, f" {WORDS} "))
    parts = {"clock": there.clock, "vault": there.vault}
    held = there.database.read_now(service.follow, there.token, **parts)
    assert (held.status, held.park_reason, held.park_words) == (TicketStatus.PARKED, ParkReason.PAPERS, WORDS)
    desk = there.database.read_now(
        service.desk, there.city.windows[0], by=there.city.clerks[0], now=there.clock.now()
    )
    assert [(own.park_reason, own.park_words) for own in desk.parked] == [(ParkReason.PAPERS, WORDS)]


def test_the_log_keeps_the_reason_and_never_the_words(there: AtWindow) -> None:
    there.park(Why(ParkReason.OTHER, WORDS))
    assert there.logged()[-1] == ("park", "other")
    assert {reason for _, reason in there.logged()[:-1]} == {None}


@pytest.mark.parametrize("move", ["resume", "undo", "give_up", "close_day"])
@pytest.mark.slow
def test_reason_and_words_go_with_the_next_move(there: AtWindow, move: str) -> None:
    there.park(Why(ParkReason.OTHER, WORDS))
    assert there.kept() == ("other", WORDS)
    if move == "give_up":
        there.database.write_now(service.give_up, there.token, clock=there.clock, vault=there.vault)
    elif move == "close_day":
        there.clock.advance(timedelta(days=1))
        there.database.write_now(service.close_day, there.city.hall, clock=there.clock)
    else:
        there.database.write_now(getattr(service, move), there.id, **there.by)
    assert there.kept() == (None, None)


def test_another_reason_needs_words_and_nothing_happens_without(there: AtWindow) -> None:
    with pytest.raises(ParkWordsMissing):
        there.park(Why(ParkReason.OTHER, "  "))
    assert there.logged()[-1] == ("call", None)
    assert there.park().park_reason is None, "a reason may be left out"


def test_a_reason_changed_afterwards_breaks_the_days_seal(there: AtWindow) -> None:
    there.park(Why(ParkReason.PAPERS))
    there.clock.advance(timedelta(days=1))
    there.database.write_now(service.close_day, there.city.hall, clock=there.clock)
    there.database.write_now(seal_log, there.city.hall, clock=there.clock, vault=there.vault)
    assert not there.database.read_now(verify_log, vault=there.vault).broken
    changed = update(log).where(log.c.reason == "papers").values(reason="other")
    there.database.write_now(lambda session: session.execute(changed) and None)
    broken = there.database.read_now(verify_log, vault=there.vault).broken
    assert [own.fault for own in broken] == [LogFault.ALTERED]


def test_a_line_without_a_reason_is_sealed_as_before_there_were_reasons() -> None:
    ever = tuple(range(len(_COLUMNS)))
    said = "|".join(map(str, ever))
    assert _plain((*ever, *[None] * len(_LATER))) == said, "seals of earlier releases hold"
    assert _plain((*ever, "papers", *[None] * (len(_LATER) - 1))) != said
