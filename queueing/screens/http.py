"""The route of screens; what they say of themselves comes over their websocket (``displays.live``)."""

from __future__ import annotations

from fastapi import APIRouter

from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.access import AnyStaff
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses
from queueing.screens import service
from queueing.screens.schemas import ScreensOut

router = APIRouter(prefix="/api/v1", tags=["live day"])


@router.get("/halls/{code}/screens", responses=refuses(HallNotFound, WrongHall))
async def screens(code: str, staff: AnyStaff, here: PartsDep) -> ScreensOut:
    """Return whether the hall's screens can be heard, which are not connected, and whose clock is off."""
    speed = here.settings.demo.speed if here.settings.demo else 1.0
    now = here.clock.now()
    return ScreensOut.of(await here.database.read(service.screens, code, by=staff, now=now, speed=speed))
