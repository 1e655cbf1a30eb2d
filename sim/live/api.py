"""The public HTTP API as simulated people use it: patient with a busy server, honest about the rest."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_AT_ONCE = 16  # requests on their way together: a crowd must not look like an attack
TRIES = 7  # the last one some 30 s after the first: longer than a restart of the server
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
TIMEOUT_S = 20.0
_TRY_LATER = frozenset({httpx2.codes.TOO_MANY_REQUESTS, httpx2.codes.SERVICE_UNAVAILABLE})


class Unreachable(Exception):
    """The server did not answer, or stayed too busy, however often it was asked."""


class Unexpected(Exception):
    """The server refused what a person in this place may expect to work."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; ``refusal`` is the code of the problem document, "" when it was done."""

    status: int
    refusal: str
    body: Any

    @property
    def done(self) -> bool:
        return not self.refusal


class Api:
    """Sends requests, each POST under a key of its own that stays the same when it is repeated."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)
        self.counts: Counter[str] = Counter()

    async def post(
        self,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        token: str | None = None,
        browser: str | None = None,
        expects: Sequence[str] = (),
    ) -> Answer:
        """Do something; refusals whose code is in ``expects`` are answers like any other.

        Raises ``Unreachable``, or ``Unexpected`` for another refusal or an error of the server.
        """
        headers = {"Idempotency-Key": str(uuid4())}
        if browser is not None:
            headers["User-Agent"] = browser
        return await self._ask("POST", path, headers, token, expects, json=dict(body or {}))

    async def get(
        self, path: str, query: Mapping[str, str] | None = None, *, token: str | None = None
    ) -> Answer:
        """Read something; raises as ``post``."""
        return await self._ask("GET", path, {}, token, (), params=dict(query or {}))

    async def _ask(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        token: str | None,
        expects: Sequence[str],
        **content: Any,
    ) -> Answer:
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        response = await self._patiently(method, f"/api/v1{path}", headers, content)
        self.counts["requests"] += 1
        if response.is_success:
            return Answer(response.status_code, "", response.json())
        code = _refusal_of(response)
        if code in expects:
            self.counts[f"refused: {code}"] += 1
            return Answer(response.status_code, code, None)
        self.counts["unexpected"] += 1
        raise Unexpected(f"{method} {path}: {response.status_code} {code}")

    async def _patiently(
        self, method: str, path: str, headers: dict[str, str], content: dict[str, Any]
    ) -> httpx2.Response:
        """Send, and repeat the same request while the server is away or busy."""
        pause, trouble = FIRST_PAUSE_S, ""
        for _ in range(TRIES):
            try:
                async with self._slots:
                    response = await self._client.request(method, path, headers=headers, **content)
            except httpx2.TransportError as failure:
                trouble = repr(failure)
            else:
                if response.status_code not in _TRY_LATER:
                    return response
                trouble = f"{response.status_code}"
                pause = max(pause, _retry_after(response))
            self.counts["repeated"] += 1
            await asyncio.sleep(min(pause, LONGEST_PAUSE_S))
            pause *= 2
        raise Unreachable(f"{method} {path}: {trouble}")


def _retry_after(response: httpx2.Response) -> float:
    try:
        return float(response.headers.get("retry-after", "0"))
    except ValueError:
        return 0.0


def _refusal_of(response: httpx2.Response) -> str:
    """Return the code of a problem document, or a word for what is none."""
    try:
        return str(response.json()["code"])
    except (ValueError, KeyError, TypeError):
        return "no-problem-document"
