"""Health: alive, ready when the database takes writes, figures without anything personal."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import time
from typing import Any

import httpx2
import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app import away, health, middleware
from app.health import PROOF_COUNTS_S, Readiness
from app.main import create_app
from app.schema import revisions
from kernel.database import Database
from kernel.errors import Busy
from kernel.tables import ThemeRow
from kernel.web.parts import Parts
from tests.support.program import program


async def test_a_running_app_is_alive_and_ready(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/livez")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json() == {"status": "ok"}
    assert "python_info" in (await client.get("/metrics")).text


@pytest.mark.slow
async def test_an_app_whose_database_takes_no_writes_is_not_ready_and_recovers(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts
) -> None:
    rival = sqlite3.connect(str(sqlite_parts.database.url.database), isolation_level=None)
    rival.execute("BEGIN IMMEDIATE")
    answer = await sqlite_client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["code"] == "busy"
    assert answer.headers["retry-after"] == "2"
    rival.execute("ROLLBACK")
    rival.close()
    assert (await sqlite_client.get("/readyz")).status_code == 200


async def test_the_log_says_why_a_database_takes_nothing_and_not_with_every_request(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Recorder()
    monkeypatch.setattr(away, "log", log)
    monkeypatch.setattr(away, "_said_at", {})

    def read_only(connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    event.listen(sqlite_parts.database.engine, "checkout", read_only)
    for _ in range(3):
        assert (await sqlite_client.get("/readyz")).status_code == 503
    assert log.said == [("the database does not take what is asked", {"reason": "SQLITE_READONLY"})]


@pytest.mark.slow
async def test_an_app_whose_disk_is_full_is_not_ready_and_recovers(
    sqlite_database: Database, sqlite_city: Any
) -> None:
    """Full for that process alone: no file of it may grow, as a quota does it."""
    with program(sqlite_database) as running:
        assert running.ready() == 200
        _, most = resource.prlimit(running.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (1, most))
        time.sleep(PROOF_COUNTS_S)
        assert running.ready() == 503
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (most, most))
        assert running.ready() == 200


async def test_an_app_whose_database_is_of_an_earlier_release_is_not_ready(
    client: httpx2.AsyncClient, parts: Parts
) -> None:
    for version, status in (("0007", 503), (None, 503), ("0999", 200), (revisions()[-1], 200)):
        parts.database.write_now(_set_version, version)
        assert (await client.get("/readyz")).status_code == status, version


def _set_version(session: Session, version: str | None) -> None:
    session.execute(text("DELETE FROM alembic_version"))
    if version is not None:
        session.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})


class Recorder:
    """Stands in for the log of requests."""

    def __init__(self) -> None:
        self.said: list[tuple[str, dict[str, object]]] = []

    def info(self, event: str, **facts: object) -> None:
        self.said.append((event, facts))

    def warning(self, event: str, **facts: object) -> None:
        self.said.append((event, facts))

    def exception(self, event: str, **facts: object) -> None:
        self.said.append((event, facts))


async def test_an_error_of_ours_is_one_line_of_the_log_and_an_answer_like_any_other(
    sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("unforeseen")

    log = Recorder()
    monkeypatch.setattr(middleware, "log", log)
    monkeypatch.setattr(sqlite_parts.database, "write", breaks)
    transport = httpx2.ASGITransport(create_app(sqlite_parts))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/readyz", headers={"x-request-id": "abc123"})
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal-error"
    assert answer.headers["x-request-id"] == "abc123"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    (broke, where), (last, request) = log.said
    assert (broke, where["route"]) == ("an error of ours", "/readyz")
    assert (last, request["status"]) == ("request", 500)


def test_the_values_of_a_statement_that_fails_stay_out_of_its_error(database: Database) -> None:
    with pytest.raises(IntegrityError) as failed:
        database.write_now(_twice)
    assert "zhang-san" not in str(failed.value).split("[SQL", 1)[1]


def _twice(session: Session) -> None:
    row = {"code": "zhang-san", "name_zh": "", "name_en": "", "service_codes": []}
    for _ in range(2):
        session.execute(insert(ThemeRow).values(**row))


async def test_probes_of_the_same_seconds_cost_one_write(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(health, "monotonic", lambda: now)
    written: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        written.extend([statement] if statement.startswith("UPDATE alembic_version") else [])

    event.listen(sqlite_parts.database.engine, "before_cursor_execute", note)
    answers = await asyncio.gather(*(sqlite_client.get("/readyz") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(written) == 1
    now += PROOF_COUNTS_S
    assert (await sqlite_client.get("/readyz")).status_code == 200
    assert len(written) == 2


async def test_a_failure_is_no_proof_and_is_looked_at_again(
    sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    readiness, tries = Readiness(sqlite_parts.database), 0

    async def first_busy(*_: object) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise Busy

    monkeypatch.setattr(sqlite_parts.database, "write", first_busy)
    with pytest.raises(Busy):
        await readiness.prove()
    await readiness.prove()
    await readiness.prove()
    assert tries == 2
