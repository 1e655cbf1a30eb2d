"""An installation where citizens have lists, a browser before it, and the identity service."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx2
from sqlalchemy import select

from booking.messages.planning import TEXT_FIELD
from booking.messages.tables import MessageRow
from displays.mine_sign_in import BACK_PATH, SEALED_FOR
from kernel.web.parts import Parts
from tests.conftest import client_of, test_settings
from tests.support.openid_provider import StandIn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PHONE = "13987650123"
PEOPLE = {"Accept": "text/html", "Accept-Language": "en"}
TERMS = {"kind": "log", "origin": "https://jb.example.cn"}
FOREIGN = {"Sec-Fetch-Site": "cross-site"}


@dataclass(slots=True)
class Here:
    """An installation where citizens can sign in, a browser before it, and the identity service."""

    client: httpx2.AsyncClient
    provider: StandIn
    parts: Parts

    async def at_provider(self, path: str = "/mine/sign-in") -> str:
        left = await self.client.get(path)
        assert left.headers["location"].startswith(f"{self.provider.issuer}/authorize?"), left.text
        return self.provider.agreed(dict(parse_qsl(urlsplit(left.headers["location"]).query)))

    async def sign_in(self, path: str = "/mine/sign-in") -> str:
        answer = await self.client.get(await self.at_provider(path))
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        return answer.headers["location"]

    async def hold(self) -> str:
        slots = (await self.client.get("/api/v1/halls/H1/slots?service=id-card&from=2026-11-20")).json()
        wish = {"hall": "H1", "services": ["id-card"], "starts_at": slots["days"][0]["slots"][0]["starts_at"]}
        key = {"Idempotency-Key": uuid4().hex}
        answer = await self.client.post("/api/v1/appointments/holds", json=wish, headers=key)
        return str(answer.json()["token"])

    async def book(self) -> str:
        """Book on the pages, as whoever sits before this browser."""
        token = await self.hold()
        form = {"key": uuid4().hex, "name": "王小明", "phone": PHONE}
        assert (await self.client.post(f"/book/{token}", data=form)).headers["location"] == f"/a/{token}"
        return token

    async def mine(self) -> httpx2.Response:
        return await self.client.get("/mine", headers=PEOPLE)

    def rows(self, table: Any) -> list[Any]:
        asked = select(table.__table__).order_by(*table.__table__.primary_key)
        return self.parts.database.read_now(lambda session: list(session.execute(asked)))

    def code(self) -> str:
        """Return the code that was planned last."""
        rows = [row for row in self.rows(MessageRow) if row.kind == "code"]
        last = max(rows, key=lambda row: row.id)
        found = re.search(r"\d{6}", self.parts.vault.open(last.text_sealed, field=TEXT_FIELD))
        assert found
        return found[0]

    async def ask(self, phone: str = PHONE, **headers: str) -> httpx2.Response:
        form = {"key": uuid4().hex, "phone": phone}
        return await self.client.post("/mine/find", data=form, headers={**PEOPLE, **headers})

    async def type_code(self, code: str, **headers: str) -> httpx2.Response:
        return await self.client.post("/mine/code", data={"code": code}, headers={**PEOPLE, **headers})


def csrf_in(page: httpx2.Response) -> dict[str, str]:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return {"csrf_token": found[1]}


@asynccontextmanager
async def installed(
    parts: Parts, *, messages: bool = True, sign_in: bool = True, licences: Any = None
) -> AsyncIterator[Here]:
    provider = StandIn()
    made = provider.for_citizens()
    wanted: dict[str, Any] = {"citizen_sign_in": made.model_dump()} if sign_in else {}
    wanted |= {"messages": TERMS} if messages else {}
    wanted |= {"licences": {"kind": "stand_in"}} if licences else {}
    own = replace(parts, settings=test_settings(**wanted))
    async with client_of(own) as client:
        app = client._transport.app  # type: ignore[attr-defined]
        if sign_in:
            app.state.citizen_sign_in = provider.provider(
                made, parts.vault, f"http://testserver{BACK_PATH}", sealed_for=SEALED_FOR, asks_anew=False
            )
        if licences:
            app.state.licences = licences
        app.state.gateway = None  # what is planned stays planned, to be read
        yield Here(client, provider, own)
