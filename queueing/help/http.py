"""Routes of calls for help; none of them is public."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.ids import WindowId
from kernel.web.access import AnyStaff, Clerk
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import refuses
from queueing.errors import WindowNotFound, WindowTaken
from queueing.help import service
from queueing.help.errors import HelpAskedAlready, HelpNotFound, HelpNotYours, HelpOver, HelpTaken
from queueing.help.schemas import HelpIn, HelpOut, HelpsOut

router = APIRouter(prefix="/api/v1", tags=["live day"])

_ON_A_CALL = refuses(HelpNotFound, HelpOver, HelpNotYours, WrongHall)


@router.get("/halls/{code}/help-calls", responses=refuses(HallNotFound, WrongHall))
async def help_calls(code: str, staff: AnyStaff, db: Db, clock: ClockDep) -> HelpsOut:
    """Return where in a hall a colleague asks for help, and who is going there."""
    return HelpsOut.of(await db.read(service.help_wanted, code, by=staff, now=clock.now()))


@router.post(
    "/windows/{window_id}/help-calls",
    responses=refuses(WindowNotFound, WindowTaken, HelpAskedAlready, WrongHall),
    response_model=HelpOut,
)
async def ask(window_id: UUID, asked: HelpIn, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """Ask the colleagues of the hall for help at one's own window."""
    return await once.write(
        HelpOut.model_validate, service.ask_help, WindowId(window_id), asked.words, by=clerk, clock=clock
    )


@router.post(
    "/help-calls/{call_id}/take", responses={**_ON_A_CALL, **refuses(HelpTaken)}, response_model=HelpOut
)
async def take(call_id: UUID, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """Say that one is going there."""
    return await once.write(HelpOut.model_validate, service.take_help, call_id, by=clerk, clock=clock)


@router.post("/help-calls/{call_id}/words", responses=_ON_A_CALL, response_model=HelpOut)
async def say(call_id: UUID, said: HelpIn, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """Say in a few words what help is needed for."""
    return await once.write(
        HelpOut.model_validate, service.word_help, call_id, said.words, by=clerk, clock=clock
    )


@router.post("/help-calls/{call_id}/end", responses=_ON_A_CALL, response_model=HelpOut)
async def end(call_id: UUID, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """End a call for help."""
    return await once.write(HelpOut.model_validate, service.end_help, call_id, by=clerk, clock=clock)
