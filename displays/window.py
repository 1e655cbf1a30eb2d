"""The page of the small screen above a window: its label, the number at it, what it serves."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from displays.devices import register_device
from displays.errors import DeviceUnknown
from displays.rendering import assets_digest, page
from kernel import catalogue
from kernel.events import HallNotFound
from kernel.web.access import Public, known_device
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses
from queueing.errors import WindowNotFound
from queueing.service import windows_of

router = APIRouter(include_in_schema=False)

Label = Annotated[str, Path(max_length=8)]


@router.get(
    "/window/{code}/{label}",
    dependencies=[Public],
    responses=refuses(HallNotFound, WindowNotFound, DeviceUnknown),
)
async def window(
    code: str, label: Label, request: Request, here: PartsDep, device: str | None = None
) -> Response:
    """Show one window; ``device`` registers the screen, which from then on shows no other window."""
    hall = await here.database.read(catalogue.hall_by_code, code)
    windows = await here.database.read(windows_of, hall.id)
    if all(own.label != label for own in windows):
        raise WindowNotFound(hall=code, window=label)
    if device is not None:
        return await register_device(request, hall, "window", device, window=label)
    own = await known_device(request)
    mine = own.window if own is not None and own.kind == "window" and own.hall_id == hall.id else None
    if mine is not None and mine != label:
        return RedirectResponse(f"/window/{quote(code)}/{quote(mine)}", status_code=303)
    demo = here.settings.demo
    return page(
        request,
        "public/window.html",
        hall=hall,
        label=label,
        pages=assets_digest(),
        speed=demo.speed if demo else 1.0,
    )
