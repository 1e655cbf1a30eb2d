"""What is on file with whoever comes, on the appointment's own page: agreed to, shown, taken back."""

from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.requests import HTTPConnection
from starlette.responses import Response

from booking.deps import LicencesDep
from booking.errors import AppointmentNotFound
from booking.licences import giving, looking
from booking.licences.errors import (
    LicencesNeedSignIn,
    LicencesNotNow,
    NoLicenceConsent,
    NoLicencesHere,
)
from booking.licences.giving import SignedIn
from booking.licences.guiding import PersonalGuide, personal
from booking.licences.looking import Standing
from booking.licences.port import LicenceSystem
from booking.mine.access import SIGNED_IN_COOKIE, owner_by_cookie
from displays.forms import refuse_foreign_forms
from displays.mine_access import sign_in_name, sign_in_path
from displays.rendering import led_on, reader_of
from kernel.clock import wall
from kernel.erasure import LinkErased
from kernel.i18n import DEFAULT_LOCALE
from kernel.web.access import CsrfMissing, Holder
from kernel.web.parts import Parts, PartsDep, parts
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False, dependencies=[Holder])


@dataclass(frozen=True, slots=True)
class LicencesPart:
    """What a page says of licences. ``guide`` is of this person; without it ``why``: "", away, not_acting.

    ``may_agree``: somebody is signed in who could; ``sign_in`` leads there where nobody is.
    """

    system: str
    standing: Standing
    guide: PersonalGuide | None = None
    why: str = ""
    may_agree: bool = False
    sign_in: str = ""
    sign_in_name: str = ""


async def signed_in_here(connection: HTTPConnection) -> SignedIn | None:
    """Return who is signed in in this browser, as consents go by."""
    person = await owner_by_cookie(connection)
    if person is None:
        return None
    token = connection.cookies.get(SIGNED_IN_COOKIE, "")
    return SignedIn(person, token, wall(parts(connection).clock))


def system_name(connection: HTTPConnection) -> str:
    """Return what the licence system is called in the reader's language; "" where none is asked."""
    own = parts(connection).settings.licences
    if own is None:
        return ""
    return own.name_zh if reader_of(connection).locale == DEFAULT_LOCALE else own.name_en


async def may_agree_here(connection: HTTPConnection) -> bool:
    """Return whether somebody is signed in whose licences can be looked up."""
    return bool(system_name(connection)) and await signed_in_here(connection) is not None


async def licences_part(request: Request, here: Parts, token: str, *, live: bool) -> LicencesPart | None:
    """Return the part of an appointment's page; ``live``: it is to come or goes on. None: nothing to say."""
    name = system_name(request)
    if not name:
        return None
    who = await signed_in_here(request)
    standing = await here.database.read(
        looking.standing_by_link, token, who.person if who else None, vault=here.vault
    )
    guide, why = None, ""
    if live and who is not None and standing.mine:
        guide, why = await _own(request.app.state.licences, here, token, who)
        standing = await here.database.read(looking.standing_by_link, token, who.person, vault=here.vault)
    signs_in = sign_in_name(request)
    offered = bool(signs_in) and who is None
    return LicencesPart(
        system=name,
        standing=standing,
        guide=guide,
        why=why,
        may_agree=live and who is not None,
        sign_in=sign_in_path(f"/a/{quote(token)}") if live and offered else "",
        sign_in_name=signs_in,
    )


async def _own(
    system: LicenceSystem, here: Parts, token: str, who: SignedIn
) -> tuple[PersonalGuide | None, str]:
    try:
        look = await here.database.write(
            looking.look_for_self, token, who, clock=here.clock, vault=here.vault
        )
    except NoLicenceConsent:  # taken back on another device meanwhile
        return None, ""
    answer = await looking.ask(system, look.question)
    if answer.on_file is None:
        return None, answer.why
    return personal(look.services, answer.on_file, on=look.day), ""


async def ticket_looks(request: Request, here: Parts, token: str) -> LicencesPart | None:
    """Return the looks at the licences of whoever walked in, for the ticket's page."""
    name = system_name(request)
    if not name:
        return None
    standing = await here.database.read(looking.standing_by_ticket, token, vault=here.vault)
    return LicencesPart(name, standing)


@router.get("/a/{token}/licences")
async def again(token: str) -> Response:
    """Lead who reloads a refusal, or comes back to the address of a step, to the appointment."""
    return led_on(f"/a/{quote(token)}")


@router.post(
    "/a/{token}/licences",
    responses=refuses(
        *(AppointmentNotFound, LinkErased, NoLicencesHere, LicencesNeedSignIn, LicencesNotNow, CsrfMissing)
    ),
)
async def agree(token: str, request: Request, here: PartsDep, _system: LicencesDep) -> Response:
    """Write that whoever is signed in agrees, and show what need not be brought."""
    refuse_foreign_forms(request)
    who = await signed_in_here(request)
    await here.database.write(giving.agree, token, who, clock=here.clock, vault=here.vault)
    return led_on(f"/a/{quote(token)}#bring")


@router.post("/a/{token}/licences/withdraw", responses=refuses(AppointmentNotFound, LinkErased, CsrfMissing))
async def withdraw(token: str, request: Request, here: PartsDep) -> Response:
    """Take it back; whoever has the link may."""
    refuse_foreign_forms(request)
    await here.database.write(giving.withdraw, token, clock=here.clock, vault=here.vault)
    return led_on(f"/a/{quote(token)}#bring")
