"""Citizens sign in by the province's or city's identity service, and come back to where they were."""

from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response

from booking.mine.access import SIGNED_IN_COOKIE
from booking.mine.errors import NoCitizenSignIn
from booking.mine.http import SIGN_IN_PATH
from booking.mine.sessions import citizen_hash, open_list
from booking.rules.own_list import Way
from displays.away import LONGEST_WAY_BACK, JourneyCookie
from displays.mine_access import HOME_PATH, keep_list, way_back
from displays.rendering import led_on
from kernel.clock import wall
from kernel.openid import Arrived, NotVouchedFor, Provider, ProviderSilent
from kernel.web.access import Public
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

BACK_PATH = f"{SIGN_IN_PATH}/back"  # ``app.main`` tells the provider
SEALED_FOR = "citizen_journey"
COOKIE = JourneyCookie("jinban_citizen_away", SIGN_IN_PATH)

router = APIRouter(include_in_schema=False)


def provider_of(connection: HTTPConnection) -> Provider:
    """Return the installation's identity service for citizens; raises ``NoCitizenSignIn``."""
    found: Provider | None = connection.app.state.citizen_sign_in
    if found is None:
        raise NoCitizenSignIn
    return found


@router.get(SIGN_IN_PATH, dependencies=[Public], responses=refuses(NoCitizenSignIn))
async def leave(request: Request, here: PartsDep, next: str = HOME_PATH) -> Response:
    """Go to the identity service and, after it, back to the page one came from."""
    target = way_back(next) if len(next) <= LONGEST_WAY_BACK else HOME_PATH
    try:
        leaving = await provider_of(request).leave(target, wall=wall(here.clock))
    except ProviderSilent:
        return _to_list("silent")
    away = RedirectResponse(leaving.url, status_code=303)
    return COOKIE.keep(away, leaving, secure=here.settings.secure_cookies)


@router.get(BACK_PATH, dependencies=[Public], responses=refuses(NoCitizenSignIn))
async def back(request: Request, here: PartsDep) -> Response:
    """Open the list of whoever comes back from the identity service."""
    sealed = request.cookies.get(COOKIE.name, "")
    try:
        arrived = await provider_of(request).arrive(sealed, request.query_params, wall=wall(here.clock))
    except ProviderSilent:
        answer = _to_list("silent")
    except NotVouchedFor:
        answer = _to_list("refused")
    else:
        answer = await _opened(request, arrived, here)
    return COOKIE.end(answer, secure=here.settings.secure_cookies)


async def _opened(request: Request, arrived: Arrived, here: Parts) -> Response:
    if here.settings.citizen_sign_in is None:
        raise NoCitizenSignIn
    person = citizen_hash(here.settings.citizen_sign_in.issuer, arrived.subject, here.vault)
    token = await here.database.write(
        open_list,
        Way.SIGNED_IN,
        person,
        instead_of=request.cookies.get(SIGNED_IN_COOKIE, ""),
        subject=arrived.subject if here.settings.licences else "",
        wall=wall(here.clock),
        vault=here.vault,
    )
    answer = RedirectResponse(way_back(arrived.target), status_code=303)
    keep_list(answer, Way.SIGNED_IN, token, secure=here.settings.secure_cookies)
    return answer


def _to_list(why: str) -> Response:
    return led_on(f"{HOME_PATH}?{urlencode({'sign_in': why})}")
