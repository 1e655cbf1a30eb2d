"""What an operator's Prometheus reads: right figures, bounded labels, and an answer in any case."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from app import metrics
from kernel import jobs
from kernel.errors import Busy
from kernel.events import lock_hall, record
from kernel.identity import CITIZEN
from queueing import service
from queueing.events import WindowChanged
from queueing.store.tickets import tickets

if TYPE_CHECKING:
    import httpx2
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

Figures = dict[tuple[str, tuple[tuple[str, str], ...]], float]


async def read(client: httpx2.AsyncClient) -> Figures:
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def of_hall(figures: Figures, name: str, hall: str = "H1") -> float | None:
    return figures.get((f"jinban_hall_{name}", (("hall", hall),)))


async def a_morning(parts: Parts, city: SmallCity, clock: ManualClock) -> None:
    """Three tickets, the first called after ten minutes though 4 to 8, most likely 6, were told."""
    keys = {"clock": clock, "vault": parts.vault}
    services = [city.services["id-card"]]
    for _ in range(3):
        await parts.database.write(
            service.issue_ticket, city.hall, services, priority=False, by=CITIZEN, **keys
        )
    told = update(tickets).values(told_p10=4.0, told_p50=6.0, told_p90=8.0)
    await parts.database.write(lambda session: session.execute(told) and None)
    clock.advance(timedelta(minutes=10))
    by = {"by": city.clerks[0], "clock": clock}
    await parts.database.write(service.open_window, city.windows[0], **by)
    await parts.database.write(service.call_next, city.windows[0], **by)


@pytest.mark.slow
async def test_each_hall_tells_its_people_windows_and_promises(
    client: httpx2.AsyncClient, parts: Parts, city: SmallCity, clock: ManualClock
) -> None:
    await a_morning(parts, city, clock)
    figures = await read(client)
    expected = {
        **{"open": 1, "people_waiting": 2, "oldest_wait_seconds": 600, "windows_open": 1, "windows": 3},
        **{"tickets_issued_today": 3, "tickets_called_today": 1, "tickets_left_today": 0},
        **{"waits_told_today": 1, "waits_kept_today": 0, "waits_above_today": 1, "wait_error_seconds": 240},
        **{"screens": 0},
    }
    assert {name: of_hall(figures, name) for name in expected} == pytest.approx(expected)
    assert of_hall(figures, "people_waiting", "H2") == of_hall(figures, "oldest_wait_seconds", "H2") == 0
    assert of_hall(figures, "wait_error_seconds", "H2") is None, "nobody was called there"
    assert of_hall(figures, "people_waiting", "T1") is None, "a terminal has no queue"
    assert figures["jinban_database_up", ()] == 1
    assert figures["jinban_hall_estimator", (("estimator", "drain"), ("hall", "H1"))] == 1
    assert figures["jinban_jobs", (("status", "failed"),)] == 0
    assert figures["jinban_messages_waiting", ()] == 0


def test_what_is_not_passed_on_or_done_shows_with_its_age(
    database: Database, city: SmallCity, clock: ManualClock
) -> None:
    def leave_undone(session: Session) -> None:
        hall = lock_hall(session, city.hall)
        record(session, hall, WindowChanged(window="1", status="open"), at=hall.tick(clock))
        jobs.enqueue(session, "learn_waits", {}, at=clock.now())
        jobs.enqueue(session, "learn_waits", {}, at=clock.now() + timedelta(hours=1))

    since = clock.now()
    database.write_now(leave_undone)
    clock.advance(timedelta(minutes=2))
    found = database.read_now(metrics.standing, clock.now())
    assert found.events == (1, since)
    assert found.jobs == {"waiting": 1, "running": 0, "failed": 0}, "what is not due yet waits for nobody"
    told = {family.name: family.samples[0].value for family in metrics.told(found, {}) if family.samples}
    assert (told["jinban_events_waiting"], told["jinban_events_oldest_seconds"]) == (1, 120)


async def test_labels_are_those_that_the_program_knows(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    for number in range(5):
        await sqlite_client.get(f"/no/such/page/{number}")
        await sqlite_client.get(f"/t/no-such-token-{number}")
        await sqlite_client.request(f"ODD{number}", "/livez")
    figures = await read(sqlite_client)
    asked = [dict(labels) for name, labels in figures if name == "jinban_http_requests_total"]
    assert {own["method"] for own in asked} <= {*metrics.METHODS, "other"}
    assert {own["route"] for own in asked} >= {"/t/{token}", "(no route)"}
    assert not [own for own in asked if "such" in own["route"]]
    assert {dict(labels)["hall"] for _, labels in figures if dict(labels).get("hall")} == {"H1", "H2"}


@pytest.mark.slow
async def test_however_many_ask_the_halls_are_read_once_in_a_while(
    sqlite_client: httpx2.AsyncClient,
    sqlite_parts: Parts,
    sqlite_city: SmallCity,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metrics, "FRESH_FOR_S", 600.0)  # however long the morning takes here
    assert of_hall(await read(sqlite_client), "people_waiting") == 0
    await a_morning(sqlite_parts, sqlite_city, clock)
    assert of_hall(await read(sqlite_client), "people_waiting") == 0
    monkeypatch.setattr(metrics, "FRESH_FOR_S", 0.0)
    assert of_hall(await read(sqlite_client), "people_waiting") == 2


async def test_without_its_database_it_says_so_and_tells_the_rest(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Busy

    monkeypatch.setattr(metrics, "standing", away)
    figures = await read(sqlite_client)
    assert figures["jinban_database_up", ()] == 0
    assert of_hall(figures, "people_waiting") is None
    assert [name for name, _ in figures if name == "process_resident_memory_bytes"]
