"""The queue displays of Warsaw's halls, seen about every five minutes (city open data).

Where a queue numbers its tickets in sequence, *last number issued = last number called + people
waiting*. So a ticket's arrival lies between the two snapshots in which its number became issued and
its call between the two in which it was passed; both are placed by straight line inside the interval.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sim.logs.reading import rows_of
from sim.logs.records import ImportCount, TicketRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

ZONE = ZoneInfo("Europe/Warsaw")
MAX_GAP = timedelta(minutes=20)  # snapshots come every 5 minutes; a longer hole hides when people came
MAX_FALL = 2  # people leave the display's count when they are called: the sum wavers by one or two


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One row: the display of one queue at one minute. ``called`` is the number without its letter."""

    hall: str
    queue_id: str
    letter: str
    service: str
    at: datetime
    windows_open: int
    waiting: int
    called: int | None
    published_minutes: int | None


COLUMNS = (
    *("hall", "queue_id", "letter", "service", "date", "time", "windows_open", "waiting", "number_called"),
    "published_minutes",
)


def read_snapshots(path: Path, count: ImportCount | None = None) -> Iterator[Snapshot]:
    """Yield the rows of a gzipped snapshot file in file order (hall, queue, date, time).

    A row that cannot be read is counted as left out, or raises ValueError without ``count``. Raises
    LogRefused for a file of another kind.
    """
    for number, row in enumerate(rows_of(path, COLUMNS, delimiter=",", encoding="utf-8")):
        try:
            snapshot = _snapshot(row)
        except (ValueError, TypeError, AttributeError) as error:
            if count is None:
                raise ValueError(f"{path.name}, line {number + 2}: {error}") from error
            count.rows_read += 1
            count.drop("the row cannot be read", example=f"line {number + 2}: {error}")
        else:
            yield snapshot


def _snapshot(row: dict[str, str]) -> Snapshot:
    return Snapshot(
        hall=row["hall"],
        queue_id=row["queue_id"],
        letter=row["letter"],
        service=row["service"],
        at=datetime.fromisoformat(f"{row['date']}T{row['time']}").replace(tzinfo=ZONE),
        windows_open=int(row["windows_open"]),
        waiting=int(row["waiting"]),
        called=_number(row["number_called"]),
        published_minutes=int(row["published_minutes"]) if row["published_minutes"] else None,
    )


def read_clean_queues(path: Path) -> frozenset[tuple[str, str]]:
    """Return the (hall, queue_id) pairs of a CSV that lists them in its first two columns."""
    with path.open(encoding="utf-8", newline="") as lines:
        return frozenset((row["hall"], row["queue_id"]) for row in csv.DictReader(lines))


def tickets_of(
    snapshots: Iterable[Snapshot], count: ImportCount, *, only: frozenset[tuple[str, str]] | None = None
) -> Iterator[TicketRecord]:
    """Rebuild tickets from snapshots sorted by hall, queue and time; ``count`` receives what was left out.

    A queue's day is left out whole when its numbers cannot be trusted: no number ever shown, numbers
    going back, or the last number issued falling by more than ``MAX_FALL``.
    """
    for _, group in groupby(snapshots, key=lambda s: (s.hall, s.queue_id, s.at.date())):
        day = list(group)
        count.rows_read += len(day)
        reason = _why_unusable(day, only)
        if reason is not None:
            count.drop(
                reason, len(day), example=f"hall {day[0].hall}, queue {day[0].queue_id}, {day[0].at.date()}"
            )
            continue
        known = [snapshot for snapshot in day if snapshot.called is not None]
        count.drop("the display showed no number", len(day) - len(known))
        count.rows_used += len(known)
        for ticket in _tickets_of_day(known):
            count.tickets += 1
            yield ticket


def _why_unusable(day: Sequence[Snapshot], only: frozenset[tuple[str, str]] | None) -> str | None:
    if only is not None and (day[0].hall, day[0].queue_id) not in only:
        return "queue is not in the list of clean queues"
    known = [snapshot for snapshot in day if snapshot.called is not None]
    if len(known) < 2:
        return "no numbers shown on that day"
    if any(_called(after) < _called(before) for before, after in pairwise(known)):
        return "the number called went back"
    if any(_issued(after) < _issued(before) - MAX_FALL for before, after in pairwise(known)):
        return "the last number issued fell"
    return None


def _tickets_of_day(known: Sequence[Snapshot]) -> Iterator[TicketRecord]:
    """Yield the tickets whose issue was seen between two snapshots of one queue and day."""
    issued_before = _issued(known[0])
    for before, after in pairwise(known):
        issued = max(issued_before, _issued(after))
        if after.at - before.at <= MAX_GAP:
            for number in range(issued_before + 1, issued + 1):
                share = (number - issued_before - 0.5) / (issued - issued_before)
                joined_at = before.at + share * (after.at - before.at)
                yield _ticket(known, number, joined_at, (after.at - before.at) / 2)
        issued_before = issued


def _ticket(
    known: Sequence[Snapshot], number: int, joined_at: datetime, precision: timedelta
) -> TicketRecord:
    called_at = _called_at(known, number, joined_at)
    return TicketRecord(
        hall=known[0].hall,
        queue=known[0].queue_id,
        number=f"{known[0].letter}{number:03d}",
        joined_at=joined_at,
        called_at=called_at,
        started_at=None,
        finished_at=None,
        left_at=None,
        window=None,
        ending="unknown",
        precision=precision,
        credit=timedelta(0),
    )


def _called_at(known: Sequence[Snapshot], number: int, joined_at: datetime) -> datetime | None:
    """Return when ``number`` was passed, by straight line between snapshots; None if never seen."""
    for before, after in pairwise(known):
        if _called(before) < number <= _called(after):
            share = (number - _called(before) - 0.5) / (_called(after) - _called(before))
            return max(joined_at, before.at + share * (after.at - before.at))
    return None


def _called(snapshot: Snapshot) -> int:
    if snapshot.called is None:
        raise ValueError("this snapshot shows no number")
    return snapshot.called


def _issued(snapshot: Snapshot) -> int:
    return _called(snapshot) + snapshot.waiting


def _number(text: str) -> int | None:
    digits = "".join(character for character in text if character.isdigit())
    return int(digits) if digits else None
