"""Routes of ticket quotas."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.access import Manager, Public
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import refuses
from queueing.errors import QueueNotFound
from queueing.quotas import service
from queueing.quotas.errors import (
    QuotaChangedMeanwhile,
    QuotaClashes,
    QuotaInvalid,
    QuotaNotFound,
    TooManyQuotas,
)
from queueing.quotas.schemas import KeptQuotasOut, QuotaChangeIn, QuotaIn, QuotasOut

router = APIRouter(prefix="/api/v1", tags=["live day"])

_ON_ONE = refuses(QuotaNotFound, WrongHall)


@router.get("/halls/{code}/ticket-quotas", dependencies=[Public], responses=refuses(HallNotFound))
async def quotas(code: str, db: Db, clock: ClockDep) -> QuotasOut:
    """Return how many walk-in numbers a hall gives at most, and how many are left today."""
    return QuotasOut.of(await db.read(service.quotas_of, code, now=clock.now()))


@router.post(
    "/halls/{code}/ticket-quotas",
    response_model=KeptQuotasOut,
    responses=refuses(
        *(HallNotFound, WrongHall, QuotaInvalid, QuotaClashes, TooManyQuotas),
        *(QueueNotFound, ServiceNotFound, NotOfferedHere),
    ),
)
async def add(code: str, wanted: QuotaIn, manager: Manager, once: Once, clock: ClockDep) -> Response:
    """Set a quota for a queue or a service; what was given today counts already."""
    return await once.write(
        KeptQuotasOut.of, service.add_quota, code, **wanted.wanted(), by=manager, clock=clock
    )


@router.post(
    "/ticket-quotas/{quota_id}",
    response_model=KeptQuotasOut,
    responses={**_ON_ONE, **refuses(QuotaInvalid, QuotaChangedMeanwhile)},
)
async def change(
    quota_id: UUID, wanted: QuotaChangeIn, manager: Manager, once: Once, clock: ClockDep
) -> Response:
    """Set how many numbers a quota gives, and on which weekdays another number."""
    return await once.write(
        KeptQuotasOut.of, service.change_quota, quota_id, **wanted.wanted(), by=manager, clock=clock
    )


@router.post("/ticket-quotas/{quota_id}/remove", response_model=KeptQuotasOut, responses=_ON_ONE)
async def remove(quota_id: UUID, manager: Manager, once: Once, clock: ClockDep) -> Response:
    """Take a quota away: numbers are given without it from now on."""
    return await once.write(KeptQuotasOut.of, service.remove_quota, quota_id, by=manager, clock=clock)
