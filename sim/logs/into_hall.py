"""A real log as the past of a hall: lines of the ticket log with source ``imported``, and their facts.

The wall clock of the log is kept: who came at 9:12 there came at 9:12 in the hall's own zone, on the same
date. Everything is written in one unit of work or not at all; a ticket's id follows from what it is, so a
log that is imported again adds nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from kernel import catalogue
from kernel.identity import Role
from kernel.ids import TicketId
from queueing import store
from queueing.facts import fact_of, facts
from queueing.rules.tickets import TicketAction, TicketStatus
from queueing.tables import TicketEventRow, TicketFactRow
from sim.seed.rows import add_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.ids import HallId, QueueId, WindowId
    from sim.logs.records import TicketRecord
    from sim.seed.rows import Values

SOURCE = "imported"
ISSUE = "issue"


class ImportRefused(ValueError):
    """The log cannot become the past of this hall; the message says why and what would help."""


@dataclass(frozen=True, slots=True)
class Target:
    """The hall that a log is loaded into: its queues by prefix, its windows by label."""

    hall: HallId
    code: str
    zone: ZoneInfo
    today: date
    queues: Mapping[str, QueueId]
    windows: Mapping[str, WindowId]


@dataclass(slots=True)
class Loaded:
    """What came of the log's tickets: ``tickets == added + known + sum(left_out.values())``."""

    tickets: int = 0
    added: int = 0
    lines: int = 0
    known: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def text(self, hall: str) -> list[str]:
        """Return the counts as readable lines."""
        head = f"hall {hall}: {self.added} tickets added ({self.lines} lines of the log)"
        known = [f"  already there {self.known}"] if self.known else []
        return [head, *known, *(f"  left out {n}: {why}" for why, n in self.left_out.most_common())]


@dataclass(frozen=True, slots=True)
class _Line:
    what: str
    at: datetime
    role: Role
    window_id: WindowId | None = None
    source: str = SOURCE
    delivered_id: None = None
    done_as_well: None = None
    told: None = None


@dataclass(frozen=True, slots=True)
class _Ticket:
    """What ``queueing.facts`` asks of an ended ticket."""

    id: TicketId
    hall_id: HallId
    queue_id: QueueId
    day: date
    priority: bool
    effective_at: datetime
    status: TicketStatus
    due_at: None = None
    told_p10: None = None
    told_p50: None = None
    told_p90: None = None
    band_withheld: bool = False
    told_by: None = None
    told_up: None = None
    told_down: None = None
    remote: bool = False


def target_of(session: Session, hall_code: str, *, clock: Clock) -> Target:
    """Return the hall with its queues and windows; raises ``HallNotFound``."""
    hall = catalogue.hall_by_code(session, hall_code)
    calendar = catalogue.calendar(session, hall.id)
    return Target(
        hall=hall.id,
        code=hall.code,
        zone=calendar.zone,
        today=calendar.local_day(clock.now()),
        queues={queue.prefix: queue.id for queue in catalogue.queues(session, hall.id)},
        windows={window.label: window.id for window in store.windows_of(session, hall.id)},
    )


def queue_mapping(target: Target, pairs: Iterable[str]) -> dict[str, QueueId]:
    """Return the hall's queue for each queue of the log, from pairs ``LOG=PREFIX``.

    A queue of the log that is named like a prefix needs no pair. Raises ImportRefused.
    """
    mapping = dict(target.queues)
    for pair in pairs:
        name, _, prefix = pair.partition("=")
        if not name or prefix not in target.queues:
            known = ", ".join(target.queues)
            raise ImportRefused(f"--queue {pair}: write LOG=PREFIX; hall {target.code} has {known}")
        mapping[name] = target.queues[prefix]
    return mapping


def load_tickets(
    session: Session,
    target: Target,
    records: Iterable[TicketRecord],
    mapping: Mapping[str, QueueId],
    *,
    log_hall: str | None = None,
) -> Loaded:
    """Write tickets of past days into the ticket log with their facts; return what became of them.

    ``log_hall``: which hall of the log, needed where it has several. Raises ImportRefused, and then
    nothing is written.
    """
    done = Loaded()
    known = _known(session, target.hall)
    log: list[Values] = []
    rows: list[Values] = []
    for record in _of_one_hall(records, log_hall):
        done.tickets += 1
        reason = _why_not(record, target, mapping)
        if reason is not None:
            done.left_out[reason] += 1
            continue
        ticket = _ticket(record, target, mapping[record.queue])
        if ticket.id in known:
            done.known += 1
            continue
        known.add(ticket.id)
        told = _lines(record, target)
        rows.append(fact_of(ticket, told))
        log.extend(_log_row(ticket, line, record) for line in told)
    log.sort(key=lambda line: line["at"])
    add_rows(session, TicketFactRow, rows)
    add_rows(session, TicketEventRow, log)
    done.added, done.lines = len(rows), len(log)
    return done


def _known(session: Session, hall_id: HallId) -> set[UUID]:
    found = session.execute(
        select(facts.c.ticket_id).where(facts.c.hall_id == hall_id, facts.c.source == SOURCE)
    )
    return set(found.scalars())


def _of_one_hall(records: Iterable[TicketRecord], log_hall: str | None) -> Iterable[TicketRecord]:
    first = log_hall
    seen = False
    for record in records:
        first = first or record.hall
        if record.hall == first:
            seen = True
            yield record
        elif log_hall is None:
            raise ImportRefused(
                f"the log tells of several halls, {first} and {record.hall} among them: "
                "say which one with --log-hall"
            )
    if log_hall is not None and not seen:
        raise ImportRefused(f"the log has no ticket of a hall {log_hall}")


def _why_not(record: TicketRecord, target: Target, mapping: Mapping[str, QueueId]) -> str | None:
    if record.queue not in mapping:
        return (
            f"queue {record.queue} of the log is no queue of the hall; map it with --queue {record.queue}=…"
        )
    if record.joined_at.date() >= target.today:
        return "it is not of a day that has passed"
    if record.called_at is None and record.ending != "gave_up":
        return "neither its call nor its end was seen"
    return None


def _ticket(record: TicketRecord, target: Target, queue_id: QueueId) -> _Ticket:
    """Return the ticket. The display logs do not tell what followed the call: it stays ``called``."""
    status = TicketStatus.CALLED
    if record.ending == "gave_up":
        status = TicketStatus.GIVEN_UP
    elif record.finished_at is not None:
        status = TicketStatus.FINISHED
    joined_at = _local(record.joined_at, target)
    return _Ticket(
        id=ticket_id(record, target.hall, joined_at),
        hall_id=target.hall,
        queue_id=queue_id,
        day=record.joined_at.date(),
        priority=bool(record.credit),
        effective_at=joined_at - record.credit,
        status=status,
    )


def ticket_id(record: TicketRecord, hall_id: HallId, joined_at: datetime) -> TicketId:
    """Return a UUIDv7 (RFC 9562) whose instant is the joining and whose rest is a hash of the ticket."""
    told = (str(hall_id), record.hall, record.queue, record.number, record.joined_at.isoformat())
    rest = int.from_bytes(hashlib.sha256("\0".join(told).encode()).digest()[:10], "big")
    head = int(joined_at.timestamp() * 1000) << 80 | 0x7 << 76 | (rest >> 64 & 0xFFF) << 64
    return TicketId(UUID(int=head | 0b10 << 62 | rest & (1 << 62) - 1))


def _lines(record: TicketRecord, target: Target) -> list[_Line]:
    window = None if record.window is None else target.windows.get(record.window)
    told = [_Line(ISSUE, _local(record.joined_at, target), Role.SYSTEM)]
    if record.ending == "gave_up":
        left_at = record.left_at or record.joined_at
        told.append(_Line(TicketAction.GIVE_UP, _local(left_at, target), Role.CITIZEN))
    else:
        for what, at in (
            (TicketAction.CALL, record.called_at),
            (TicketAction.START, record.started_at),
            (TicketAction.FINISH, record.finished_at),
        ):
            if at is not None:
                told.append(_Line(what, _local(at, target), Role.CLERK, window))
    return told


def _local(instant: datetime, target: Target) -> datetime:
    return instant.replace(tzinfo=target.zone)


def _log_row(ticket: _Ticket, line: _Line, record: TicketRecord) -> Values:
    return {
        "hall_id": ticket.hall_id,
        "ticket_id": ticket.id,
        "queue_id": ticket.queue_id,
        "what": line.what,
        "at": line.at,
        "precision_s": record.precision.total_seconds(),
        "role": line.role,
        "actor_id": None,
        "window_id": line.window_id,
        "source": SOURCE,
    }
