"""A seeded name and phone number are found nowhere in the clear: files, events, answers, logs."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select

from kernel.jobs import enqueue
from kernel.web.parts import Parts
from kernel.work_tables import OutboxRow

NAME, PHONE = "欧阳金丝雀", "13987650123"
CANARIES = [NAME.encode(), PHONE.encode(), b"+86" + PHONE.encode()]
outbox = OutboxRow.__table__  # type: ignore[attr-defined]


async def book_and_check_in(client: httpx2.AsyncClient) -> list[httpx2.Response]:
    async def post(path: str, body: dict[str, Any]) -> httpx2.Response:
        headers = {"Idempotency-Key": uuid4().hex}
        answer = await client.post(f"/api/v1{path}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer

    slots = (await client.get("/api/v1/halls/H1/slots?service=id-card")).json()
    starts_at = slots["days"][0]["slots"][0]["starts_at"]
    wish = {"hall": "H1", "services": ["id-card"], "starts_at": starts_at}
    token = (await post("/appointments/holds", wish)).json()["token"]
    confirmed = await post("/appointments/confirm", {"token": token, "name": NAME, "phone": PHONE})
    seen = await post("/appointments/look-up", {"token": token})
    issued = await post("/appointments/check-in", {"token": token})
    board = await client.get("/api/v1/halls/H1/board")
    wrong = await client.post(
        "/api/v1/appointments/confirm",
        json={"token": token, "name": NAME, "phone": PHONE, "unknown": PHONE},
        headers={"Idempotency-Key": uuid4().hex},
    )
    assert wrong.status_code == 422
    return [confirmed, seen, issued, board, wrong]


async def test_no_canary_is_found_in_the_clear(
    sqlite_client: httpx2.AsyncClient,
    sqlite_parts: Parts,
    sqlite_city: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers = await book_and_check_in(sqlite_client)
    logged = "".join(capsys.readouterr())
    for answer in answers:
        assert all(canary not in answer.content for canary in CANARIES), answer.url
    assert all(canary.decode() not in logged for canary in CANARIES)
    payloads = await sqlite_parts.database.read(
        lambda session: session.execute(select(outbox.c.payload)).scalars().all()
    )
    assert payloads
    assert all(canary.decode() not in str(payload) for payload in payloads for canary in CANARIES)
    stem = Path(str(sqlite_parts.database.url.database))
    for file in stem.parent.glob(f"{stem.name}*"):
        content = file.read_bytes()
        assert all(canary not in content for canary in CANARIES), file.name


async def test_the_search_for_canaries_would_find_one(sqlite_parts: Parts, sqlite_city: Any) -> None:
    """The twin: something stored in the clear is found by the same look at the file."""

    def write_in_the_clear(session: Any) -> None:
        enqueue(session, "x", {"name": PHONE}, at=sqlite_parts.clock.now())

    await sqlite_parts.database.write(write_in_the_clear)
    stem = Path(str(sqlite_parts.database.url.database))
    files = [file.read_bytes() for file in stem.parent.glob(f"{stem.name}*")]
    assert any(PHONE.encode() in content for content in files)
