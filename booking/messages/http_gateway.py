"""A gateway that takes messages as JSON over HTTP, under time-outs and a circuit breaker.

    POST URL
    Authorization: Bearer SECRET
    Idempotency-Key: 0198a3c1-…
    {"key": "0198a3c1-…", "to": "+8613800138000", "text": "…", "parts": 2}

Any 2xx means that the gateway has the message; 409 that it has it already. 408, 425, 429 and 5xx are tried
again, any other status is an answer for good. The body of an answer is not read: it may repeat the text.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2

from booking.messages.gateway import ACCEPTED, BATCH, Delivery
from kernel.circuit import Circuit

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from booking.messages.sending import Outgoing

STEP_S = 5.0  # to connect, to send, to get the answer's head
DEADLINE_S = 10.0  # for all of it: a sixth of the lease
HAS_IT_ALREADY = 409
AGAIN = frozenset({408, 425, 429})


class HttpGateway:
    """A client of one gateway, with one pool of connections."""

    def __init__(self, url: str, secret: str | None, *, now: Callable[[], datetime]) -> None:
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        self._url = url
        self._http = httpx2.AsyncClient(
            headers=headers, timeout=STEP_S, follow_redirects=False, trust_env=False
        )
        self.circuit = Circuit(now)

    @property
    def room(self) -> int:
        if not self.circuit.is_open:
            return BATCH
        return 1 if self.circuit.lets_through() else 0

    async def send(self, message: Outgoing) -> Delivery:
        """Hand a message over; what fails counts for the circuit, an answer for good does not."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                status = await self._post(message)
        except (TimeoutError, httpx2.TimeoutException):
            return self._away("timed-out")
        except (httpx2.HTTPError, httpx2.InvalidURL):
            return self._away("unreachable")
        if status in AGAIN or status >= 500:
            return self._away(f"status-{status}")
        self.circuit.succeeded()
        if 200 <= status < 300 or status == HAS_IT_ALREADY:
            return ACCEPTED
        return Delivery(accepted=False, reason=f"status-{status}", for_good=True)

    async def _post(self, message: Outgoing) -> int:
        body = {
            "key": str(message.key),
            "to": message.phone,
            "text": message.text,
            "parts": message.parts,
        }
        headers = {"Idempotency-Key": str(message.key)}
        async with self._http.stream("POST", self._url, json=body, headers=headers) as answer:
            return answer.status_code

    def _away(self, reason: str) -> Delivery:
        self.circuit.failed()
        return Delivery(accepted=False, reason=reason)

    async def aclose(self) -> None:
        await self._http.aclose()
