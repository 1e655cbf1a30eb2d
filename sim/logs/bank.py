"""The "Anonymous Bank" telephone log of 1999 (Mandelbaum, Sakov, Zeltyn, Guedj; Technion).

Times are wall clock. ``q_time`` > 0 means that the call queued, outcome ``HANG`` that it gave up;
``PHANTOM`` rows are artefacts. Priority 2 callers were placed as if they had come 1.5 minutes earlier.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from sim.logs.reading import rows_of
from sim.logs.records import ImportCount, TicketRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ZONE = ZoneInfo("Asia/Jerusalem")
PRIORITY_CREDIT = timedelta(minutes=1.5)  # what the bank took off for priority 2, as its authors say
KNOWN_TYPES = frozenset({"PS", "NW", "NE", "TT", "IN", "PE"})
Outcome = Literal["AGENT", "HANG", "PHANTOM"]


@dataclass(frozen=True, slots=True)
class BankCall:
    """One row; ``row`` is its number in the file, 0 for the first data row.

    ``joined_at`` is the entry to the queue, or for a call that never queued the end of the voice menu.
    ``left_queue_at`` is None when it never queued; service instants are None when nobody served it.
    """

    row: int
    call_id: str
    kind: str
    priority: int
    outcome: Outcome
    joined_at: datetime
    left_queue_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    server: str | None

    @property
    def effective_at(self) -> datetime:
        """The instant by which the bank ordered its queue."""
        return self.joined_at - (PRIORITY_CREDIT if self.priority == 2 else timedelta(0))


COLUMNS = (
    *("call_id", "date", "type", "priority", "outcome", "server", "vru_entry", "vru_exit"),
    *("q_start", "q_time", "ser_start", "ser_time"),
)


def read_calls(path: Path, count: ImportCount | None = None) -> Iterator[BankCall]:
    """Yield every row of a gzipped month in file order, phantoms included.

    A row that cannot be read is counted as left out, or raises ValueError without ``count``. Raises
    LogRefused for a file of another kind.
    """
    for number, row in enumerate(rows_of(path, COLUMNS, delimiter="\t", encoding="latin-1")):
        try:
            call = _call(number, row)
        except (ValueError, TypeError, AttributeError) as error:
            if count is None:
                raise ValueError(f"{path.name}, line {number + 2}: {error}") from error
            count.rows_read += 1
            count.drop("the row cannot be read", example=f"line {number + 2}: {error}")
        else:
            yield call


def tickets_of(calls: Iterable[BankCall], count: ImportCount) -> Iterator[TicketRecord]:
    """Yield the calls that asked for an agent as tickets; ``count`` receives what was left out and why."""
    for call in calls:
        count.rows_read += 1
        reason = why_unusable(call)
        if reason is not None:
            count.drop(reason, example=f"line {call.row + 2}")
            continue
        count.rows_used += 1
        count.tickets += 1
        yield _ticket(call)


def _call(number: int, row: dict[str, str]) -> BankCall:
    day = datetime.strptime(row["date"], "%y%m%d").replace(tzinfo=ZONE)
    queued = int(row["q_time"]) > 0
    served = row["outcome"] == "AGENT" and int(row["ser_time"]) > 0
    menu_ended = _at(day, row["vru_exit"], after=_at(day, row["vru_entry"]))
    joined_at = _at(day, row["q_start"], after=menu_ended - timedelta(minutes=1)) if queued else menu_ended
    started_at = _at(day, row["ser_start"], after=joined_at - timedelta(minutes=1)) if served else None
    if started_at is not None:
        joined_at = min(joined_at, started_at)  # the log's two clocks differ by seconds on some calls
    return BankCall(
        row=number,
        call_id=row["call_id"],
        kind=row["type"].strip(),
        priority=int(row["priority"]),
        outcome=_outcome(row["outcome"]),
        joined_at=joined_at,
        left_queue_at=joined_at + timedelta(seconds=int(row["q_time"])) if queued else None,
        started_at=started_at,
        finished_at=started_at + timedelta(seconds=int(row["ser_time"])) if started_at else None,
        server=row["server"] if row["server"] != "NO_SERVER" else None,
    )


def _at(day: datetime, clock: str, *, after: datetime | None = None) -> datetime:
    """Return ``clock`` (h:mm:ss) on ``day``; on the next day if that lies long before ``after``."""
    hours, minutes, seconds = map(int, clock.split(":"))
    instant = day.replace(hour=hours % 24, minute=minutes, second=seconds) + timedelta(days=hours // 24)
    if after is not None and instant < after - timedelta(hours=12):
        instant += timedelta(days=1)
    return instant


def _outcome(text: str) -> Outcome:
    for outcome in ("AGENT", "HANG", "PHANTOM"):
        if text == outcome:
            return outcome
    raise ValueError(f"unknown outcome {text!r}")


def why_unusable(call: BankCall) -> str | None:
    """Return why a call is no ticket, None for one that is."""
    if call.outcome == "PHANTOM":
        return "phantom row"
    if call.kind not in KNOWN_TYPES:
        return "unknown service type"
    if call.outcome == "HANG" and call.left_queue_at is None:
        return "hung up in the voice menu, never queued"
    if call.outcome == "AGENT" and call.started_at is None:
        return "served for no time"
    if call.outcome == "AGENT" and call.server is None:
        return "served by nobody named"
    return None


def _ticket(call: BankCall) -> TicketRecord:
    return TicketRecord(
        hall="bank",
        queue=call.kind,
        number=str(call.row),
        joined_at=call.joined_at,
        called_at=call.started_at,
        started_at=call.started_at,
        finished_at=call.finished_at,
        left_at=None if call.outcome == "AGENT" else call.left_queue_at,
        window=call.server,
        ending="served" if call.outcome == "AGENT" else "gave_up",
        precision=timedelta(0),
        credit=PRIORITY_CREDIT if call.priority == 2 else timedelta(0),
    )
