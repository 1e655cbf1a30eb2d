"""Health: alive, ready when the database takes writes, figures without anything personal."""

from __future__ import annotations

import sqlite3

import httpx2

from kernel.web.parts import Parts


async def test_a_running_app_is_alive_and_ready(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/livez")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json() == {"status": "ok"}
    assert "python_info" in (await client.get("/metrics")).text


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
