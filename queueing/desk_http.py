"""Routes of the desk: a clerk's window, and what is done there to whoever is called."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.errors import NotSignedIn
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.ids import QueueId, TicketId, WindowId
from kernel.looking import Looker
from kernel.web.access import AnyStaff, Clerk
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import refuses
from queueing import reads, service
from queueing.desk_schemas import (
    CallNextIn,
    CallTicketIn,
    ColleaguesOut,
    DoneIn,
    FinishIn,
    ParkIn,
    PauseIn,
    TransferIn,
)
from queueing.errors import (
    AtAnotherWindow,
    NextChanged,
    NobodyWaiting,
    NotPossibleNow,
    NotServedHere,
    ParkWordsMissing,
    ReinstateOver,
    TicketNotFound,
    WindowBusy,
    WindowNotFound,
    WindowNotOpen,
    WindowTaken,
)
from queueing.looking import looks_at_desk, looks_at_next, looks_at_windows
from queueing.next_schemas import NextOut
from queueing.schemas import DeskOut, TicketOut, WindowOut, WindowsOut

router = APIRouter(prefix="/api/v1", tags=["live day"])

_WINDOW = refuses(WindowNotFound, WindowTaken, NotPossibleNow)
_MOVES = refuses(NotPossibleNow, TicketNotFound, NotSignedIn)
_SERVICES = {**_MOVES, **refuses(ServiceNotFound, NotOfferedHere)}


@router.get("/windows", responses=refuses(HallNotFound, WrongHall))
async def windows(hall: str, staff: AnyStaff, db: Db, clock: ClockDep) -> WindowsOut:
    """Return the windows of a hall for its staff."""
    now = clock.now()
    found = await Looker(db, staff, now).see(looks_at_windows, reads.windows_by_code, hall, by=staff, now=now)
    return WindowsOut(windows=[WindowOut.of(window) for window in found])


@router.get("/windows/{window_id}/desk", responses=refuses(WindowNotFound, WrongHall))
async def desk(window_id: UUID, clerk: Clerk, db: Db, clock: ClockDep) -> DeskOut:
    """Return the desk of a window."""
    now = clock.now()
    seen = Looker(db, clerk, now).see(looks_at_desk, service.desk, WindowId(window_id), by=clerk, now=now)
    return DeskOut.of(await seen)


@router.post(
    "/windows/{window_id}/open",
    responses=refuses(WindowNotFound, WindowTaken, AtAnotherWindow, NotPossibleNow),
    response_model=WindowOut,
)
async def open_window(window_id: UUID, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """Open a window and sit down at it."""
    return await once.write(WindowOut.of, service.open_window, WindowId(window_id), by=clerk, clock=clock)


@router.post("/windows/{window_id}/pause", responses=_WINDOW, response_model=WindowOut)
async def pause_window(
    window_id: UUID, clerk: Clerk, once: Once, clock: ClockDep, asked: PauseIn | None = None
) -> Response:
    """Call nobody new until the window resumes; without a body the kind is "other"."""
    kind = (asked or PauseIn()).kind
    return await once.write(
        WindowOut.of, service.pause_window, WindowId(window_id), kind, by=clerk, clock=clock
    )


@router.post("/windows/{window_id}/resume", responses=_WINDOW, response_model=WindowOut)
async def resume_window(window_id: UUID, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """Go on after a pause."""
    return await once.write(WindowOut.of, service.resume_window, WindowId(window_id), by=clerk, clock=clock)


@router.post(
    "/windows/{window_id}/close",
    responses=refuses(WindowNotFound, WindowBusy, WindowTaken, NotPossibleNow),
    response_model=WindowOut,
)
async def close_window(window_id: UUID, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """Close a window that has no citizen."""
    return await once.write(WindowOut.of, service.close_window, WindowId(window_id), by=clerk, clock=clock)


@router.get("/windows/{window_id}/next", responses=refuses(WindowNotFound, NobodyWaiting, WrongHall))
async def look_next(window_id: UUID, clerk: Clerk, db: Db, clock: ClockDep) -> NextOut:
    """Return whom this window calls next, before anybody is called; it reserves nobody."""
    now = clock.now()
    seen = Looker(db, clerk, now).see(
        looks_at_next, service.look_next, WindowId(window_id), by=clerk, now=now
    )
    return NextOut.of(await seen)


@router.post(
    "/windows/{window_id}/call-next",
    responses=refuses(WindowNotFound, NobodyWaiting, NextChanged, WindowBusy, WindowNotOpen, WindowTaken),
    response_model=TicketOut,
)
async def call_next(
    window_id: UUID, clerk: Clerk, once: Once, clock: ClockDep, asked: CallNextIn | None = None
) -> Response:
    """Call the ticket that is next for this window; with ``seen``, only if it is still that one."""
    own, seen = WindowId(window_id), asked.seen if asked else None
    return await once.write(
        TicketOut.of, service.call_next, own, by=clerk, clock=clock, seen=TicketId(seen) if seen else None
    )


@router.post(
    "/windows/{window_id}/call",
    responses=refuses(WindowNotFound, TicketNotFound, WindowBusy, WindowNotOpen, NotPossibleNow),
    response_model=TicketOut,
)
async def call_ticket(
    window_id: UUID, asked: CallTicketIn, clerk: Clerk, once: Once, clock: ClockDep
) -> Response:
    """Call a chosen ticket."""
    return await once.write(
        TicketOut.of,
        service.call_ticket,
        WindowId(window_id),
        TicketId(asked.ticket_id),
        by=clerk,
        clock=clock,
    )


@router.post("/tickets/{ticket_id}/recall", responses=_MOVES, response_model=TicketOut)
async def recall(ticket_id: UUID, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """Announce a call again."""
    return await once.write(TicketOut.of, service.recall, TicketId(ticket_id), by=clerk, clock=clock)


@router.post("/tickets/{ticket_id}/start", responses=_MOVES, response_model=TicketOut)
async def start(ticket_id: UUID, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """The citizen is at the window."""
    return await once.write(TicketOut.of, service.start, TicketId(ticket_id), by=clerk, clock=clock)


@router.post("/tickets/{ticket_id}/services", responses=_SERVICES, response_model=TicketOut)
async def record_services(
    ticket_id: UUID, asked: DoneIn, clerk: Clerk, once: Once, clock: ClockDep
) -> Response:
    """Record which services are done for whoever is being served."""
    return await once.write(
        TicketOut.of, service.record_services, TicketId(ticket_id), asked.services, by=clerk, clock=clock
    )


@router.post("/tickets/{ticket_id}/finish", responses=_SERVICES, response_model=TicketOut)
async def finish(
    ticket_id: UUID, clerk: Clerk, once: Once, clock: ClockDep, asked: FinishIn | None = None
) -> Response:
    """The service is done; without a body as it was asked, or as recorded before."""
    done = (asked.services if asked else None) or ()
    return await once.write(TicketOut.of, service.finish, TicketId(ticket_id), done, by=clerk, clock=clock)


@router.post("/tickets/{ticket_id}/miss", responses=_MOVES, response_model=TicketOut)
async def miss(ticket_id: UUID, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """Called and absent."""
    return await once.write(TicketOut.of, service.miss, TicketId(ticket_id), by=clerk, clock=clock)


@router.post("/tickets/{ticket_id}/hold", responses=_MOVES, response_model=TicketOut)
async def hold_call(ticket_id: UUID, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """Wait on for whoever was called to the last, so that the ticket is not marked as missed by itself."""
    return await once.write(TicketOut.of, service.hold_call, TicketId(ticket_id), by=clerk, clock=clock)


@router.post(
    "/tickets/{ticket_id}/park",
    responses={**_MOVES, **refuses(ParkWordsMissing)},
    response_model=TicketOut,
)
async def park(
    ticket_id: UUID, clerk: Clerk, once: Once, clock: ClockDep, asked: ParkIn | None = None
) -> Response:
    """Put a ticket aside, and say why."""
    why = (asked or ParkIn()).why()
    return await once.write(TicketOut.of, service.park, TicketId(ticket_id), by=clerk, clock=clock, why=why)


@router.post("/tickets/{ticket_id}/resume", responses=_MOVES, response_model=TicketOut)
async def resume(ticket_id: UUID, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """A parked ticket waits again."""
    return await once.write(TicketOut.of, service.resume, TicketId(ticket_id), by=clerk, clock=clock)


@router.post(
    "/tickets/{ticket_id}/reinstate",
    responses={**_MOVES, **refuses(ReinstateOver)},
    response_model=TicketOut,
)
async def reinstate(ticket_id: UUID, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """Put a missed ticket back."""
    return await once.write(TicketOut.of, service.reinstate, TicketId(ticket_id), by=clerk, clock=clock)


@router.post("/tickets/{ticket_id}/undo", responses=_MOVES, response_model=TicketOut)
async def undo(ticket_id: UUID, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """Take back a finish, a miss, a start, a park, a transfer or a record of services within 30 seconds."""
    return await once.write(TicketOut.of, service.undo, TicketId(ticket_id), by=clerk, clock=clock)


@router.get("/windows/{window_id}/colleagues", responses=refuses(WindowNotFound, WrongHall))
async def colleagues(window_id: UUID, clerk: Clerk, db: Db, clock: ClockDep) -> ColleaguesOut:
    """Return the windows of the hall to which a ticket can be sent, and who sits there."""
    found = await db.read(service.colleagues, WindowId(window_id), by=clerk, now=clock.now())
    return ColleaguesOut.of(found)


@router.post(
    "/tickets/{ticket_id}/transfer",
    responses={**_MOVES, **refuses(WindowNotFound, WindowNotOpen, NotServedHere)},
    response_model=TicketOut,
)
async def transfer(ticket_id: UUID, asked: TransferIn, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """Send a ticket to another queue of the hall, or to one of its windows."""
    own = TicketId(ticket_id)
    if asked.window_id is not None:
        window_id = WindowId(asked.window_id)
        return await once.write(TicketOut.of, service.send_to_window, own, window_id, by=clerk, clock=clock)
    assert asked.queue_id is not None  # one of both, as the request's model holds
    queue_id = QueueId(asked.queue_id)
    return await once.write(TicketOut.of, service.transfer, own, queue_id, by=clerk, clock=clock)
