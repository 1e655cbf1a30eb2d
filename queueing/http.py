"""Routes of the live day of a hall and of whoever waits in it; what clerks do is in ``desk_http``."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.errors import NotSignedIn
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.looking import Looker
from kernel.web.access import AnyStaff, Clerk, Holder, Kiosk, Public
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db, VaultDep
from kernel.web.problems import refuses
from queueing import reads, service
from queueing.board_schemas import BoardOut
from queueing.errors import NotPossibleNow, NotTakingTickets, NumbersUsedUp, TicketNotFound
from queueing.following import followed
from queueing.looking import looks_at_day
from queueing.priority.errors import PriorityClassNotFound
from queueing.quotas.errors import QuotaUsedUp
from queueing.schemas import HallDayOut, IssuedTicketOut, TicketOut
from queueing.ticket_schemas import IssueIn, TokenIn

router = APIRouter(prefix="/api/v1", tags=["live day"])

_ISSUES = refuses(
    NotTakingTickets,
    NumbersUsedUp,
    QuotaUsedUp,
    PriorityClassNotFound,
    HallNotFound,
    ServiceNotFound,
    NotOfferedHere,
    WrongHall,
)
_MOVES = refuses(NotPossibleNow, TicketNotFound, NotSignedIn)


@router.get("/halls/{code}/board", dependencies=[Public], responses=refuses(HallNotFound))
async def board(code: str, db: Db, clock: ClockDep) -> BoardOut:
    """Return the public board of a hall."""
    now = clock.now()
    return BoardOut.of(await db.read(reads.board_by_code, code, now=now), made_at=now)


@router.post(
    "/halls/{code}/tickets",
    responses=_ISSUES,
    response_model=IssuedTicketOut,
)
async def issue_at_kiosk(
    code: str, asked: IssueIn, kiosk: Kiosk, once: Once, clock: ClockDep, vault: VaultDep
) -> Response:
    """Issue a walk-in's ticket at a kiosk of the hall."""
    return await once.write(
        IssuedTicketOut.of,
        reads.issue_by_codes,
        code,
        asked.services,
        priority=asked.wish(),
        device=kiosk,
        clock=clock,
        vault=vault,
    )


@router.post(
    "/halls/{code}/desk-tickets",
    responses=_ISSUES,
    response_model=IssuedTicketOut,
)
async def issue_at_desk(
    code: str, asked: IssueIn, staff: Clerk, once: Once, clock: ClockDep, vault: VaultDep
) -> Response:
    """Issue a ticket for a person at the help desk: no phone, no kiosk needed."""
    return await once.write(
        IssuedTicketOut.of,
        reads.issue_by_codes,
        code,
        asked.services,
        priority=asked.wish(),
        staff=staff,
        clock=clock,
        vault=vault,
    )


@router.post("/tickets/follow", dependencies=[Holder], responses=refuses(TicketNotFound))
async def follow(held: TokenIn, db: Db, clock: ClockDep, vault: VaultDep) -> TicketOut:
    """Return the ticket whose token is held; the token travels in the body, not in a log."""
    return TicketOut.of(await followed(db, held.token, clock=clock, vault=vault))


@router.post("/tickets/give-up", dependencies=[Holder], responses=_MOVES, response_model=TicketOut)
async def give_up(held: TokenIn, once: Once, clock: ClockDep, vault: VaultDep) -> Response:
    """Return the ticket to the hall."""
    return await once.write(TicketOut.of, service.give_up, held.token, clock=clock, vault=vault)


@router.post("/tickets/undo-give-up", dependencies=[Holder], responses=_MOVES, response_model=TicketOut)
async def undo_give_up(held: TokenIn, once: Once, clock: ClockDep, vault: VaultDep) -> Response:
    """Take giving up back within 60 seconds."""
    return await once.write(TicketOut.of, service.undo_give_up, held.token, clock=clock, vault=vault)


@router.post("/tickets/more-time", dependencies=[Holder], responses=_MOVES, response_model=TicketOut)
async def need_more_time(held: TokenIn, once: Once, clock: ClockDep, vault: VaultDep) -> Response:
    """Let the published number of followers pass."""
    return await once.write(TicketOut.of, service.need_more_time, held.token, clock=clock, vault=vault)


@router.post("/tickets/undo-more-time", dependencies=[Holder], responses=_MOVES, response_model=TicketOut)
async def undo_more_time(held: TokenIn, once: Once, clock: ClockDep, vault: VaultDep) -> Response:
    """Take "more time" back within 60 seconds."""
    return await once.write(TicketOut.of, service.undo_more_time, held.token, clock=clock, vault=vault)


@router.get("/halls/{code}/day", responses=refuses(HallNotFound, WrongHall))
async def hall_day(code: str, staff: AnyStaff, db: Db, clock: ClockDep) -> HallDayOut:
    """Return a hall's live day for its manager and for supervisors."""
    now = clock.now()
    seen = Looker(db, staff, now).see(looks_at_day, reads.hall_day_by_code, code, by=staff, now=now)
    return HallDayOut.of(await seen)
