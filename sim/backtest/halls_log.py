"""Snapshots of halls' queue displays as columns, read with tolerance and a report of what was odd."""

from __future__ import annotations

import csv
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from queueing.prediction.snapshots import SnapshotLog
from sim.backtest.columns import read_rows
from sim.backtest.log_report import UnusableLog

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sim.backtest.log_report import LogReport

NEEDED = ("hall", "queue_id", "date", "time", "waiting", "number_called")
WANTED = (*NEEDED, "windows_open", "published_minutes")
NAN = float("nan")
LARGEST_VALUE = 100_000.0

_Parsed = tuple[int, int, float, float, float, float, float]


def read_halls_log(paths: Sequence[Path], report: LogReport) -> SnapshotLog:
    """Return the usable rows of all ``paths``, sorted, duplicates dropped (the later row in the file wins).

    Rows with an unreadable date, time or count are left out and counted in ``report``. Missing
    ``windows_open`` or ``published_minutes`` become NaN. Raises :class:`UnusableLog` if nothing is left.
    """
    names: dict[tuple[str, str], int] = {}
    days: dict[str, int] = {}
    minutes: dict[str, float] = {}
    parsed: list[_Parsed] = []
    for path in paths:
        for _, row in read_rows(path, WANTED, NEEDED, report):
            try:
                parsed.append(_parse(row, names, days, minutes, report))
            except ValueError:
                report.note("unreadable value", ",".join(row))
    if not parsed:
        raise UnusableLog("no row of the halls' log can be read")
    table = np.array(parsed, dtype=np.float64)
    _note_order(table, list(names), report)
    table = _sorted_without_duplicates(table, list(names), report)
    report.rows_used += len(table)
    return _as_log(table, tuple(names))


def read_queue_list(path: Path) -> tuple[tuple[str, str], ...]:
    """Return the (hall, queue id) pairs that a CSV file lists."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return tuple((row["hall"], row["queue_id"]) for row in csv.DictReader(lines))


def queue_indices(log: SnapshotLog, wanted: Iterable[tuple[str, str]]) -> tuple[list[int], list[str]]:
    """Return the indices of the ``wanted`` queues that the log holds, and the names of those it lacks."""
    place = {name: index for index, name in enumerate(log.queue_names)}
    listed = list(wanted)
    missing = [f"{hall} {queue}" for hall, queue in listed if (hall, queue) not in place]
    return [place[name] for name in listed if name in place], missing


def _parse(
    row: list[str],
    names: dict[tuple[str, str], int],
    days: dict[str, int],
    minutes: dict[str, float],
    report: LogReport,
) -> _Parsed:
    hall, queue_id, day, time, waiting, called, windows, published = row
    if not hall or not queue_id:
        raise ValueError("no name")
    if day not in days:
        days[day] = date.fromisoformat(day).toordinal()
    if time not in minutes:
        minutes[time] = _minute_of(time)
    people = float(waiting)
    if not (people >= 0 and people.is_integer()):
        raise ValueError("not a count of people")
    return (
        names.setdefault((hall, queue_id), len(names)),
        days[day],
        minutes[time],
        _optional(windows, "windows_open", report),
        people,
        _number(called),
        _optional(published, "published_minutes", report),
    )


def _optional(text: str, name: str, report: LogReport) -> float:
    """Return the number in ``text``, NaN if it is blank or none; the row is used all the same."""
    if not text:
        return NAN
    try:
        value = float(text)
    except ValueError:
        value = NAN
    if not 0 <= value < LARGEST_VALUE:
        report.note(f"{name} unreadable, taken as unknown", text)
        return NAN
    return value


def _minute_of(time: str) -> float:
    parts = [float(part) for part in time.split(":")]
    if len(parts) < 2 or not (0 <= parts[0] < 24 and 0 <= parts[1] < 60):
        raise ValueError("not a time of day")
    return parts[0] * 60 + parts[1] + (parts[2] / 60 if len(parts) > 2 else 0.0)


def _number(text: str) -> float:
    end = len(text.rstrip())
    start = end
    while start and text[start - 1].isdigit():
        start -= 1
    return float(text[start:end]) if start < end else NAN


def _note_order(
    table: np.ndarray[tuple[int, int], np.dtype[np.float64]], names: list[tuple[str, str]], report: LogReport
) -> None:
    by_queue = np.lexsort((np.arange(len(table)), table[:, 1], table[:, 0]))
    rows = table[by_queue]
    same = (np.diff(rows[:, 0]) == 0) & (np.diff(rows[:, 1]) == 0)
    for place in np.flatnonzero(same & (np.diff(rows[:, 2]) < 0))[:1]:
        count = int((same & (np.diff(rows[:, 2]) < 0)).sum())
        report.note("time runs back (sorted)", _label(rows[place + 1], names), count)
    ordered = rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]
    same = (np.diff(ordered[:, 0]) == 0) & (np.diff(ordered[:, 1]) == 0)
    back = same & (np.diff(ordered[:, 5]) < 0)
    for place in np.flatnonzero(back)[:1]:
        report.note("number called goes back", _label(ordered[place + 1], names), int(back.sum()))
    hole = same & (np.diff(ordered[:, 2]) > 30)
    for place in np.flatnonzero(hole)[:1]:
        report.note(
            "more than 30 minutes without a snapshot", _label(ordered[place + 1], names), int(hole.sum())
        )
    blank = np.isnan(ordered[:, 5]) & (ordered[:, 4] > 0)
    for place in np.flatnonzero(blank)[:1]:
        report.note("people wait and no number is shown", _label(ordered[place], names), int(blank.sum()))


def _label(row: np.ndarray[tuple[int], np.dtype[np.float64]], names: list[tuple[str, str]]) -> str:
    hall, queue_id = names[int(row[0])]
    minute = int(row[2])
    return f"{hall} {queue_id} {date.fromordinal(int(row[1]))} {minute // 60:02}:{minute % 60:02}"


def _sorted_without_duplicates(
    table: np.ndarray[tuple[int, int], np.dtype[np.float64]], names: list[tuple[str, str]], report: LogReport
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    table = table[np.lexsort((np.arange(len(table)), table[:, 2], table[:, 1], table[:, 0]))]
    last = np.ones(len(table), dtype=bool)
    last[:-1] = (np.diff(table[:, :3], axis=0) != 0).any(axis=1)
    for place in np.flatnonzero(~last)[:1]:
        report.note(
            "same queue and minute twice (the later row kept)",
            _label(table[place], names),
            int((~last).sum()),
        )
    return table[last]


def _as_log(
    table: np.ndarray[tuple[int, int], np.dtype[np.float64]], names: tuple[tuple[str, str], ...]
) -> SnapshotLog:
    halls = {hall: index for index, hall in enumerate(sorted({hall for hall, _ in names}))}
    return SnapshotLog(
        queue=table[:, 0].astype(np.int64),
        day=table[:, 1].astype(np.int64),
        minute=table[:, 2],
        windows_open=table[:, 3],
        waiting=table[:, 4],
        called=table[:, 5],
        published=table[:, 6],
        queue_names=names,
        hall=np.array([halls[hall] for hall, _ in names], dtype=np.int64),
    )
