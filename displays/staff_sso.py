"""Signing in by the city's single sign-on, and connecting the own name with it."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response

from displays.away import LONGEST_WAY_BACK, JourneyCookie
from displays.passwords import tried
from displays.staff_access import (
    HOME_PATH,
    SIGN_IN_PATH,
    AnyStaffPage,
    asked_of,
    keep_session,
    sso_name,
    way_back,
)
from displays.staff_account import ACCOUNT_PATH, account_page
from displays.staff_frame import staff_page
from displays.staff_second_step import let_in
from kernel.clock import wall
from kernel.errors import NotFound
from kernel.identity import NameLocked, WrongPassword
from kernel.openid import Arrived, Leaving, NotVouchedFor, Provider, ProviderSilent
from kernel.single_sign_on import (
    IdentityTaken,
    connect,
    disconnect,
    prove,
    sign_in_from_outside,
    subject_hash,
)
from kernel.web.access import Public, signed_in_here
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

SSO_PATH = f"{SIGN_IN_PATH}/sso"
BACK_PATH = f"{SSO_PATH}/back"  # ``app.main`` tells the provider
COOKIE = JourneyCookie("jinban_staff_sso", SSO_PATH)

router = APIRouter(include_in_schema=False)


class NoSingleSignOn(NotFound):
    code, title = "no-single-sign-on", "This installation has no single sign-on."
    help = "Sign in with your name and password."


def provider_of(connection: HTTPConnection) -> Provider:
    """Return the installation's provider; raises ``NoSingleSignOn``."""
    found: Provider | None = connection.app.state.sso
    if found is None:
        raise NoSingleSignOn
    return found


@router.get(SSO_PATH, dependencies=[Public], responses=refuses(NoSingleSignOn))
async def leave(request: Request, here: PartsDep, next: str = HOME_PATH) -> Response:
    """Go to the provider's page and, after it, where the person wanted to go."""
    target = way_back(next) if len(next) <= LONGEST_WAY_BACK else HOME_PATH
    try:
        leaving = await provider_of(request).leave(target, wall=wall(here.clock))
    except ProviderSilent:
        return _to_sign_in("silent", target)
    return _with_cookie(RedirectResponse(leaving.url, status_code=303), leaving, here)


@router.get(BACK_PATH, dependencies=[Public], responses=refuses(NoSingleSignOn))
async def back(request: Request, here: PartsDep) -> Response:
    """Take in who comes back from the provider: let them in, or connect their name."""
    sealed = request.cookies.get(COOKIE.name, "")
    try:
        arrived = await provider_of(request).arrive(sealed, request.query_params, wall=wall(here.clock))
    except ProviderSilent:
        answer = _to_sign_in("silent", HOME_PATH)
    except NotVouchedFor:
        answer = _to_sign_in("refused", HOME_PATH)
    else:
        answer = await (_connected if arrived.link_to else _let_in)(request, arrived, here)
    return COOKIE.end(answer, secure=here.settings.secure_cookies)


@router.post(f"{ACCOUNT_PATH}/sso", responses=refuses(NoSingleSignOn))
async def begin(
    visitor: AnyStaffPage,
    request: Request,
    here: PartsDep,
    proof: Annotated[str, Form(max_length=256)] = "",
) -> Response:
    """Show the way to the provider to whoever has shown that the name is theirs."""
    provider, own, asked = provider_of(request), visitor.staff.id, asked_of(request)
    typed = await tried(here, proof, of=own)
    try:
        # Before the proof, which uses a code up: a provider that is silent must not cost one.
        leaving = await provider.leave(ACCOUNT_PATH, link_to=own, wall=asked.wall)
        if not await here.database.write(prove, own, typed, asked=asked):
            return await account_page(request, visitor, here, status=WrongPassword.status, wrong_proof=True)
    except NameLocked as locked:
        free_at = locked.facts["free_at"]
        return await account_page(request, visitor, here, status=locked.status, locked_until=free_at)
    except ProviderSilent:
        return await account_page(request, visitor, here, done="sso-silent")
    # A page between: browsers hold a form to addresses of this site, redirects included.
    shown = staff_page(
        request,
        visitor,
        "staff/sso_leave.html",
        section="account",
        url=leaving.url,
        sso_name=sso_name(request),
    )
    return _with_cookie(shown, leaving, here)


@router.post(f"{ACCOUNT_PATH}/sso/off")
async def take_off(visitor: AnyStaffPage, request: Request, here: PartsDep) -> Response:
    """Take the connection off the own name."""
    token = await here.database.write(disconnect, visitor.staff.id, asked=asked_of(request))
    answer = RedirectResponse(f"{ACCOUNT_PATH}?done=sso-off#sso", status_code=303)
    keep_session(answer, token, secure=here.settings.secure_cookies)
    return answer


async def _let_in(request: Request, arrived: Arrived, here: Parts) -> Response:
    done = await here.database.write(
        sign_in_from_outside,
        _hash(arrived, here),
        asked=asked_of(request),
        second_factor_done=here.settings.sso is not None and here.settings.sso.second_factor,
    )
    target = way_back(arrived.target)
    return _to_sign_in("unknown", target) if done is None else let_in(done, target, here)


async def _connected(request: Request, arrived: Arrived, here: Parts) -> Response:
    found = await signed_in_here(request)
    if found is None or str(found.staff.id) != arrived.link_to:
        return _to_sign_in("refused", ACCOUNT_PATH)
    try:
        token = await here.database.write(
            connect, found.staff.id, _hash(arrived, here), asked=asked_of(request)
        )
    except IdentityTaken:
        return RedirectResponse(f"{ACCOUNT_PATH}?done=sso-taken#sso", status_code=303)
    answer = RedirectResponse(f"{ACCOUNT_PATH}?done=sso#sso", status_code=303)
    keep_session(answer, token, secure=here.settings.secure_cookies)
    return answer


def _hash(arrived: Arrived, here: Parts) -> bytes:
    if here.settings.sso is None:
        raise NoSingleSignOn
    return subject_hash(here.settings.sso.issuer, arrived.subject, here.vault)


def _to_sign_in(why: str, target: str) -> Response:
    query = urlencode({"sso": why, "next": target})
    return RedirectResponse(f"{SIGN_IN_PATH}?{query}", status_code=303)


def _with_cookie(answer: Response, leaving: Leaving, here: Parts) -> Response:
    return COOKIE.keep(answer, leaving, secure=here.settings.secure_cookies)
