"""Screens and kiosks sign in once, by a link with their token, and are remembered by a cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from displays.errors import DeviceUnknown
from kernel import catalogue
from kernel.devices import device_by_token
from kernel.web.access import DEVICE_COOKIE
from kernel.web.parts import parts

if TYPE_CHECKING:
    from starlette.requests import Request

    from kernel.catalogue import Hall
    from kernel.identity import Device
    from kernel.web.parts import Parts

LASTS_S = 365 * 24 * 3600


async def register_device(
    request: Request, hall: Hall, kind: str, token: str, *, window: str | None = None
) -> RedirectResponse:
    """Remember the device and lead to the page without the token in it; raises ``DeviceUnknown``.

    ``window``: the label of the window that the page is of; another window's screen is unknown there.
    """
    here = parts(request)
    device = await here.database.read(device_by_token, token, vault=here.vault)
    if device is None or (device.kind, device.hall_id, device.window) != (kind, hall.id, window):
        raise DeviceUnknown(hall=hall.code)
    answer = RedirectResponse(request.url.path, status_code=303, headers={"Cache-Control": "no-store"})
    answer.set_cookie(
        DEVICE_COOKIE,
        token,
        max_age=LASTS_S,
        httponly=True,
        samesite="strict",
        secure=here.settings.secure_cookies,
    )
    return answer


async def own_hall(here: Parts, code: str, kiosk: Device) -> Hall:
    """Return the hall that the kiosk stands in; raises ``WrongHall`` for another's, ``HallNotFound``."""
    hall = await here.database.read(catalogue.hall_by_code, code)
    kiosk.must_stand_in(hall.id)
    return hall
