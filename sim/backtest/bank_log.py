"""The bank's telephone log as ticket columns, read with tolerance and a report of what was odd."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from queueing.prediction.tickets import DAY_SECONDS, TicketLog
from sim.backtest.columns import read_rows
from sim.backtest.log_report import UnusableLog

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sim.backtest.log_report import LogReport

NEEDED = ("date", "q_start", "q_time", "outcome", "ser_start", "ser_time")
WANTED = (*NEEDED, "vru_entry", "vru_exit", "type", "priority", "server", "customer_id")
PRIORITY_CREDIT_SECONDS = 90.0  # priority 2 callers were placed as if they had come 1.5 minutes earlier
KINDS = ("PS", "NW", "PE", "NE", "TT", "IN")  # numbered alike whatever the order or end of the log
OUTCOMES = ("AGENT", "HANG", "PHANTOM")
NAN = float("nan")

_Parsed = tuple[float, ...]


def read_bank_log(paths: Sequence[Path], report: LogReport) -> TicketLog:
    """Return the calls of all ``paths`` in the order of joining.

    ``row`` counts the data rows of the files in the order given, 0 for the first. Phantom and unreadable rows
    are left out and counted in ``report``. Raises :class:`UnusableLog` if nothing is left.
    """
    kinds = {kind: number for number, kind in enumerate(KINDS)}
    servers: dict[str, int] = {}
    parsed: list[_Parsed] = []
    for path in paths:
        before = report.rows_read
        for number, row in read_rows(path, WANTED, NEEDED, report):
            row_number = before + number
            try:
                call = _parse(row_number, row, kinds, servers)
            except ValueError as error:
                report.note(f"unreadable value ({error})"[:60], ",".join(row)[:80])
            else:
                if call is None:
                    report.note("phantom row", f"row {row_number}")
                else:
                    parsed.append(call)
    if not parsed:
        raise UnusableLog("no row of the bank's log can be read")
    table = np.array(parsed, dtype=np.float64)
    table = _without_repeats(table[np.argsort(table[:, 2], kind="stable")], report)
    report.rows_used += len(table)
    return _as_tickets(table, tuple(kinds))


def _parse(number: int, row: list[str], kinds: dict[str, int], servers: dict[str, int]) -> _Parsed | None:
    (
        day_text,
        q_start,
        q_time,
        outcome,
        ser_start,
        ser_time,
        entry,
        leave,
        kind,
        priority,
        server,
        customer,
    ) = row
    if outcome not in OUTCOMES:
        raise ValueError("unknown outcome")
    if outcome == "PHANTOM":
        return None
    midnight = _ordinal(day_text) * DAY_SECONDS
    in_line, in_service = float(q_time), float(ser_time)
    if in_line < 0 or in_service < 0:
        raise ValueError("negative duration")
    entered = midnight + _seconds(entry or q_start)
    joined = _after(midnight + _seconds(q_start if in_line > 0 else leave or q_start), entered)
    left = joined + in_line
    served = outcome == "AGENT"
    started = _after(midnight + _seconds(ser_start), joined) if in_service > 0 else left
    return (
        number,
        min(entered, joined),
        min(joined, started) if in_line <= 0 else joined,
        left,
        started if served else NAN,
        started + in_service if served else NAN,
        in_line > 0,
        servers.setdefault(server, len(servers)) if served else -1,
        kinds.setdefault(kind.strip(), len(kinds)),
        int(priority) if priority else 0,
        PRIORITY_CREDIT_SECONDS if priority == "2" else 0.0,
        float(customer) if customer else 0.0,
    )


def _after(instant: float, earlier: float) -> float:
    """Return ``instant``, on the next day if it lies half a day or more before ``earlier``."""
    return instant + DAY_SECONDS if instant < earlier - DAY_SECONDS / 2 else instant


def _ordinal(text: str) -> int:
    if len(text) == 6 and text.isdigit():  # yymmdd of the 1999 log
        return date(1900 + int(text[:2]), int(text[2:4]), int(text[4:])).toordinal()
    return date.fromisoformat(text).toordinal()


def _seconds(clock: str) -> float:
    hours, minutes, seconds = clock.split(":")
    return int(hours) * 3600.0 + int(minutes) * 60.0 + float(seconds)


def _without_repeats(
    table: np.ndarray[tuple[int, int], np.dtype[np.float64]], report: LogReport
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Drop a row that says exactly what its neighbour in time says: a file given twice."""
    same = (np.diff(np.nan_to_num(table[:, 1:], nan=-1.0), axis=0) == 0).all(axis=1)
    repeated = np.concatenate(([False], same & (table[1:, 11] > 0)))
    report.note(
        "same call twice", f"row {int(table[repeated][0, 0])}" if repeated.any() else "", int(repeated.sum())
    )
    return table[~repeated]


def _as_tickets(
    table: np.ndarray[tuple[int, int], np.dtype[np.float64]], kinds: tuple[str, ...]
) -> TicketLog:
    first_day = int(table[0, 2] // DAY_SECONDS)
    times = table[:, 1:6] - first_day * DAY_SECONDS
    whole = table[:, [0, 7, 8, 9, 11]].astype(np.int64)
    return TicketLog(
        row=whole[:, 0],
        entered=times[:, 0],
        joined=times[:, 1],
        left=times[:, 2],
        started=times[:, 3],
        finished=times[:, 4],
        queued=table[:, 6] > 0,
        server=whole[:, 1],
        kind=whole[:, 2],
        priority=whole[:, 3],
        credit=table[:, 10],
        customer=whole[:, 4],
        kind_names=kinds,
        first_day=first_day,
    )
