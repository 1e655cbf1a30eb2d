"""Tickets played twice, by the plain rule and by the compiled engine; how many differ?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from queueing.engine import HallModel, Plan, PlanEntry, QueueModel, constant
from queueing.engine.plain import play_plainly
from queueing.engine.replay import days_of_tickets
from queueing.engine.run import draw_days, play_records
from sim.bench.halls import complete_hall, complete_plan
from sim.logs import ImportCount, TicketRecord, bank, warsaw

if TYPE_CHECKING:
    from pathlib import Path

    from queueing.engine.run import Days

BANK_WINDOWS, WARSAW_WINDOWS = 12, 4
WARSAW_SERVICE_MINUTES = 8.0  # the snapshots do not tell it; every third service is long


def differences_on_simulated(seed: int, *, days: int = 860) -> tuple[int, int]:
    """Return tickets and differences over complete halls of several shapes, some 10^6 tickets."""
    tickets = different = 0
    for shape, (queues, windows) in enumerate(((12, 20), (5, 8), (3, 6), (8, 14))):
        model = complete_hall(seed + shape, queues=queues, windows=windows, tickets=24.0 * windows)
        plan = complete_plan(model, seed + shape)
        counted, wrong = _differences(model, plan, draw_days(model, seed=seed, days=days))
        tickets, different = tickets + counted, different + wrong
    return tickets, different


def differences_on_logs(folder: Path) -> tuple[int, int]:
    """Return tickets and differences when the real logs' arrivals meet a hall of our own."""
    calls = [
        ticket
        for month in ("january", "february")
        for ticket in bank.tickets_of(
            bank.read_calls(folder / "bank_calls" / f"{month}_1999.tsv.gz"), ImportCount()
        )
    ]
    clean = warsaw.read_clean_queues(folder / "warsaw_halls" / "clean_queues.csv")
    snapshots = warsaw.read_snapshots(folder / "warsaw_halls" / "queue_snapshots.csv.gz")
    visits = list(warsaw.tickets_of(snapshots, ImportCount(), only=clean))
    tickets = different = 0
    for records, windows in ((calls, BANK_WINDOWS), (visits, WARSAW_WINDOWS)):
        by_hall: dict[str, list[TicketRecord]] = {}
        for record in records:
            by_hall.setdefault(record.hall, []).append(record)
        for found in by_hall.values():
            model, plan, days = _hall_of(found, windows)
            counted, wrong = _differences(model, plan, days)
            tickets, different = tickets + counted, different + wrong
    return tickets, different


def _hall_of(records: list[TicketRecord], windows: int) -> tuple[HallModel, Plan, Days]:
    """Return a hall with the log's queues, each window with three own queues and three helping ones."""
    names = sorted({record.queue for record in records})
    dates = sorted({record.joined_at.date() for record in records})
    windows = max(windows, len(names) // 3 + 1)
    joined = np.array([_minute(record) for record in records])
    effective = joined - np.array([record.credit.total_seconds() / 60.0 for record in records])
    days = days_of_tickets(
        [dates.index(record.joined_at.date()) for record in records],
        [names.index(record.queue) for record in records],
        joined,
        [_service(record, place) for place, record in enumerate(records)],
        days=len(dates),
        queues=len(names),
        patience_minutes=[_patience(record) for record in records],
        effective_minutes=effective,
    )
    entries = []
    for window in range(windows):
        queues = [(3 * window + place) % len(names) for place in range(min(6, len(names)))]
        entries += [PlanEntry(window, queue, 0.0, 1440.0, place >= 3) for place, queue in enumerate(queues)]
    model = HallModel(
        tuple(QueueModel(name, (), constant(1.0)) for name in names),
        tuple(map(str, range(windows))), ((0.0, 1440.0),), interval_minutes=1440.0,
    )  # fmt: skip
    return model, Plan(tuple(entries)), days


def _minute(record: TicketRecord) -> float:
    joined = record.joined_at
    return joined.hour * 60 + joined.minute + joined.second / 60 + joined.microsecond / 60e6


def _service(record: TicketRecord, place: int) -> float:
    if record.started_at is None or record.finished_at is None:
        return WARSAW_SERVICE_MINUTES * (3.0 if place % 3 == 0 else 0.7)
    return (record.finished_at - record.started_at).total_seconds() / 60.0


def _patience(record: TicketRecord) -> float:
    return 5.0 if record.ending == "gave_up" else np.inf


def _differences(model: HallModel, plan: Plan, days: Days) -> tuple[int, int]:
    different = 0
    for day, record in enumerate(play_records(model, plan, days)):
        plain = play_plainly(model, plan, days, day)
        called = np.where(np.isnan(record.called_minutes), -1, np.rint(record.called_minutes * 60e6)).astype(
            np.int64
        )
        finished = np.where(np.isnan(record.finished_minutes), -1, np.rint(record.finished_minutes * 60e6))
        theirs = np.array([(one.called, one.window, int(one.outcome), one.finished) for one in plain])
        ours = np.stack([called, record.window, record.outcome, finished.astype(np.int64)], axis=1)
        different += int((ours != theirs.reshape(ours.shape)).any(axis=1).sum())
    return len(days.tickets.joined), different
