"""The bank's call centre as a hall: what January teaches about it, and the days of its roster.

A server is there from its first call to its last, in one piece unless 10 minutes pass without a call.
After a call it is not ready for a while (``bank_servers``), which counts as part of the call. Whoever was
served might have had any patience beyond its wait (censored).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine import HallModel, Plan, PlanEntry, QueueModel, empirical, exponential
from queueing.engine.arrays import MICROSECONDS
from queueing.engine.draw import WALK_IN, DayArrays
from queueing.engine.run import Days
from queueing.rules.call_order import CallPolicy
from sim.bench.bank_servers import drawn_pauses, speeds, unready
from sim.logs import bank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from numpy.typing import NDArray

    from sim.logs.bank import BankCall

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

KINDS = tuple(sorted(bank.KNOWN_TYPES))
OPENS, CLOSES = 420.0, 1440.0  # Sunday to Thursday, 7:00 to midnight
WORKDAYS = {6, 0, 1, 2, 3}
AWAY_AFTER = 10.0  # minutes without a call after which a server has left
SELDOM = 0.02  # of a server's calls; kinds below it were exceptions, not its list
QUANTILES = 199
QUARTER, HOUR = 15.0, 60.0
OF_HOUR = 0.5  # how far the servers of an hour tell its calls, beside those of the day
FOR_EVER = 1e6  # minutes
QUEUED = 0.05  # minutes; a shorter wait is the switching of the call


@dataclass(frozen=True, slots=True)
class BankDay:
    """One day's calls in order of joining; minutes of the day. ``presence[server]`` are its stretches."""

    day: date
    calls: tuple[BankCall, ...]
    joined: Floats
    waited: Floats
    kind: Integers  # [call] place in KINDS
    early: Floats  # [call] minutes by which it counts as having come earlier
    presence: Mapping[str, tuple[tuple[float, float], ...]]

    @property
    def mean_wait(self) -> float:
        return float(self.waited.mean())


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


def bank_days(path: Path) -> list[BankDay]:
    """Return the long days of a month, Sunday to Thursday."""
    by_day: dict[date, list[BankCall]] = defaultdict(list)
    for call in bank.read_calls(path):
        if bank.why_unusable(call) is None:
            by_day[call.joined_at.date()].append(call)
    return [_day(day, calls) for day, calls in sorted(by_day.items()) if day.weekday() in WORKDAYS]


def _day(day: date, calls: Iterable[BankCall]) -> BankDay:
    inside = sorted((c for c in calls if _minute(c.joined_at, day) >= OPENS), key=lambda call: call.joined_at)
    return BankDay(
        day,
        tuple(inside),
        np.array([_minute(call.joined_at, day) for call in inside]),
        np.array([max((_left(call) - call.joined_at).total_seconds() / 60.0, 0.0) for call in inside]),
        np.array([KINDS.index(call.kind) for call in inside], dtype=np.int64),
        np.array([(call.joined_at - call.effective_at).total_seconds() / 60.0 for call in inside]),
        _presence(inside, day),
    )


def _left(call: BankCall) -> datetime:
    left = call.started_at or call.left_queue_at
    assert left is not None
    return left


def _minute(instant: datetime, day: date) -> float:
    return (instant.date() - day).days * 1440.0 + (
        timedelta(hours=instant.hour, minutes=instant.minute, seconds=instant.second).total_seconds() / 60.0
    )


def _served(calls: Iterable[BankCall]) -> dict[str, list[BankCall]]:
    """Return each server's calls in order of their starts."""
    found: dict[str, list[BankCall]] = defaultdict(list)
    for call in calls:
        if call.server is not None and call.started_at is not None:
            found[call.server].append(call)
    return {server: sorted(own, key=lambda call: str(call.started_at)) for server, own in found.items()}


def _presence(calls: Sequence[BankCall], day: date) -> dict[str, tuple[tuple[float, float], ...]]:
    presence = {}
    for server, own in _served(calls).items():
        spans: list[list[float]] = []
        for call in own:
            assert call.started_at is not None
            assert call.finished_at is not None
            start, end = _minute(call.started_at, day), _minute(call.finished_at, day)
            if spans and start - spans[-1][1] <= AWAY_AFTER:
                spans[-1][1] = max(spans[-1][1], end)
            else:
                spans.append([start, max(end, start + 0.1)])
        presence[server] = tuple((begin, end) for begin, end in spans)
    return presence


def without_holes(days: Iterable[BankDay]) -> list[BankDay]:
    """Leave out days on which nobody called for an hour between eight and eight: the lines were dead."""
    hours = np.arange(480.0, 1201.0, 60.0)
    return [day for day in days if np.histogram(day.joined, hours)[0].all()]


def learn(days: Sequence[BankDay]) -> Learned:
    """Learn from a month."""
    calls = [call for day in days for call in day.calls]
    lists = {server: _list_of(own) for server, own in _served(calls).items()}
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
    minutes = np.array([_spent(call) for call in served])
    _, factors = speeds(kind, server, minutes)
    alike = minutes / factors[server]
    return {name: alike[kind == place] for place, name in enumerate(KINDS)}, dict(
        zip(names, map(float, factors), strict=True)
    )


def _pauses(day: BankDay, lists: Mapping[str, frozenset[str]]) -> list[tuple[float, bool]]:
    found = []
    for server, own in _served(day.calls).items():
        theirs = np.isin(day.kind, [KINDS.index(kind) for kind in lists[server]]) & (day.waited > QUEUED)
        found += unready(
            np.array([_minute(call.started_at, day.day) for call in own if call.started_at]),
            np.array([_minute(call.finished_at, day.day) for call in own if call.finished_at]),
            day.joined[theirs],
            (day.joined + day.waited)[theirs],
            longest=AWAY_AFTER,
        )
    return found


def _list_of(calls: Sequence[BankCall]) -> frozenset[str]:
    counts = Counter(call.kind for call in calls)
    return frozenset(kind for kind, count in counts.items() if count >= SELDOM * len(calls))


def _spent(call: BankCall) -> float:
    assert call.started_at is not None
    assert call.finished_at is not None
    return (call.finished_at - call.started_at).total_seconds() / 60.0


def _rates(days: Sequence[BankDay]) -> Floats:
    edges = np.arange(OPENS, CLOSES + 1.0, QUARTER)
    table = np.zeros((len(KINDS), len(edges) - 1))
    for day in days:
        for kind in range(len(KINDS)):
            table[kind] += np.histogram(day.joined[day.kind == kind], edges)[0]
    return table / len(days)


def staffed_hours(day: BankDay) -> Floats:
    """Return how many servers were there, on average, in each hour."""
    begins = np.arange(OPENS, CLOSES, HOUR)
    spans = np.array([span for spans in day.presence.values() for span in spans])
    inside = np.minimum(spans[:, 1, None], begins + HOUR) - np.maximum(spans[:, 0, None], begins)
    there: Floats = np.clip(inside, 0.0, None).sum(axis=0) / HOUR
    return there


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
    served = _served(day.calls)
    entries = []
    for window, (server, spans) in enumerate(day.presence.items()):
        kinds = lists.get(server) or _list_of(served[server])
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
