"""Whether this process lives, whether it can serve, and its figures for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from app.schema import DatabaseBehind, must_be_current
from kernel.errors import Busy
from kernel.web.access import Public
from kernel.web.parts import Db
from kernel.web.problems import gives, refuses
from kernel.web.schemas import Out
from queueing.served import served

router = APIRouter(tags=["health"])


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


@router.get("/livez", dependencies=[Public])
async def alive() -> HealthOut:
    """Answer as long as the process runs."""
    return HealthOut()


@router.get("/readyz", dependencies=[Public], responses=refuses(Busy, DatabaseBehind))
async def ready(db: Db) -> HealthOut:
    """Answer when the database has the tables that this program needs and takes writes."""
    await db.write(_takes_writes)
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
