"""The manager's today as one read, and alerts: raised and cleared by the rounds, taken by a manager."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.audit import note
from kernel.events import lock_hall, record
from kernel.reach import hall_to_look_into
from queueing import estimate, store
from queueing.events import AlertCleared, AlertRaised, AlertTaken
from queueing.forecast import HallForecast, demand_profiles, hall_forecast
from queueing.rules.alerts import (
    AlertPolicy,
    Signal,
    Standing,
    arrivals_signals,
    changes,
    wait_signal,
    window_signal,
)
from queueing.rules.drain import QUARTER_MINUTES
from queueing.rules.windows import WindowStatus, served_at
from queueing.today import store as alert_store
from queueing.today.capacity import Advice, Capacity, advice, capacity, planned_day
from queueing.today.errors import AlertAcknowledged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.catalogue import Hall, HallQueue
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import AlertId, HallId, QueueId
    from queueing.today.store import Alert

FEWEST_EXPECTED = 5.0  # people; before so many should have come, nothing can be said of today


@dataclass(frozen=True, slots=True)
class HallToday:
    """A hall's day so far and to come."""

    hall: Hall
    queues: tuple[HallQueue, ...]
    forecast: HallForecast
    minute: float
    capacity: Capacity
    advice: tuple[Advice, ...]
    alerts: tuple[Alert, ...]
    policy: AlertPolicy


def hall_today(session: Session, code: str, *, by: Staff, now: datetime) -> HallToday:
    """Return the hall's today: forecast, capacity, gaps, alerts; raises ``HallNotFound``, ``WrongHall``."""
    hall = hall_to_look_into(session, code, by)
    queues = tuple(catalogue.queues(session, hall.id))
    calendar = catalogue.calendar(session, hall.id)
    policy = store.policy(session, hall.id).alerts
    forecast = hall_forecast(session, hall.id, now=now)
    minute = calendar.minute_of_day(now)
    profiles = demand_profiles(session, [queue.id for queue in queues])
    minutes = {
        queue.id: (profiles[queue.id].minutes if queue.id in profiles else 0.0) or queue.mean_minutes
        for queue in queues
    }
    day = planned_day(
        store.plan_in_force(session, hall.id, calendar, forecast.day).entries,
        store.windows_of(session, hall.id),
        store.equipment_of(session, hall.id),
        minutes,
        forecast.open_share,
    )
    now_quarter = int(minute // QUARTER_MINUTES)
    found = capacity(
        day,
        {queue.id: forecast.arrivals(queue.id) for queue in queues},
        store.waiting_counts(session, list(minutes)),
        forecast.open_share,
        now_quarter=now_quarter,
        busy_share=policy.busy_share,
    )
    return HallToday(
        hall=hall,
        queues=queues,
        forecast=forecast,
        minute=minute,
        capacity=found,
        advice=tuple(advice(day, found, from_quarter=now_quarter)),
        alerts=tuple(alert_store.alerts_of(session, hall.id, forecast.day)),
        policy=policy,
    )


def signals(session: Session, hall_id: HallId, *, now: datetime) -> list[Signal]:
    """Return what is measured of a hall now; nothing while it is closed."""
    calendar = catalogue.calendar(session, hall_id)
    if not calendar.is_open(now):
        return []
    policy = store.policy(session, hall_id).alerts
    queues = catalogue.queues(session, hall_id)
    return [
        *_arrivals(hall_forecast(session, hall_id, now=now), queues, policy),
        *_waits(session, queues, policy, now),
        *_windows(session, hall_id, calendar, policy, now),
    ]


def _arrivals(forecast: HallForecast, queues: Sequence[HallQueue], policy: AlertPolicy) -> list[Signal]:
    prefixes = {queue.id: queue.prefix for queue in queues}
    subjects = [("", list(forecast.known)), *((prefixes[key], [key]) for key in forecast.known)]
    found = []
    for subject, keys in subjects:
        expected, deviation = forecast.demand.until_now(keys)
        if expected >= FEWEST_EXPECTED:
            came = sum(forecast.came_walk_ins.get(key, 0) for key in keys)
            found += arrivals_signals(subject, came, expected, deviation, policy)
    return found


def _waits(session: Session, queues: Sequence[HallQueue], policy: AlertPolicy, now: datetime) -> list[Signal]:
    ids = [queue.id for queue in queues]
    waiting = store.waiting_in(session, ids)
    since = {
        own.queue_id: own.arrived_at for own in sorted(waiting, key=lambda own: own.arrived_at, reverse=True)
    }
    counts: Mapping[QueueId, int] = Counter(own.queue_id for own in waiting)
    told = estimate.estimate_on_arrival(session, [estimate.Ask(queue_id, now) for queue_id in ids], now=now)
    found = []
    for queue in queues:
        longest = (now - since[queue.id]).total_seconds() / 60 if queue.id in since else 0.0
        wait = told[queue.id].wait
        expected = wait.p50 if wait is not None and queue.id in since else 0.0
        found.append(wait_signal(queue.prefix, counts.get(queue.id, 0), max(longest, expected), policy))
    return found


def _windows(
    session: Session, hall_id: HallId, calendar: OpeningCalendar, policy: AlertPolicy, now: datetime
) -> list[Signal]:
    """Return a signal for each window that the plan has open now: for how long it has not been."""
    day, minute = calendar.local_day(now), calendar.minute_of_day(now)
    opened_at = next(span.opens_at for span in calendar.spans(day) if now in span)
    entries = store.plan_in_force(session, hall_id, calendar, day).entries
    found = []
    for window in store.windows_of(session, hall_id):
        own = [entry for entry in entries if entry.window_id == window.id and entry.holds_at(minute)]
        if not own or not served_at(own, window.id, minute):
            continue
        since = max(opened_at, calendar.at_minute(day, min(entry.from_minute for entry in own)))
        if window.changed_at is not None:
            since = max(since, window.changed_at)
        missing = 0.0 if window.status is WindowStatus.OPEN else (now - since).total_seconds() / 60
        found.append(window_signal(window.label, missing, policy))
    return found


def pending_alerts(session: Session, hall_id: HallId, *, now: datetime) -> list[Signal] | None:
    """Return the hall's signals if any of them would raise or clear an alert, else None."""
    seen = signals(session, hall_id, now=now)
    day = catalogue.calendar(session, hall_id).local_day(now)
    standing = _standing(alert_store.alerts_of(session, hall_id, day))
    policy = store.policy(session, hall_id).alerts
    return seen if changes(seen, standing, policy, now=now) else None


def record_alerts(session: Session, hall_id: HallId, seen: Sequence[Signal], *, clock: Clock) -> int:
    """Raise and clear what these signals say; return how many changed.

    Takes the hall's lock before it reads which alerts stand: two processes that go their rounds at the
    same moment would otherwise raise the same alert twice.
    """
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    day = catalogue.calendar(session, hall_id).local_day(now)
    known = alert_store.alerts_of(session, hall_id, day)
    latest = {(alert.kind, alert.subject): alert.id for alert in reversed(known)}
    found = changes(seen, _standing(known), store.policy(session, hall_id).alerts, now=now)
    for change in found:
        kind, subject = change.signal.key
        if change.raised:
            facts = change.signal.facts
            alert_id = alert_store.raise_alert(session, hall_id, day, kind, subject, facts=facts, at=now)
            record(session, hall, AlertRaised(alert_id=alert_id, what=kind, subject=subject), at=now)
        else:
            alert_id = latest[kind, subject]
            alert_store.clear_alert(session, alert_id, at=now)
            record(session, hall, AlertCleared(alert_id=alert_id, what=kind, subject=subject), at=now)
    return len(found)


def _standing(known: Sequence[Alert]) -> list[Standing]:
    """Return the latest alert of each kind and subject; ``known`` runs from new to old."""
    latest: dict[tuple[str, str], Standing] = {}
    for alert in reversed(known):
        changed = alert.cleared_at or alert.raised_at
        latest[alert.kind, alert.subject] = Standing(
            alert.kind, alert.subject, alert.cleared_at is None, changed
        )
    return list(latest.values())


def acknowledge_alert(session: Session, alert_id: AlertId, *, done: str, by: Staff, clock: Clock) -> Alert:
    """Note who takes care of an alert and what was done; of two managers the second is told who it was.

    Raises ``AlertNotFound``, ``WrongHall``, ``AlertAcknowledged``.
    """
    hall_id = alert_store.alert(session, alert_id).hall_id
    by.must_work_in(hall_id)
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    if not alert_store.acknowledge(session, alert_id, by=by.id, done=done.strip(), at=now):
        first = alert_store.alert(session, alert_id)
        raise AlertAcknowledged(by=first.acknowledged_name, at=first.acknowledged_at)
    record(session, hall, AlertTaken(alert_id=alert_id), at=now)
    taken = alert_store.alert(session, alert_id)
    detail = {"kind": taken.kind.value, "about": taken.subject}
    note(session, "alert.taken", by=by, hall_id=hall_id, at=now, subject=str(alert_id), detail=detail)
    return taken
