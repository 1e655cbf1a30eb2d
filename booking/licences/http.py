"""Routes about licences on file: thin shells; what is looked up is asked after the look is committed."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.requests import HTTPConnection
from starlette.responses import Response

from booking.deps import LicencesDep
from booking.errors import AppointmentNotFound
from booking.licences import giving, looking, permitting
from booking.licences.errors import (
    LicencesNeedSignIn,
    LicencesNotNow,
    NobodyServedHere,
    NoLicenceConsent,
    NoLicencePermission,
    NoLicencesHere,
)
from booking.licences.giving import SignedIn
from booking.licences.schemas import (
    AgreeIn,
    ColleaguesOut,
    LeaveIn,
    OwnIn,
    PersonalOut,
    StandingOut,
    TypedIn,
)
from booking.mine.access import bearer_of, owner_by_bearer
from kernel.accounts import StaffNotFound
from kernel.clock import wall
from kernel.erasure import LinkErased
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.ids import WindowId
from kernel.web.access import Clerk, Holder, Manager
from kernel.web.parts import PartsDep, parts
from kernel.web.problems import refuses
from queueing.errors import WindowNotFound

router = APIRouter(prefix="/api/v1", tags=["licences"])

_LINK = (AppointmentNotFound, LinkErased)
_NO_STORE = "no-store"


async def _signed_in(connection: HTTPConnection) -> SignedIn | None:
    token = bearer_of(connection)
    person = await owner_by_bearer(connection)
    return SignedIn(person, token, wall(parts(connection).clock)) if person else None


SignedInByBearer = Annotated[SignedIn | None, Depends(_signed_in)]


@router.post(
    "/appointments/licences/consent",
    dependencies=[Holder],
    responses=refuses(*_LINK, NoLicencesHere, LicencesNeedSignIn, LicencesNotNow),
)
async def consent(
    asked: AgreeIn, who: SignedInByBearer, here: PartsDep, _system: LicencesDep, answer: Response
) -> StandingOut:
    """Agree that licences are looked up for an appointment, or take it back; agreeing needs signing in."""
    answer.headers["Cache-Control"] = _NO_STORE
    if asked.agree:
        await here.database.write(giving.agree, asked.token, who, clock=here.clock, vault=here.vault)
    else:
        await here.database.write(giving.withdraw, asked.token, clock=here.clock, vault=here.vault)
    found = await here.database.read(
        looking.standing_by_link, asked.token, who.person if who else None, vault=here.vault
    )
    return StandingOut.of(found)


@router.post("/appointments/licences/looks", dependencies=[Holder], responses=refuses(*_LINK))
async def looks(asked: OwnIn, here: PartsDep, answer: Response) -> StandingOut:
    """Return whether licences may be looked up for an appointment, and every look there was."""
    answer.headers["Cache-Control"] = _NO_STORE
    return StandingOut.of(
        await here.database.read(looking.standing_by_link, asked.token, None, vault=here.vault)
    )


@router.post(
    "/appointments/licences",
    dependencies=[Holder],
    responses=refuses(*_LINK, NoLicencesHere, LicencesNeedSignIn, NoLicenceConsent),
)
async def own_licences(
    asked: OwnIn, who: SignedInByBearer, here: PartsDep, system: LicencesDep, answer: Response
) -> PersonalOut:
    """Return what whoever is signed in need not bring to an appointment; the look is noted."""
    answer.headers["Cache-Control"] = _NO_STORE
    if who is None:
        raise LicencesNeedSignIn
    look = await here.database.write(
        looking.look_for_self, asked.token, who, clock=here.clock, vault=here.vault
    )
    return PersonalOut.of(look, await looking.ask(system, look.question), on=look.day)


@router.post(
    "/windows/{window_id}/licences",
    responses=refuses(
        *(WindowNotFound, WrongHall, NoLicencesHere, NoLicencePermission, NobodyServedHere, NoLicenceConsent)
    ),
)
async def at_window(
    window_id: UUID, asked: TypedIn, clerk: Clerk, here: PartsDep, system: LicencesDep, answer: Response
) -> PersonalOut:
    """Return what is on file of whoever is served at the own window; a `number` says they agree."""
    answer.headers["Cache-Control"] = _NO_STORE
    look = await here.database.write(
        looking.look_at_window, WindowId(window_id), asked.number,
        by=clerk, clock=here.clock, vault=here.vault,
    )  # fmt: skip
    return PersonalOut.of(look, await looking.ask(system, look.question), on=look.day)


@router.get("/halls/{code}/licences/staff", responses=refuses(HallNotFound, WrongHall))
async def colleagues(code: str, manager: Manager, here: PartsDep) -> ColleaguesOut:
    """Return who works in the hall, and who of them may look at licences."""
    return ColleaguesOut.of(await here.database.read(permitting.colleagues, code, by=manager))


@router.put(
    "/halls/{code}/licences/staff/{staff_id}", responses=refuses(HallNotFound, WrongHall, StaffNotFound)
)
async def leave(code: str, staff_id: UUID, asked: LeaveIn, manager: Manager, here: PartsDep) -> ColleaguesOut:
    """Give somebody of the hall leave to look at licences, or take it."""
    return ColleaguesOut.of(
        await here.database.write(
            permitting.give_leave, code, staff_id, may_look=asked.may_look, by=manager, clock=here.clock
        )
    )
