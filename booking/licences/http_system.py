"""A licence system that is asked by JSON over HTTP, under time-outs and a circuit breaker.

    POST URL
    Authorization: Bearer SECRET
    {"consent": "0198a3c1-…", "services": ["id-card"], "papers": ["居民身份证"],
     "holder": {"kind": "citizen", "value": "…", "acting": ""}}

    200 {"papers": [{"name": "居民身份证", "valid_until": "2031-05-01"}]}

``valid_until`` is the last valid day, null for no end. 404: nothing is on file. 403: this person may not act
for the company. Anything else, and what is too long or no such answer, counts as away.
"""

from __future__ import annotations

import asyncio
import json
from datetime import date
from typing import TYPE_CHECKING, Any

import httpx2
from pydantic import BaseModel, Field, ValidationError

from booking.licences.port import LicencesAway, NotActing, OnFile
from kernel.circuit import Circuit

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from booking.licences.port import Question

STEP_S = 2.0  # to connect, to send, to get more of the answer
DEADLINE_S = 2.5  # for all of it: somebody looks at a page that is not there yet
LONGEST_ANSWER = 64 * 1024
NOT_ACTING, NOTHING = 403, 404


class _Paper(BaseModel):
    name: str
    valid_until: date | None = None


class _Answer(BaseModel):
    papers: list[_Paper] = Field(max_length=200)


class HttpLicences:
    """A client of one licence system, with one pool of connections."""

    def __init__(self, url: str, secret: str | None, *, now: Callable[[], datetime]) -> None:
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        self._url = url
        self._http = httpx2.AsyncClient(
            headers=headers, timeout=STEP_S, follow_redirects=False, trust_env=False
        )
        self.circuit = Circuit(now)

    async def on_file(self, question: Question) -> OnFile:
        """Ask; what fails counts for the circuit, which then spares everybody the wait."""
        if not self.circuit.lets_through():
            raise LicencesAway("left alone after failures")
        try:
            async with asyncio.timeout(DEADLINE_S):
                found = await self._asked(question)
        except (TimeoutError, httpx2.HTTPError, httpx2.InvalidURL, ValidationError, ValueError) as failure:
            self.circuit.failed()
            # Without the cause: it may repeat what was asked.
            raise LicencesAway(type(failure).__name__) from None
        except NotActing:
            self.circuit.succeeded()
            raise
        self.circuit.succeeded()
        # What was not asked for is not let in.
        return OnFile({own.name: own.valid_until for own in found.papers if own.name in question.papers})

    async def _asked(self, question: Question) -> _Answer:
        holder = question.holder
        body: dict[str, Any] = {
            "consent": str(question.consent),
            "services": list(question.services),
            "papers": list(question.papers),
            "holder": {"kind": holder.kind.value, "value": holder.value, "acting": holder.acting},
        }
        async with self._http.stream("POST", self._url, json=body) as answer:
            if answer.status_code == NOT_ACTING:
                raise NotActing
            if answer.status_code == NOTHING:
                return _Answer(papers=[])
            if answer.status_code != 200:
                raise ValueError(f"status {answer.status_code}")
            text = b""
            async for part in answer.aiter_bytes():
                text += part
                if len(text) > LONGEST_ANSWER:
                    raise ValueError("too long")
        return _Answer.model_validate(json.loads(text))

    async def aclose(self) -> None:
        await self._http.aclose()
