"""The nightly run, the operator's commands, and the citizen's own wish, through the real app."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import func, select
from sqlmodel import Session
from structlog.testing import capture_logs
from typer.testing import CliRunner

import app.retention
import app.rounds
from app.cli import command_line
from app.retention import Retention
from booking.mine.sessions import open_list
from booking.mine.tables import CitizenSessionRow
from booking.rules.own_list import Way
from kernel.audit_check import verify
from kernel.errors import Busy
from kernel.web.parts import Parts
from tests.conftest import FIELD_KEY, TOKEN_KEY
from tests.support.small_city import SmallCity

PHONE = "13800138000"


@pytest.fixture(autouse=True)
def by_the_test_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the app's own rounds rest after their first: they would erase, and seal days in the trail, too."""
    for work in (app.retention, app.rounds):
        monkeypatch.setattr(work, "EVERY_S", 600.0)


async def post(client: httpx2.AsyncClient, path: str, body: object) -> httpx2.Response:
    return await client.post(
        f"/api/v1/appointments/{path}", json=body, headers={"Idempotency-Key": uuid4().hex}
    )


async def book(client: httpx2.AsyncClient, place: int = 0) -> dict[str, Any]:
    slots = (await client.get("/api/v1/halls/H1/slots?service=id-card")).json()
    wish = {"hall": "H1", "services": ["id-card"], "starts_at": slots["days"][0]["slots"][place]["starts_at"]}
    held: dict[str, Any] = (await post(client, "holds", wish)).json()
    confirmed = await post(client, "confirm", {"token": held["token"], "name": "王小明", "phone": PHONE})
    assert confirmed.status_code == 200, confirmed.text
    return held


async def test_a_citizen_erases_a_cancelled_appointment_by_its_link(
    client: httpx2.AsyncClient, parts: Parts, city: SmallCity
) -> None:
    token = (await book(client))["token"]
    early = await post(client, "erase", {"token": token})
    assert (early.status_code, early.json()["code"]) == (409, "erasure-too-early")
    await post(client, "cancel", {"token": token})
    assert (await post(client, "look-up", {"token": token})).json()["may_erase"] is True
    done = await post(client, "erase", {"token": token})
    assert (done.status_code, done.json()) == (200, {"erased_on": "2026-11-18"})
    for path in ("erase", "look-up", "cancel"):
        again = await post(client, path, {"token": token})
        assert (again.status_code, again.json()["code"]) == (410, "link-erased")


@pytest.mark.slow
async def test_the_page_asks_once_and_the_link_says_afterwards_that_all_is_gone(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    client, headers = sqlite_client, {"Accept": "text/html", "Accept-Language": "zh"}
    token = (await book(client))["token"]
    page = f"/a/{token}"
    assert "/erase" not in (await client.get(page, headers=headers)).text
    assert (await client.get(f"{page}/erase", headers=headers)).status_code == 303
    await post(client, "cancel", {"token": token})
    assert f"{page}/erase" in (await client.get(page, headers=headers)).text
    asked = await client.get(f"{page}/erase", headers=headers)
    assert "无法恢复" in asked.text
    key = asked.text.split('name="key" value="')[1].split('"')[0]
    for _ in range(2):  # pressed twice
        answer = await client.post(f"{page}/erase", data={"key": key}, headers=headers)
        assert answer.status_code == 303
    gone = await client.get(page, headers=headers)
    assert gone.status_code == 410
    assert "该链接对应的个人信息已被清除" in gone.text


@pytest.mark.slow
async def test_the_nightly_run_erases_each_hall_once_a_day_and_says_how_many(
    client: httpx2.AsyncClient, parts: Parts, city: SmallCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = [(await book(client, place))["token"] for place in range(2)]
    for token in tokens:
        await post(client, "cancel", {"token": token})
    run = Retention(parts)
    await run.once()
    parts.clock.advance(timedelta(days=31))  # type: ignore[attr-defined]
    real = parts.database.write

    async def busy(*_: object, **__: object) -> None:
        raise Busy

    with capture_logs() as logs:
        monkeypatch.setattr(parts.database, "write", busy)
        await run.once()
        monkeypatch.setattr(parts.database, "write", real)
        for _ in range(2):
            await run.once()
    told = [(own["event"], own.get("appointments"), own.get("code")) for own in logs if "hall" in own]
    assert told == [("personal data not erased", None, "busy"), ("personal data erased", 2, None)]
    for token in tokens:
        gone = await post(client, "look-up", {"token": token})
        assert gone.json()["code"] == "link-erased"
    found = await parts.database.read(verify, vault=parts.vault)
    assert (found.rows, found.broken) == (1, ())


@pytest.fixture
def installation(sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    def plain(key: bytes) -> str:
        return base64.urlsafe_b64encode(key).decode()

    monkeypatch.setenv("JINBAN_DATABASE_URL", str(sqlite_parts.database.url))
    monkeypatch.setenv("JINBAN_FIELD_KEYS", json.dumps({"1": plain(FIELD_KEY)}))
    monkeypatch.setenv("JINBAN_TOKEN_KEY", plain(TOKEN_KEY))
    return CliRunner()


async def test_an_operator_exports_erases_and_verifies_at_the_machine(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, installation: CliRunner, tmp_path: Path
) -> None:
    token = (await book(sqlite_client))["token"]
    await post(sqlite_client, "cancel", {"token": token})
    request = ["--by", "supervisor", "--reason", "7/2026"]
    file, privacy = tmp_path / "kept.json", command_line("privacy")
    done = installation.invoke(
        command_line("privacy"), ["privacy", "export", *request, "--to", str(file)], input=f"{PHONE}\n"
    )
    assert done.exit_code == 0, done.output
    assert json.loads(file.read_text())[0]["name"] == "王小明"
    assert file.stat().st_mode & 0o077 == 0
    assert installation.invoke(
        command_line("privacy"), ["privacy", "export", *request, "--to", str(file)], input="1\n"
    ).exit_code
    done = installation.invoke(privacy, ["privacy", "erase", *request], input=f"{PHONE}\n")
    assert "1 appointments erased" in done.output
    assert (await post(sqlite_client, "look-up", {"token": token})).json()["code"] == "link-erased"
    done = installation.invoke(command_line("audit"), ["audit", "verify"])
    assert (done.exit_code, "4 rows" in done.output) == (0, True), done.output


async def test_verify_fails_where_a_row_was_altered(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, sqlite_city: SmallCity, installation: CliRunner
) -> None:
    token = (await book(sqlite_client))["token"]
    await post(sqlite_client, "cancel", {"token": token})
    await post(sqlite_client, "erase", {"token": token})
    sqlite_parts.database.write_now(
        lambda session: session.connection().exec_driver_sql("UPDATE audit SET subject = 'x'")
    )
    done = installation.invoke(command_line("audit"), ["audit", "verify"])
    assert (done.exit_code, "altered" in done.output) == (1, True), done.output


async def test_open_lists_and_codes_that_ended_go_at_night(
    sqlite_parts: Parts, sqlite_city: SmallCity
) -> None:
    assert sqlite_city
    database, clock = sqlite_parts.database, sqlite_parts.clock
    database.write_now(open_list, Way.SIGNED_IN, b"p" * 32, wall=clock.now(), vault=sqlite_parts.vault)

    def kept(session: Session) -> int:
        return int(session.execute(select(func.count()).select_from(CitizenSessionRow)).scalar_one())

    run = Retention(sqlite_parts)
    await run.once()
    assert database.read_now(kept) == 1, "still open"
    clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
    await run.once()
    assert database.read_now(kept) == 0
