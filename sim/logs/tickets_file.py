"""Imported tickets as a CSV file, one line a ticket, with ISO instants."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, get_args

from sim.logs.reading import rows_of
from sim.logs.records import Ending, LogRefused, TicketRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

INSTANTS = ("joined_at", "called_at", "started_at", "finished_at", "left_at")
SPANS = ("precision", "credit")
COLUMNS = (
    *("hall", "queue", "number", *INSTANTS, "window", "ending"),
    *(f"{name}_seconds" for name in SPANS),
)


def write_tickets(path: Path, tickets: Iterable[TicketRecord]) -> int:
    """Write tickets as CSV; return how many."""
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for ticket in tickets:
            values = [getattr(ticket, name) for name in COLUMNS[: -len(SPANS)]]
            cells = [value.isoformat() if isinstance(value, datetime) else value for value in values]
            writer.writerow([*cells, *(getattr(ticket, name).total_seconds() for name in SPANS)])
            written += 1
    return written


def read_ticket_file(path: Path) -> Iterator[TicketRecord]:
    """Yield the tickets of a file that ``write_tickets`` wrote; raises LogRefused with the line."""
    for number, row in enumerate(rows_of(path, COLUMNS, delimiter=",", encoding="utf-8")):
        try:
            yield _record(row)
        except (ValueError, TypeError) as error:
            raise LogRefused(f"{path.name}:{number + 2}: {error}") from error


def _record(row: dict[str, str]) -> TicketRecord:
    instants = {name: datetime.fromisoformat(row[name]) if row[name] else None for name in INSTANTS}
    joined_at = instants.pop("joined_at")
    if joined_at is None:
        raise ValueError("'joined_at' is missing")
    ending = next((one for one in get_args(Ending) if one == row["ending"]), None)
    if ending is None:
        raise ValueError(f"'ending' must be one of {', '.join(get_args(Ending))}, not {row['ending']!r}")
    return TicketRecord(
        hall=row["hall"],
        queue=row["queue"],
        number=row["number"],
        joined_at=joined_at,
        window=row["window"] or None,
        ending=ending,
        precision=timedelta(seconds=float(row["precision_seconds"])),
        credit=timedelta(seconds=float(row["credit_seconds"])),
        **instants,
    )
