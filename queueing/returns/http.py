"""Routes of coming back with papers."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from kernel.catalogue import NotOfferedHere
from kernel.errors import NotSignedIn
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.ids import TicketId
from kernel.web.access import Clerk, Kiosk
from kernel.web.once import Once
from kernel.web.parts import ClockDep, VaultDep
from kernel.web.problems import refuses
from queueing.errors import NotPossibleNow, NotTakingTickets, NumbersUsedUp, TicketNotFound
from queueing.returns import service
from queueing.returns.errors import ReturnInvalid, ReturnNotFound, ReturnOver, ReturnUsed
from queueing.returns.schemas import EndedWithPapersOut, ReturnCodeIn, ReturnIn
from queueing.schemas import IssuedTicketOut

router = APIRouter(prefix="/api/v1", tags=["live day"])

_ISSUES = refuses(
    *(ReturnNotFound, ReturnUsed, ReturnOver, NotTakingTickets, NumbersUsedUp),
    *(NotOfferedHere, HallNotFound, WrongHall),
)


@router.post(
    "/tickets/{ticket_id}/finish-coming-back",
    responses=refuses(NotPossibleNow, TicketNotFound, NotSignedIn, ReturnInvalid),
    response_model=EndedWithPapersOut,
)
async def finish_coming_back(
    ticket_id: UUID, asked: ReturnIn, clerk: Clerk, once: Once, clock: ClockDep, vault: VaultDep
) -> Response:
    """End a visit whose papers are not all there; the answer has the code for a later day."""
    return await once.write(
        EndedWithPapersOut.ended, service.finish_coming_back, TicketId(ticket_id), asked.note, asked.until_on,
        by=clerk, clock=clock, vault=vault,
    )  # fmt: skip


@router.post("/halls/{code}/returns", responses=_ISSUES, response_model=IssuedTicketOut)
async def number_at_kiosk(
    code: str, typed: ReturnCodeIn, kiosk: Kiosk, once: Once, clock: ClockDep, vault: VaultDep
) -> Response:
    """Give the number of a return code at a kiosk of the hall, once."""
    return await once.write(
        IssuedTicketOut.of, service.number_at, code, typed.code, device=kiosk, clock=clock, vault=vault
    )


@router.post("/halls/{code}/desk-returns", responses=_ISSUES, response_model=IssuedTicketOut)
async def number_at_desk(
    code: str, typed: ReturnCodeIn, staff: Clerk, once: Once, clock: ClockDep, vault: VaultDep
) -> Response:
    """Do so at the help desk."""
    return await once.write(
        IssuedTicketOut.of, service.number_at, code, typed.code, staff=staff, clock=clock, vault=vault
    )
