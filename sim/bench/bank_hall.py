"""The bank's call centre as a hall: what a month teaches about it, and its days as the engine plays them.

After a call a server is not ready for a while (``bank_servers``), which counts as part of the call. Whoever
was served might have had any patience beyond its wait (censored).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine import HallModel, Plan, PlanEntry, QueueModel, empirical, exponential
from queueing.engine.arrays import MICROSECONDS
from queueing.engine.draw import WALK_IN, DayArrays
from queueing.engine.run import Days
from queueing.rules.call_order import CallPolicy
from sim.bench.bank_days import (
    AWAY_AFTER,
    CLOSES,
    HOUR,
    KINDS,
    OPENS,
    QUARTER,
    calls_by_server,
    list_of,
    minute,
    staffed_hours,
    talk_minutes,
)
from sim.bench.bank_servers import drawn_pauses, speeds, unready
from sim.logs import bank

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sim.bench.bank_days import BankDay
    from sim.logs.bank import BankCall

    Floats = NDArray[np.float64]

QUANTILES = 199
OF_HOUR = 0.5  # how far the servers of an hour tell its calls, beside those of the day
FOR_EVER = 1e6  # minutes
QUEUED = 0.05  # minutes; a shorter wait is the switching of the call


@dataclass(frozen=True, slots=True)
class Learned:
    """What a month teaches. ``busy[kind]`` in minutes, until ready again, before ``factor`` and ``speed``.

    ``speed[server]`` is a factor on the time that its calls take.
    """

    lists: Mapping[str, frozenset[str]]
    speed: Mapping[str, float]
    busy: Mapping[str, Floats]
    patience: Mapping[str, float]
    rates: Floats  # [kind, quarter hour] expected calls
    priority_share: Mapping[str, float]
    staffed: Floats  # [hour] servers there on average
    factor: float = 1.0


def learn(days: Sequence[BankDay]) -> Learned:
    """Learn from a month."""
    calls = [call for day in days for call in day.calls]
    lists = {server: list_of(own) for server, own in calls_by_server(calls).items()}
    talks, speed = _talks(calls)
    pauses = np.array([pause for day in days for pause in _pauses(day, lists)] or [(0.0, True)])
    chance = np.random.default_rng(1)
    busy, patience, priority = {}, {}, {}
    for place, kind in enumerate(KINDS):
        after = drawn_pauses(chance, pauses[:, 0], pauses[:, 1] > 0, len(talks[kind]))
        busy[kind] = np.quantile(talks[kind] + after, (np.arange(QUANTILES) + 0.5) / QUANTILES)
        waited = sum(float(day.waited[day.kind == place].sum()) for day in days)
        own = [call for call in calls if call.kind == kind]
        left = sum(1 for call in own if call.started_at is None)
        patience[kind] = waited / left if left else float("inf")
        priority[kind] = sum(call.priority == 2 for call in own) / max(len(own), 1)
    staffed = np.mean([staffed_hours(day) for day in days], axis=0)
    return Learned(lists, speed, busy, patience, _rates(days), priority, staffed)


def _talks(calls: Sequence[BankCall]) -> tuple[dict[str, Floats], dict[str, float]]:
    """Return the lengths of calls by kind, as if all servers were alike, and each server's factor."""
    served = [call for call in calls if call.started_at is not None and call.server is not None]
    names = sorted({str(call.server) for call in served})
    kind = np.array([KINDS.index(call.kind) for call in served])
    server = np.array([names.index(str(call.server)) for call in served])
    minutes = np.array([talk_minutes(call) for call in served])
    _, factors = speeds(kind, server, minutes)
    alike = minutes / factors[server]
    return {name: alike[kind == place] for place, name in enumerate(KINDS)}, dict(
        zip(names, map(float, factors), strict=True)
    )


def _pauses(day: BankDay, lists: Mapping[str, frozenset[str]]) -> list[tuple[float, bool]]:
    found = []
    for server, own in calls_by_server(day.calls).items():
        theirs = np.isin(day.kind, [KINDS.index(kind) for kind in lists[server]]) & (day.waited > QUEUED)
        found += unready(
            np.array([minute(call.started_at, day.day) for call in own if call.started_at]),
            np.array([minute(call.finished_at, day.day) for call in own if call.finished_at]),
            day.joined[theirs],
            (day.joined + day.waited)[theirs],
            longest=AWAY_AFTER,
        )
    return found


def _rates(days: Sequence[BankDay]) -> Floats:
    edges = np.arange(OPENS, CLOSES + 1.0, QUARTER)
    table = np.zeros((len(KINDS), len(edges) - 1))
    for day in days:
        for kind in range(len(KINDS)):
            table[kind] += np.histogram(day.joined[day.kind == kind], edges)[0]
    return table / len(days)


def expected_on(day: BankDay, learned: Learned) -> Learned:
    """Return what was learned with the calls that the roster of a day was made for.

    Calls rise with the server hours of the day, and half as much with those of each hour: in January this
    foretold one part of the month from another better than the same calls each day.
    """
    there = staffed_hours(day)
    of_day = there.sum() / learned.staffed.sum()
    of_hour = there / np.maximum(learned.staffed, 0.1)
    by_hour = OF_HOUR * of_hour + (1.0 - OF_HOUR) * of_day
    return replace(learned, rates=learned.rates * np.repeat(by_hour, int(HOUR / QUARTER)))


def model_of(learned: Learned, windows: Sequence[str]) -> HallModel:
    """Return the hall with these servers as windows."""
    queues = tuple(
        QueueModel(
            kind,
            tuple(learned.rates[place]),
            empirical(learned.busy[kind] * learned.factor),
            patience=exponential(learned.patience[kind]) if np.isfinite(learned.patience[kind]) else None,
            priority_share=learned.priority_share[kind],
        )
        for place, kind in enumerate(KINDS)
    )
    policy = CallPolicy(priority_credit=bank.PRIORITY_CREDIT)
    pace = tuple(learned.speed.get(window, 1.0) for window in windows)
    return HallModel(
        queues, tuple(windows), ((OPENS, CLOSES),), interval_minutes=QUARTER, policy=policy,
        pace=(pace,) * len(queues),
    )  # fmt: skip


def roster(day: BankDay, lists: Mapping[str, frozenset[str]]) -> Plan:
    """Return the day's roster as a plan; an unknown server serves what it served that day."""
    served = calls_by_server(day.calls)
    entries = []
    for window, (server, spans) in enumerate(day.presence.items()):
        kinds = lists.get(server) or list_of(served[server])
        for begin, end in spans:
            first, last = max(begin, OPENS), min(end, CLOSES)
            if first < last:
                entries += [PlanEntry(window, KINDS.index(kind), first, last) for kind in sorted(kinds)]
    return Plan(tuple(entries))


def replayed(day: BankDay, learned: Learned, *, seed: int, copies: int) -> Days:
    """Return the day's callers as they came; lengths of calls and patience are drawn from the learned."""
    parts = [_callers(day, learned, np.random.default_rng((seed, copy))) for copy in range(copies)]
    sizes = [len(part.joined) for part in parts]
    return Days(
        tickets=DayArrays(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True))),
        starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        joining=np.array(sizes, dtype=np.int64),
        no_shows=np.zeros((copies, len(KINDS)), dtype=np.int64),
    )


def _callers(day: BankDay, learned: Learned, chance: np.random.Generator) -> DayArrays:
    count = len(day.calls)
    table = np.stack([learned.busy[kind] for kind in KINDS])
    busy = table[day.kind, chance.integers(0, QUANTILES, count)] * learned.factor
    patience = np.array([learned.patience[kind] for kind in KINDS])[day.kind]
    known = np.isfinite(patience)
    limit = np.where(known, chance.exponential(np.where(known, patience, 1.0)), FOR_EVER)
    return DayArrays(
        joined=_micro(day.joined),
        due=np.full(count, WALK_IN, dtype=np.int64),
        effective=_micro(day.joined - day.early),
        queue=day.kind,
        service=_micro(busy),
        walk=np.zeros(count, dtype=np.int64),
        deadline=_micro(day.joined + limit),
        number=np.arange(count, dtype=np.int64),
        child=np.full(count, -1, dtype=np.int64),
    )


def _micro(minutes: Floats) -> NDArray[np.int64]:
    whole: NDArray[np.int64] = np.floor(minutes * MICROSECONDS + 0.5).astype(np.int64)
    return whole
