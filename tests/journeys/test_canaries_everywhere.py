"""Names and numbers that people left are nowhere in the clear: pages, logs, figures, bus, files, exports."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select

from app.main import create_app
from booking.tables import AppointmentRow
from kernel.bus import InProcessBus
from kernel.secrets import Vault
from kernel.web.access import STAFF_COOKIE
from tests.conftest import FIELD_KEY, TOKEN_KEY, bearer
from tests.support.every_page import NO_PAGES, PAGES, furnished, furnishing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kernel.clock import ManualClock
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

pytestmark = pytest.mark.slow

CANARIES = ("王小明", "李候补", "13800138000", "13800138001", "13987650100")
EXPORTS = [path.replace("{code}", "H1") for path in NO_PAGES if path.endswith(".csv")]
APPOINTMENTS = AppointmentRow.__table__  # type: ignore[attr-defined]


class HeardBus(InProcessBus):
    """A bus that keeps whatever was said to it, keys and values."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    async def publish(self, topic: str, message: bytes) -> None:
        self.heard.append(f"{topic} {message!r}")
        await super().publish(topic, message)

    async def set(self, key: str, value: bytes, *, ttl_s: float) -> None:
        self.heard.append(f"{key} {value!r}")
        await super().set(key, value, ttl_s=ttl_s)

    async def count(self, key: str, *, ttl_s: float) -> int:
        self.heard.append(key)
        return await super().count(key, ttl_s=ttl_s)


def leaks(said: Mapping[str, Iterable[str]]) -> list[tuple[str, str]]:
    """Return where which canary is in the clear, plain or as JSON or bytes write it."""
    wanted = {own: (own, own.encode("unicode_escape").decode(), repr(own.encode())[2:-1]) for own in CANARIES}
    return [
        (where, own)
        for where, texts in said.items()
        for own, forms in wanted.items()
        if any(form in text for text in texts for form in forms)
    ]


def files_of(parts: Parts) -> list[str]:
    stem = Path(str(parts.database.url.database))
    return [file.read_bytes().decode("utf-8", "replace") for file in stem.parent.glob(f"{stem.name}*")]


async def all_answers(client: httpx2.AsyncClient, parts: Parts, city: Any, tokens: Mapping[str, str]) -> Any:
    """Yield what each page, export and refusal says."""
    for pattern in PAGES:
        client.cookies.clear()
        client.cookies.update(dict(city.cookies_for(pattern)))
        yield pattern, await client.get(city.address(pattern), headers={"Accept": "text/html"})
    client.cookies.clear()
    for path in [*EXPORTS, "/metrics", "/api/v1/halls/H1/board", "/openapi.json"]:
        yield path, await client.get(path, headers=bearer(tokens["admin"]))
    body = {"token": city.names["held"], "name": CANARIES[0], "phone": CANARIES[2], "unknown": CANARIES[2]}
    for path in ("/api/v1/appointments/confirm", "/api/v1/waitlist", "/api/v1/no-shows/look-up"):
        yield path, await client.post(path, json=body, headers={"Idempotency-Key": uuid4().hex})


async def test_no_canary_is_in_the_clear_anywhere(
    sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    bus = HeardBus()
    parts = furnishing(replace(sqlite_parts, bus=bus))
    city, said = furnished(parts, sqlite_city, clock), dict[str, list[str]]()
    app = create_app(parts)
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client,
    ):
        async for where, answer in all_answers(client, parts, city, sqlite_city.tokens):
            said[where] = [answer.text, str(answer.headers)]
    logged = "".join(capsys.readouterr())
    assert "route=/a/{token}" in logged
    assert [token for token in city.names.values() if len(token) > 20 and token in logged] == []
    assert bus.heard
    said |= {"log": [logged], "bus": bus.heard, "files": files_of(parts)}
    assert leaks(said) == []


def test_a_canary_in_the_clear_would_be_found() -> None:
    said = {
        "page": ["<p>王小明</p>"],
        "bus": [repr("李候补".encode())],
        "json": [r"\u738b\u5c0f\u660e"],
        "x": ["y"],
    }
    assert leaks(said) == [("page", "王小明"), ("bus", "李候补"), ("json", "王小明")]


async def test_after_the_key_was_rotated_all_opens_and_what_is_new_is_under_the_new_key(
    sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    parts = furnishing(sqlite_parts)
    city = furnished(parts, sqlite_city, clock)
    rotated = replace(parts, vault=Vault({1: FIELD_KEY, 2: b"n" * 32}, TOKEN_KEY))
    app = create_app(rotated)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
        shown = await client.get(f"/a/{city.names['booked']}", headers={"Accept": "text/html"})
        assert "王*明" in shown.text
        number = await client.post(
            f"/api/v1/halls/H1/appointments/{city.names['appointment']}/number",
            headers=bearer(sqlite_city.tokens["clerk1"]),
        )
        assert "13800138000" in number.text
        waiting = await client.get(f"/w/{city.names['wait']}", headers={"Accept": "text/html"})
        assert waiting.status_code == 200
        confirmed = await client.post(
            "/api/v1/appointments/confirm",
            json={"token": city.names["held"], "name": "王小明", "phone": "13800138002"},
            headers={"Idempotency-Key": uuid4().hex},
        )
        assert confirmed.status_code == 200, confirmed.text
        client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["supervisor"])
        assert (await client.get("/staff/audit", headers={"Accept": "text/html"})).status_code == 200
    sealed = rotated.database.read_now(
        lambda session: session.execute(select(APPOINTMENTS.c.token_hash, APPOINTMENTS.c.phone_sealed)).all()
    )
    *before, last = sorted(row.phone_sealed[0] for row in sealed if row.phone_sealed)
    assert last == 2, "what was confirmed after the rotation"
    assert set(before) == {1}
