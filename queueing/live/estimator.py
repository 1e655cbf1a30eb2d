"""Rounds of the estimator: follow all halls, work out anew those that changed or grew old, oldest first."""

from __future__ import annotations

import zlib
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from kernel.clock import monotonic
from queueing.engine import BadModel
from queueing.live.calibration import Calibration, calibration_of
from queueing.live.corrector import Corrector
from queueing.live.hall import Today, live_hall
from queueing.live.physical import as_published, physical_waits
from queueing.live.reading import changed_tickets, facts_mark, hall_facts, halls_now, seqs, told_outcomes
from queueing.live.state import HallState
from queueing.rules.published import FURTHEST_MINUTES, HallWaits, calibrated_queue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime
    from pathlib import Path

    from sqlmodel import Session

    from kernel.database import Database
    from kernel.ids import HallId
    from queueing.live.calibration import Outcome
    from queueing.live.reading import HallFacts, HallNow
    from queueing.live.state import LiveTicket

log = structlog.get_logger(__name__)

CHANGED_AFTER_S = 2.0  # a hall whose queue moved is worked out anew, but not more often
OLD_AFTER_S = 8.0  # one where nothing moved: half of what is served as fresh, so a slow round is no harm
CALIBRATED_EVERY_S = 60.0
REMEMBERED = timedelta(days=14)
FACTS_EVERY_S = 60.0  # opening hours, policies and queues change by hand


class _Followed:
    """A hall that is followed: its state, and when it was last read and worked out."""

    def __init__(self, day: date) -> None:
        self.state = HallState(day)
        self.seq = -1
        self.last_change: datetime | None = None
        self.worked_out_s = float("-inf")
        self.worked_out_seq = -1

    def apply(self, tickets: list[LiveTicket]) -> None:
        self.state.apply_all(tickets)
        latest = max((ticket.changed_at for ticket in tickets), default=None)
        if latest is not None and (self.last_change is None or latest > self.last_change):
            self.last_change = latest


class Estimator:
    """Follows all halls of a database and publishes their waits; reads only."""

    def __init__(self, database: Database, model_dir: Path | None = None) -> None:
        self._database = database
        self._corrector = Corrector(model_dir)
        self._facts: dict[HallId, HallFacts] = {}
        self._facts_mark: tuple[object, ...] | None = None
        self._facts_s = float("-inf")
        self._halls: dict[HallId, _Followed] = {}
        self._calibration = Calibration()
        self._calibrated_s = float("-inf")
        self._past: list[Outcome] = []
        self._past_until: date | None = None

    def round(self, now: datetime) -> Iterator[HallWaits]:
        """Yield the waits of every hall that is due, the longest due first."""
        due = self._database.read_now(self._follow, now)
        self._corrector.look(today=now.date())
        for hall_id, seen in due.items():
            waits = self._work_out(self._facts[hall_id], self._halls[hall_id], seen, now)
            if waits is not None:
                yield waits

    def state_of(self, hall_id: HallId) -> HallState:
        """Return the state of a hall as followed so far."""
        return self._halls[hall_id].state

    def _follow(self, session: Session, now: datetime) -> Mapping[HallId, HallNow]:
        """Bring every state up to date and return the halls that are due, with what else they show now."""
        self._read_facts(session)
        numbers = seqs(session)
        self._start_days(now)
        self._calibrate(session, now)
        moved = {
            hall_id: (own.state.day, own.last_change)
            for hall_id, own in self._halls.items()
            if own.seq != numbers.get(hall_id, 0)
        }
        if moved:
            changed: dict[HallId, list[LiveTicket]] = {hall_id: [] for hall_id in moved}
            for hall_id, ticket in changed_tickets(session, moved):
                changed[hall_id].append(ticket)
            for hall_id, tickets in changed.items():
                self._halls[hall_id].apply(tickets)
                self._halls[hall_id].seq = numbers.get(hall_id, 0)
        due = sorted(
            (hall_id for hall_id in self._halls if self._is_due(hall_id, now)),
            key=lambda hall_id: self._halls[hall_id].worked_out_s,
        )
        return halls_now(session, {hall_id: self._facts[hall_id] for hall_id in due}, numbers, now)

    def _read_facts(self, session: Session) -> None:
        mark, second = facts_mark(session), monotonic()
        if mark == self._facts_mark and second - self._facts_s < FACTS_EVERY_S:
            return
        self._facts, self._facts_mark, self._facts_s = hall_facts(session), mark, second

    def _start_days(self, now: datetime) -> None:
        """Begin each hall's local day with an empty state; it is read in full then."""
        for hall_id, facts in self._facts.items():
            day = facts.calendar.local_day(now)
            followed = self._halls.get(hall_id)
            if followed is None or followed.state.day != day:
                self._halls[hall_id] = _Followed(day)
        for gone in self._halls.keys() - self._facts.keys():
            del self._halls[gone]

    def _is_due(self, hall_id: HallId, now: datetime) -> bool:
        own = self._halls[hall_id]
        today = Today.of(self._facts[hall_id], now)
        if not today.sessions or today.minute < today.sessions[0][0] - FURTHEST_MINUTES:
            return False
        if today.minute >= today.closes and not any(len(line) for line in own.state.lines.values()):
            return False
        age = monotonic() - own.worked_out_s
        return age >= OLD_AFTER_S or (own.worked_out_seq != own.seq and age >= CHANGED_AFTER_S)

    def _work_out(self, facts: HallFacts, own: _Followed, seen: HallNow, now: datetime) -> HallWaits | None:
        own.worked_out_s, own.worked_out_seq = monotonic(), own.seq
        try:
            hall = live_hall(facts, own.state, seen, now)
        except BadModel as problem:
            log.warning("hall cannot be run forward", hall=str(facts.id), problem=str(problem))
            return None
        if hall is None:
            return None
        waits = physical_waits(hall, facts.queues, seed=_seed(facts.id, own.state.day))
        waits, made_by, reason = self._corrector.corrected(
            facts.id, hall, own.state, waits, facts.queues, drifting=self._calibration.drifting
        )
        stretches = tuple(self._calibration.of(facts.id))
        published = as_published(waits, facts.queues)
        told = {queue_id: calibrated_queue(each, stretches) for queue_id, each in published.items()}
        return HallWaits(facts.id, now, made_by, reason, told, stretches)

    def _calibrate(self, session: Session, now: datetime) -> None:
        """Learn from what became of told ranges, once a minute; days before today are read once a day."""
        second = monotonic()
        if second - self._calibrated_s < CALIBRATED_EVERY_S:
            return
        today = min((own.state.day for own in self._halls.values()), default=now.date())
        if self._past_until != today:
            self._past = told_outcomes(session, self._facts, since=today - REMEMBERED, before=today)
            self._past_until = today
        outcomes = [*self._past, *told_outcomes(session, self._facts, since=today)]
        self._calibration, self._calibrated_s = calibration_of(outcomes, now=now), second


def _seed(hall_id: HallId, day: date) -> int:
    """Return the seed of a hall's day: all its rounds share their random numbers."""
    return zlib.crc32(hall_id.bytes + day.isoformat().encode())
