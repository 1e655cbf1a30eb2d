"""Whether this process lives, whether it can serve, and its figures for Prometheus."""

from __future__ import annotations

import asyncio
from math import inf
from typing import TYPE_CHECKING

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from app.schema import DatabaseBehind, must_be_current
from kernel.clock import monotonic
from kernel.errors import Busy
from kernel.web.access import Public
from kernel.web.problems import gives, refuses
from kernel.web.schemas import Out
from queueing.served import served

if TYPE_CHECKING:
    from kernel.database import Database

router = APIRouter(tags=["health"])

PROOF_COUNTS_S = 2.0  # a load balancer asks every 5 to 10 seconds; kiosks by the hundred ask more often


class HealthOut(Out):
    """``status`` is ok; anything else comes as a problem document."""

    status: str = "ok"


def _takes_writes(session: Session) -> None:
    """Write one row as it is: SQLite notices a full disk only when a page has to go there.

    PostgreSQL refuses writes at all where it cannot write, and there the row may be a migration's for long.
    """
    must_be_current(session)
    here = "1 = 1" if session.get_bind().dialect.name == "sqlite" else "1 = 0"
    session.execute(text("UPDATE alembic_version SET version_num = version_num WHERE " + here))  # noqa: S608


class Readiness:
    """When the database last proved that it takes writes; a proof counts for some seconds, a failure never.

    The proof takes the turn of SQLite's one writer, and every kiosk asks before each of its pages. Whoever
    asks while one is under way waits for that one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._proved_at = -inf
        self._proving: asyncio.Task[None] | None = None

    async def prove(self) -> None:
        """Return if the database took a write seconds ago; raises ``Busy``, ``DatabaseBehind``."""
        await self._database.read(must_be_current)
        if monotonic() - self._proved_at < PROOF_COUNTS_S:
            return
        if self._proving is None or self._proving.done():
            self._proving = asyncio.create_task(self._write())
        await asyncio.shield(self._proving)

    async def _write(self) -> None:
        await self._database.write(_takes_writes)
        self._proved_at = monotonic()


@router.get("/livez", dependencies=[Public])
async def alive() -> HealthOut:
    """Answer as long as the process runs."""
    return HealthOut()


@router.get("/readyz", dependencies=[Public], responses=refuses(Busy, DatabaseBehind))
async def ready(request: Request) -> HealthOut:
    """Answer when the database has the tables that this program needs, and took a write seconds ago."""
    await request.app.state.readiness.prove()
    return HealthOut()


class WaitsOut(Out):
    """``halls``: how many are served by each estimator (``physical``, ``learned``, ``drain``).

    ``oldest_s``: age of the oldest estimate that is still served as fresh. ``reasons``: why not a better one.
    """

    halls: dict[str, int]
    oldest_s: float | None
    reasons: list[str]


@router.get("/waitz", dependencies=[Public])
async def waits() -> WaitsOut:
    """Return which estimator the waits that people are told come from, and how old they are."""
    summary = served.summary()
    return WaitsOut(halls=dict(summary.halls), oldest_s=summary.oldest_s, reasons=list(summary.reasons))


@router.get("/metrics", dependencies=[Public], response_class=Response, responses=gives("text/plain"))
async def metrics(request: Request) -> Response:
    """Return the figures of the halls and of this process for Prometheus; no personal data."""
    return Response(await request.app.state.metrics.text(), media_type=CONTENT_TYPE_LATEST)
