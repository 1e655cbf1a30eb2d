"""Routes about what desks did without connection."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.ids import WindowId
from kernel.web.access import Clerk
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import refuses
from queueing.desk_entries import service
from queueing.desk_entries.errors import DeskEntryNotFound
from queueing.desk_entries.schemas import DeskEntriesIn, DeskEntriesOut, DeskEntrySeenIn
from queueing.errors import WindowNotFound

router = APIRouter(prefix="/api/v1", tags=["live day"])


@router.post(
    "/windows/{window_id}/desk-entries",
    response_model=DeskEntriesOut,
    responses=refuses(WindowNotFound, WrongHall, DeskEntryNotFound),
)
async def hand_in(
    window_id: UUID, asked: DeskEntriesIn, clerk: Clerk, once: Once, clock: ClockDep
) -> Response:
    """Take over what a desk did without connection, each entry once, in the order given."""
    given = [each.entry() for each in asked.entries]
    return await once.write(
        DeskEntriesOut.of, service.hand_in, WindowId(window_id), given,
        sent_at=asked.sent_at, by=clerk, clock=clock,
    )  # fmt: skip


@router.get("/halls/{code}/desk-entries", responses=refuses(HallNotFound, WrongHall))
async def not_taken_over(code: str, clerk: Clerk, db: Db) -> DeskEntriesOut:
    """Return what desks of a hall did without connection that was not taken over."""
    return DeskEntriesOut.of(await db.read(service.not_taken_over, code, by=clerk))


@router.post(
    "/halls/{code}/desk-entries/put-away",
    response_model=DeskEntriesOut,
    responses=refuses(HallNotFound, WrongHall, DeskEntryNotFound),
)
async def put_away(code: str, asked: DeskEntrySeenIn, clerk: Clerk, once: Once, clock: ClockDep) -> Response:
    """Take an entry off the list: somebody of the staff saw it."""
    return await once.write(DeskEntriesOut.of, service.put_away, code, asked.entry_id, by=clerk, clock=clock)
