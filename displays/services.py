"""The city's published lists of services by kind, and the code that leads to where one is done online."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from booking import guidance
from booking.calendar_file import check_in_qr
from booking.rules.kinds import Kind
from displays.rendering import page
from kernel.catalogue import ServiceNotFound
from kernel.web.access import Public
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False)


@router.get("/services", dependencies=[Public])
async def services(request: Request, here: PartsDep, kind: Kind | None = None) -> Response:
    """List the services of a kind by who answers for them, those done on the spot first."""
    found = await here.database.read(guidance.service_list, kind)
    return page(request, "public/services.html", list=found, kind=kind.value if kind else "")


@router.get("/services/{code}/online.svg", dependencies=[Public], responses=refuses(ServiceNotFound))
async def online_qr(code: str, here: PartsDep) -> Response:
    """Return the address where a service is done online as a QR code, to be scanned from a kiosk."""
    guide = await here.database.read(guidance.guidance, [code])
    link = guide.services[0].online_link
    if not link:
        raise ServiceNotFound(service=code)
    return Response(check_in_qr(link, "网上办理 / online service"), media_type="image/svg+xml")
