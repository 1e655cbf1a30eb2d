"""What an operator's Prometheus reads: the halls, what is on its way, how requests are answered.

Labels are halls, webhooks, route patterns, methods and states that the program knows: their number is
bounded, and none is about a person. The figures of the halls are read at most every five seconds, however
many ask.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from booking.messages.store import due_since
from booking.webhooks.service import webhooks
from kernel import jobs, outbox
from kernel.clock import monotonic
from kernel.errors import Refusal
from queueing.figures import HallFigures, hall_figures
from queueing.served import served

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlmodel import Session

    from booking.webhooks.service import WebhookView
    from displays.hub import Hub
    from kernel.ids import HallId
    from kernel.web.parts import Parts

FRESH_FOR_S = 5.0  # Prometheus asks every 15 to 60; several of them, or a stranger, cost no more than one
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
BUCKETS_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 10.0)  # a press is to be answered in 200 ms, a rush in 500

answered = Counter(
    "jinban_http_requests", "Requests by route pattern and class of answer.", ("method", "route", "status")
)
took = Histogram("jinban_http_seconds", "Time until the answer.", ("method",), buckets=BUCKETS_S)


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answered request; ``route`` is the route's pattern, never an address."""
    known = method if method in METHODS else "other"
    answered.labels(known, route, f"{status // 100}xx").inc()
    took.labels(known).observe(seconds)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the database says at an instant."""

    at: datetime
    halls: tuple[HallFigures, ...]
    events: tuple[int, datetime | None]
    messages: tuple[int, datetime | None]
    webhooks: tuple[WebhookView, ...]
    jobs: Mapping[str, int]


def standing(session: Session, now: datetime) -> Standing:
    """Return what is to be told, in one snapshot."""
    return Standing(
        now,
        tuple(hall_figures(session, now=now)),
        outbox.unpublished_since(session),
        due_since(session, now),
        tuple(webhooks(session)),
        jobs.counts(session, now=now),
    )


class Metrics:
    """The figures of this process; without its database it says so and tells the rest."""

    def __init__(self, parts: Parts, hub: Hub) -> None:
        self._parts, self._hub = parts, hub
        self._read: tuple[float, Standing | None] | None = None
        self._reading = asyncio.Lock()

    async def text(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        found = await self._standing()
        registry = CollectorRegistry()
        registry.register(_Told(found, self._hub.screens()))
        return generate_latest() + generate_latest(registry)

    async def _standing(self) -> Standing | None:
        async with self._reading:
            if self._read is None or monotonic() - self._read[0] >= FRESH_FOR_S:
                found = None
                with suppress(Refusal):
                    found = await self._parts.database.read(standing, self._parts.clock.now())
                self._read = (monotonic(), found)
            return self._read[1]


def told(found: Standing | None, screens: Mapping[HallId, int]) -> list[GaugeMetricFamily]:
    """Return every figure of a reading, as Prometheus wants it."""
    return list(_Told(found, screens).collect())


class _Told(Collector):
    """One reading."""

    def __init__(self, found: Standing | None, screens: Mapping[HallId, int]) -> None:
        self._found, self._screens = found, screens

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield every figure; those of the database only while it answers."""
        found = self._found
        yield _one("jinban_database_up", "Whether the database answered.", float(found is not None))
        if found is None:
            return
        for name, text, tell in _OF_A_HALL:
            family = GaugeMetricFamily(f"jinban_hall_{name}", text, labels=["hall"])
            for own in found.halls:
                value = tell(own)
                if value is not None:
                    family.add_metric([own.hall.code], float(value))
            yield family
        yield from self._waits(found)
        yield from _on_their_way("events", "events that the bus has not had", found.events, found.at)
        yield from _on_their_way("messages", "messages to citizens that are due", found.messages, found.at)
        yield from _webhooks(found)
        family = GaugeMetricFamily("jinban_jobs", "Jobs by how they stand.", labels=["status"])
        for status, count in found.jobs.items():
            family.add_metric([status], count)
        yield family

    def _waits(self, found: Standing) -> Iterator[GaugeMetricFamily]:
        """Yield which estimator serves each hall, how old its waits are, and who follows the hall."""
        states = served.states()
        by = GaugeMetricFamily("jinban_hall_estimator", "1 for the estimator.", labels=["hall", "estimator"])
        age = GaugeMetricFamily(
            "jinban_hall_estimate_age_seconds", "Age of published waits.", labels=["hall"]
        )
        screens = GaugeMetricFamily(
            "jinban_hall_screens", "Screens and phones that follow the hall.", labels=["hall"]
        )
        for own in found.halls:
            code, state = own.hall.code, states.get(own.hall.id)
            by.add_metric([code, state.estimator if state else "drain"], 1.0)
            if state is not None:
                age.add_metric([code], state.age_s)
            screens.add_metric([code], self._screens.get(own.hall.id, 0))
        yield from (by, age, screens)


_OF_A_HALL = (
    ("open", "Whether its doors are open.", lambda own: own.now.open_now),
    ("people_waiting", "People whose ticket waits to be called.", lambda own: own.now.waiting),
    (
        "oldest_wait_seconds",
        "How long the one has waited who has waited longest; 0 while nobody waits.",
        lambda own: (own.now.longest_wait_minutes or 0.0) * 60,
    ),
    ("windows_open", "Windows that a clerk has opened.", lambda own: own.now.windows_open),
    ("windows", "All windows.", lambda own: own.now.windows_total),
    ("tickets_issued_today", "Tickets issued since local midnight.", lambda own: own.today.issued),
    ("tickets_called_today", "Those of them that were called.", lambda own: own.today.called),
    ("tickets_left_today", "Those of them that left unserved.", lambda own: own.today.left),
    ("waits_told_today", "Called tickets whose holder had been told a range.", lambda own: own.today.told),
    ("waits_kept_today", "Those whose wait lay inside it; made to be 80 %.", lambda own: own.today.inside),
    ("waits_above_today", "Those who waited longer than it said.", lambda own: own.today.above),
    (
        "wait_error_seconds",
        "How far today's waits lay from the median that was told, on average.",
        lambda own: None if own.error_minutes is None else own.error_minutes * 60,
    ),
)


def _one(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _on_their_way(
    name: str, text: str, waiting: tuple[int, datetime | None], now: datetime
) -> Iterator[GaugeMetricFamily]:
    count, oldest = waiting
    age = max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0.0
    yield _one(f"jinban_{name}_waiting", f"How many {text}.", count)
    yield _one(f"jinban_{name}_oldest_seconds", f"Age of the oldest of the {text}; 0 without any.", age)


def _webhooks(found: Standing) -> Iterator[GaugeMetricFamily]:
    """Yield how each webhook stands; two may have the same name, so the id tells them apart."""
    for name, text in _OF_A_WEBHOOK.items():
        family = GaugeMetricFamily(f"jinban_webhook_{name}", text, labels=["webhook", "name"])
        for own in found.webhooks:
            value = {
                "active": own.active,
                "waiting": own.waiting,
                "set_aside": own.set_aside,
                "failing_seconds": own.failing_seconds(found.at),
            }[name]
            family.add_metric([str(own.own.id), own.own.name], float(value))
        yield family


_OF_A_WEBHOOK = {
    "active": "Whether events are posted to it: 0 while it is paused.",
    "waiting": "Events on their way to it.",
    "set_aside": "Events that it did not take for as long as they are tried.",
    "failing_seconds": "For how long every try has failed; 0 while it takes what is posted.",
}
