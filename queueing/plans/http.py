"""Routes of proposals."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from kernel.events import HallNotFound
from kernel.identity import Role, Staff, WrongHall
from kernel.ids import ProposalId
from kernel.web.access import Manager, staff_as
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import gives, refuses
from queueing.errors import PlanChangedMeanwhile, PlanWaits, TimeHasPassed
from queueing.plans import export, service
from queueing.plans.errors import (
    ClosedOnThatDay,
    DayHasPassed,
    ProposalNotFound,
    ProposalNotOpen,
    ProposalUnderway,
    ReasonMissing,
    RulesChangedMeanwhile,
)
from queueing.plans.schemas import AcceptIn, DeclineIn, ProposalIn, ProposalOut, ProposalsOut, ReplanIn

router = APIRouter(prefix="/api/v1", tags=["window plans"])

Reader = Annotated[Staff, Depends(staff_as(Role.MANAGER, Role.SUPERVISOR))]


@router.post(
    "/halls/{code}/proposals",
    response_model=ProposalOut,
    responses=refuses(HallNotFound, WrongHall, DayHasPassed, ClosedOnThatDay, ProposalUnderway),
)
async def request_proposal(
    code: str, asked: ProposalIn, manager: Manager, once: Once, clock: ClockDep
) -> Response:
    """Ask for a window plan for a day; it is computed in the background."""
    return await once.write(
        ProposalOut.of,
        service.request_proposal,
        code,
        asked.for_day,
        by=manager,
        clock=clock,
        spare_every_queue=asked.spare_every_queue,
    )


@router.post(
    "/halls/{code}/replans",
    response_model=ProposalOut,
    responses=refuses(HallNotFound, WrongHall, DayHasPassed, ClosedOnThatDay, ProposalUnderway),
)
async def request_replan(
    code: str, asked: ReplanIn, manager: Manager, once: Once, clock: ClockDep
) -> Response:
    """Ask for another window plan for the rest of today; it takes seconds."""
    return await once.write(
        ProposalOut.of, service.request_replan, code, from_minute=asked.from_minute, by=manager, clock=clock
    )


@router.get("/halls/{code}/proposals", responses=refuses(HallNotFound, WrongHall))
async def proposals(code: str, staff: Reader, db: Db) -> ProposalsOut:
    """Return the hall's latest proposals, newest first."""
    return ProposalsOut.of(await db.read(service.proposals, code, by=staff))


@router.get("/proposals/{proposal_id}", responses=refuses(ProposalNotFound, WrongHall))
async def proposal(proposal_id: UUID, staff: Reader, db: Db) -> ProposalOut:
    """Return a proposal with its simulated effect beside "change nothing"."""
    return ProposalOut.of(await db.read(service.proposal_view, ProposalId(proposal_id), by=staff))


@router.get(
    "/proposals/{proposal_id}/plan.csv",
    response_class=Response,
    responses={**gives("text/csv"), **refuses(ProposalNotFound, WrongHall)},
)
async def plan_as_csv(proposal_id: UUID, staff: Reader, db: Db) -> Response:
    """Return the proposed plan as a table: one line per window and stretch of the day."""
    text = await db.read(export.proposal_csv, ProposalId(proposal_id), by=staff)
    return Response(text, media_type="text/csv; charset=utf-8")


@router.post(
    "/proposals/{proposal_id}/stop",
    response_model=ProposalOut,
    responses=refuses(ProposalNotFound, WrongHall, ProposalNotOpen),
)
async def stop(proposal_id: UUID, manager: Manager, clock: ClockDep, once: Once) -> Response:
    """End the search and make the proposal from the best plan so far."""
    return await once.write(ProposalOut.of, service.stop, ProposalId(proposal_id), by=manager, clock=clock)


@router.post(
    "/proposals/{proposal_id}/accept",
    response_model=ProposalOut,
    responses=refuses(
        *(ProposalNotFound, WrongHall, ProposalNotOpen),
        *(PlanChangedMeanwhile, RulesChangedMeanwhile, DayHasPassed, TimeHasPassed, PlanWaits),
    ),
)
async def accept(
    proposal_id: UUID, manager: Manager, once: Once, clock: ClockDep, when: AcceptIn | None = None
) -> Response:
    """Let the proposed plan hold from now on, or from a time still to come."""
    return await once.write(
        ProposalOut.of,
        service.accept,
        ProposalId(proposal_id),
        by=manager,
        clock=clock,
        from_minute=when.from_minute if when else None,
        applies_at=when.applies_at if when else None,
    )


@router.post(
    "/proposals/{proposal_id}/decline",
    response_model=ProposalOut,
    responses=refuses(ProposalNotFound, WrongHall, ProposalNotOpen, ReasonMissing),
)
async def decline(
    proposal_id: UUID, why: DeclineIn, manager: Manager, once: Once, clock: ClockDep
) -> Response:
    """Decline a proposal, with a reason."""
    return await once.write(
        ProposalOut.of, service.decline, ProposalId(proposal_id), reason=why.reason, by=manager, clock=clock
    )


@router.post(
    "/proposals/{proposal_id}/rollback",
    response_model=ProposalOut,
    responses=refuses(ProposalNotFound, WrongHall, ProposalNotOpen, PlanChangedMeanwhile, DayHasPassed),
)
async def rollback(proposal_id: UUID, manager: Manager, once: Once, clock: ClockDep) -> Response:
    """Let the plan hold again that the proposal replaced."""
    return await once.write(
        ProposalOut.of, service.rollback, ProposalId(proposal_id), by=manager, clock=clock
    )
