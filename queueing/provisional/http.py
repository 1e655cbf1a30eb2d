"""Routes about provisional numbers: what kiosks hold and hand in, what the staff do with them."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.ids import TicketId
from kernel.looking import Looker
from kernel.web.access import Clerk, Kiosk
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db, VaultDep
from kernel.web.problems import refuses
from queueing.errors import NotPossibleNow, TicketNotFound, UndoTooLate
from queueing.looking import looks_at_paper
from queueing.provisional import service, staff
from queueing.provisional.errors import BlocksUsedUp, DayNotReservable, NoProvisionalNumbers, SlipNotFound
from queueing.provisional.schemas import (
    BlocksOut,
    HandedInsOut,
    HandInIn,
    KitOut,
    PaperDayOut,
    PutAwayIn,
    ReserveIn,
    ServedIn,
    TakeBackIn,
)

router = APIRouter(prefix="/api/v1/halls/{code}", tags=["provisional numbers"])

_HALL = (HallNotFound, WrongHall)


@router.get("/kiosk-kit", responses=refuses(*_HALL))
async def kiosk_kit(code: str, kiosk: Kiosk, db: Db, clock: ClockDep) -> KitOut:
    """Return what a kiosk of the hall keeps for the time without its server."""
    return KitOut.of(await db.read(service.kit, code, device=kiosk, clock=clock))


@router.post(
    "/number-blocks",
    response_model=BlocksOut,
    responses=refuses(*_HALL, BlocksUsedUp, DayNotReservable, NoProvisionalNumbers),
)
async def reserve(code: str, asked: ReserveIn, kiosk: Kiosk, once: Once, clock: ClockDep) -> Response:
    """Reserve a further block of numbers of each of these days for this kiosk."""
    return await once.write(BlocksOut.of, service.reserve, code, asked.days, device=kiosk, clock=clock)


@router.post("/slips", response_model=HandedInsOut, responses=refuses(*_HALL))
async def hand_in(
    code: str, asked: HandInIn, kiosk: Kiosk, once: Once, clock: ClockDep, vault: VaultDep
) -> Response:
    """Turn what the kiosk printed without its server into tickets, each once."""
    return await once.write(
        HandedInsOut.of,
        service.hand_in,
        code,
        [each.slip() for each in asked.slips],
        device=kiosk,
        clock=clock,
        vault=vault,
    )


@router.get("/provisional-numbers", responses=refuses(*_HALL))
async def paper_day(code: str, clerk: Clerk, db: Db, clock: ClockDep) -> PaperDayOut:
    """Return the hall's provisional numbers of today and the refused ones."""
    now = clock.now()
    seen = Looker(db, clerk, now).see(looks_at_paper, staff.paper_day, code, by=clerk, now=now)
    return PaperDayOut.of(await seen)


@router.post(
    "/provisional-numbers/served",
    response_model=PaperDayOut,
    responses=refuses(*_HALL, NotPossibleNow, TicketNotFound),
)
async def serve_on_paper(code: str, asked: ServedIn, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """Close tickets whose holders were served while the link was down."""
    wanted = [TicketId(each) for each in asked.ticket_ids]
    return await once.write(PaperDayOut.of, staff.serve_on_paper, code, wanted, by=clerk, clock=clock)


@router.post(
    "/provisional-numbers/take-back",
    response_model=PaperDayOut,
    responses=refuses(*_HALL, NotPossibleNow, TicketNotFound, UndoTooLate),
)
async def take_back(code: str, asked: TakeBackIn, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """Let somebody wait again who was not served on paper after all."""
    return await once.write(
        PaperDayOut.of, staff.undo_on_paper, code, TicketId(asked.ticket_id), by=clerk, clock=clock
    )


@router.post(
    "/provisional-numbers/put-away", response_model=PaperDayOut, responses=refuses(*_HALL, SlipNotFound)
)
async def put_away(code: str, asked: PutAwayIn, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """Take a refused number off the list: somebody of the staff saw it."""
    return await once.write(PaperDayOut.of, staff.put_away, code, asked.slip_id, by=clerk, clock=clock)
