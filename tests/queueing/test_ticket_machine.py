"""Whatever people and clerks press, in any order: no ticket is lost, doubled, or called out of its turn."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from app.migrate import migrate
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.errors import Refusal
from kernel.identity import CITIZEN
from kernel.secrets import Vault
from queueing import service
from queueing.errors import NobodyWaiting
from queueing.rules.windows import PauseKind
from queueing.store.ticket_writes import log
from queueing.store.tickets import tickets
from queueing.window_tables import WindowRow
from tests.support.small_city import SmallCity, seed_small_city

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlmodel import Session

MORNING = datetime(2026, 11, 18, 1, 40, tzinfo=UTC)
windows = WindowRow.__table__  # type: ignore[attr-defined]
# What may be done next, written down once more here, from the words of the design and not from the table.
AFTER = {
    "waiting": {
        *("call", "move_back", "undo_move_back", "transfer", "give_up"),
        *("undo_transfer", "undo_sent_called"),
    },
    "called": {"recall", "hold", "start", "miss", "park", "transfer", "give_up"},
    "serving": {"record", "undo_record", "finish", "park", "transfer", "undo_start"},
    "parked": {"resume", "call", "give_up", "undo_park", "undo_park_called"},
    "missed": {"reinstate", "give_up", "undo_miss"},
    "finished": {"undo_finish"},
    "given_up": {"undo_give_up"},
}  # fmt: skip
LEADS_TO = {
    **dict.fromkeys(("call", "recall", "hold", "undo_miss", "undo_start", "undo_park_called"), "called"),
    **dict.fromkeys(("start", "record", "undo_record", "undo_finish", "undo_park"), "serving"),
    **{"undo_transfer": "serving"},
    **dict.fromkeys(("issue", "transfer", "resume", "reinstate", "move_back", "undo_move_back"), "waiting"),
    **{"undo_sent_called": "called", "undo_give_up": "waiting", "finish": "finished", "miss": "missed"},
    **{"park": "parked", "give_up": "given_up"},
}  # fmt: skip
AT_WINDOW = {"called", "serving"}
# The small city's plan; True where the window helps.
SERVES = {0: {"A": False}, 1: {"A": True, "B": False}, 2: {"B": False}}
HELP_LIMIT = timedelta(minutes=20)


@functools.cache
def the_city() -> tuple[Path, SmallCity, Vault]:
    """A city that is founded once; each morning begins with a copy of its file."""
    path = Path(tempfile.mkdtemp(prefix="jinban-tickets-")) / "city.sqlite"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    database, vault = Database(f"sqlite:///{path}"), Vault({1: os.urandom(32)}, os.urandom(32))
    migrate(database)
    database.carry(vault=vault)
    city = database.write_now(seed_small_city, vault=vault, clock=ManualClock(MORNING))
    database.close()
    return path, city, vault


class Hall(RuleBasedStateMachine):
    """Every step is a use case; after each the promises are looked up in the database itself."""

    def __init__(self) -> None:
        super().__init__()
        founded, self.city, self.vault = the_city()
        self.folder = Path(tempfile.mkdtemp(prefix="jinban-tickets-"))
        shutil.copy(founded, self.folder / "hall.sqlite")
        self.database = Database(f"sqlite:///{self.folder / 'hall.sqlite'}")
        self.database.carry(vault=self.vault)
        self.clock = ManualClock(MORNING)
        self.issued: list[service.IssuedTicket] = []

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _try(self, use_case: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        before = self._rows()
        try:
            return self.database.write_now(use_case, *args, clock=self.clock, **kwargs)
        except Refusal:
            assert self._rows() == before, "a refusal changed something"
            return None

    def _rows(self) -> list[Any]:
        def read(session: Session) -> list[Any]:
            found = (session.execute(select(own).order_by(own.c.id)) for own in (tickets, windows))
            return [row for rows in found for row in rows]

        return self.database.read_now(read)

    # --- people ----------------------------------------------------------------------------------------

    @rule(code=st.sampled_from(["id-card", "insurance"]), priority=st.booleans())
    def issue(self, code: str, priority: bool) -> None:
        found = self._try(
            service.issue_ticket, self.city.hall, [self.city.services[code]],
            priority=priority, by=CITIZEN, vault=self.vault,
        )  # fmt: skip
        if found is not None:
            self.issued.append(found)

    @precondition(lambda self: self.issued)
    @rule(
        which=st.integers(0, 50),
        what=st.sampled_from(
            [service.give_up, service.undo_give_up, service.need_more_time, service.undo_more_time]
        ),
    )
    def at_the_phone(self, which: int, what: Any) -> None:
        self._try(what, self.issued[which % len(self.issued)].token, vault=self.vault)

    # --- clerks ----------------------------------------------------------------------------------------

    @rule(window=st.integers(0, 2), what=st.sampled_from(["open", "pause", "resume", "close"]))
    def sit(self, window: int, what: str) -> None:
        press = {
            "open": service.open_window, "resume": service.resume_window, "close": service.close_window,
        }.get(what)  # fmt: skip
        own = self.city.windows[window]
        if press is None:
            self._try(service.pause_window, own, PauseKind.BREAK, by=self.city.clerks[window])
        else:
            self._try(press, own, by=self.city.clerks[window])

    @rule(window=st.integers(0, 2))
    def call_next(self, window: int) -> None:
        first = self._first_in_turn(window)
        own = {"by": self.city.clerks[window], "clock": self.clock}
        try:
            called = self.database.write_now(service.call_next, self.city.windows[window], **own)
        except NobodyWaiting:
            assert not first, "somebody waits"
        except Refusal:
            return
        else:
            assert called.label in first, "out of turn"

    @precondition(lambda self: self.issued)
    @rule(
        which=st.integers(0, 50),
        clerk=st.integers(0, 2),
        what=st.sampled_from(
            [
                *(service.recall, service.start, service.finish, service.miss, service.park, service.undo),
                *(service.reinstate, service.resume, service.start, service.finish, service.hold_call),
            ]
        ),
    )
    def at_the_desk(self, which: int, clerk: int, what: Any) -> None:
        self._try(what, self.issued[which % len(self.issued)].ticket.id, by=self.city.clerks[clerk])

    @precondition(lambda self: self.issued)
    @rule(which=st.integers(0, 50), clerk=st.integers(0, 2), to_b=st.booleans())
    def transfer(self, which: int, clerk: int, to_b: bool) -> None:
        queue = self.city.queue_b if to_b else self.city.queue_a
        own = self.issued[which % len(self.issued)].ticket.id
        self._try(service.transfer, own, queue, by=self.city.clerks[clerk])

    @precondition(lambda self: self.issued)
    @rule(which=st.integers(0, 50), window=st.integers(0, 2))
    def call_by_hand(self, which: int, window: int) -> None:
        own = self.issued[which % len(self.issued)].ticket.id
        self._try(service.call_ticket, self.city.windows[window], own, by=self.city.clerks[window])

    @rule(seconds=st.sampled_from([1, 15, 25, 45, 90, 600]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    # --- what always holds -----------------------------------------------------------------------------

    def _first_in_turn(self, window: int) -> set[str]:
        """Whom this window has to call: own queues before those it helps, earliest arrival first.

        More than one where tickets with the same number of two queues were brought into one by a transfer,
        and arrived within the same microsecond.
        """
        prefix = {self.city.queue_a: "A", self.city.queue_b: "B"}
        now, serves = self.clock.now(), SERVES[window]
        turns = [
            (
                serves[queue] and now - row.effective_at <= HELP_LIMIT,
                row.effective_at, "AB".index(queue), row.number, row.label,
            )
            for row in self.database.read_now(
                lambda session: session.execute(select(tickets).where(tickets.c.status == "waiting")).all()
            )
            if (queue := prefix.get(row.queue_id)) in serves
        ]  # fmt: skip
        first = min(turns)[:-1] if turns else None
        return {label for *turn, label in turns if tuple(turn) == first}

    @invariant()
    def nobody_is_lost_and_nobody_is_at_two_windows(self) -> None:
        self.database.read_now(self._check)

    def _check(self, session: Session) -> None:
        rows = session.execute(select(tickets)).all()
        assert {row.id for row in rows} == {own.ticket.id for own in self.issued}
        assert {row.status for row in rows} <= AFTER.keys()
        for prefix in "AB":
            numbers = sorted(row.number for row in rows if row.label.startswith(prefix))
            assert numbers == list(range(1, len(numbers) + 1)), "a number is missing or was given twice"
        shown = {row.id: row.ticket_id for row in session.execute(select(windows)) if row.ticket_id}
        at = {row.window_id: row.id for row in rows if row.status in AT_WINDOW}
        assert len(at) == sum(row.status in AT_WINDOW for row in rows), "two tickets at one window"
        assert shown == at
        self._check_log(session, {row.id: row.status for row in rows})

    def _check_log(self, session: Session, status: dict[Any, str]) -> None:
        stands: dict[Any, str] = {}
        issued: Counter[Any] = Counter()
        for line in session.execute(select(log).order_by(log.c.id)):
            if line.what == "issue":
                issued[line.ticket_id] += 1
            else:
                assert line.what in AFTER[stands[line.ticket_id]], (stands[line.ticket_id], line.what)
            stands[line.ticket_id] = LEADS_TO[line.what]
        assert stands == status
        assert set(issued.values()) <= {1}


TestTickets = pytest.mark.slow(Hall.TestCase)
TestTickets.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)


@pytest.mark.drill
class TestManyMornings(Hall.TestCase):  # type: ignore[misc, valid-type]
    """Five thousand of them."""

    settings = settings(max_examples=5_000, stateful_step_count=30, deadline=None)
