"""Routes of the waiting list: thin shells around the use cases."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from booking.errors import (
    AppointmentNotFound,
    AppointmentNotPossible,
    IdTailNeeded,
    NameInvalid,
    NoServiceChosen,
    PersonLimit,
    PhoneInvalid,
    TooManyServices,
)
from booking.meeting.errors import AddressInvalid, KindNotOffered
from booking.mine import owned
from booking.mine.access import OwnerByBearer
from booking.no_shows.errors import BookingPaused
from booking.service import look_up as appointment_of
from booking.waitlist import service
from booking.waitlist.errors import (
    AlreadyWaiting,
    OfferOver,
    PlaceFree,
    TooManyWaits,
    WaitingLimit,
    WaitingNotFound,
    WaitingOver,
    WishInvalid,
)
from booking.waitlist.limits import limit_joins
from booking.waitlist.schemas import (
    ChangeIn,
    DemandOut,
    EarlierIn,
    JoinedOut,
    JoinIn,
    WaitingOut,
    WaitingTokenIn,
)
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.erasure import LinkErased
from kernel.events import HallNotFound
from kernel.identity import Role, Staff, WrongHall
from kernel.web.access import Clerk, Holder, Public, staff_as
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db, PartsDep, VaultDep
from kernel.web.problems import refuses

router = APIRouter(prefix="/api/v1", tags=["waiting list"])

Reader = Annotated[Staff, Depends(staff_as(Role.MANAGER, Role.SUPERVISOR))]
_WISH = (WishInvalid, KindNotOffered, PlaceFree, HallNotFound, ServiceNotFound, NotOfferedHere)
_JOINS = (
    *_WISH,
    WaitingLimit,
    NoServiceChosen,
    TooManyServices,
    PhoneInvalid,
    NameInvalid,
    IdTailNeeded,
    AddressInvalid,
)
_FOUND = (WaitingNotFound, LinkErased)


@router.post(
    "/waitlist",
    dependencies=[Public],
    responses=refuses(*_JOINS, BookingPaused, TooManyWaits),
    response_model=JoinedOut,
)
async def join(asked: JoinIn, request: Request, once: Once, here: PartsDep, owner: OwnerByBearer) -> Response:
    """Wait for a place where all that suits is taken; whoever came first is asked first."""
    await limit_joins(request, here)
    return await once.write(
        JoinedOut.of, owned.join, asked.asked(), owner=owner, clock=here.clock, vault=here.vault
    )


@router.post(
    "/appointments/earlier",
    dependencies=[Holder],
    responses=refuses(
        *(AppointmentNotFound, AppointmentNotPossible, LinkErased),
        *(AlreadyWaiting, WishInvalid, PlaceFree, WaitingLimit),
    ),
    response_model=JoinedOut,
)
async def earlier(asked: EarlierIn, once: Once, here: PartsDep, owner: OwnerByBearer) -> Response:
    """Wait for an earlier time in the appointment's own hall; it stays as it is until one is taken."""
    own = await here.database.read(appointment_of, asked.token, now=here.clock.now(), vault=here.vault)
    return await once.write(
        JoinedOut.of, owned.join_for_earlier, asked.token, asked.wish(own.hall.code), owner=owner,
        clock=here.clock, vault=here.vault,
    )  # fmt: skip


@router.post("/waitlist/look-up", dependencies=[Holder], responses=refuses(*_FOUND))
async def look_up(asked: WaitingTokenIn, db: Db, clock: ClockDep, vault: VaultDep) -> WaitingOut:
    """Return a wait; the token travels in the body, not in a log."""
    return WaitingOut.of(await db.read(service.look_up, asked.token, now=clock.now(), vault=vault))


@router.post(
    "/waitlist/change",
    dependencies=[Holder],
    responses=refuses(*_FOUND, WaitingOver, *_WISH),
    response_model=WaitingOut,
)
async def change(asked: ChangeIn, once: Once, clock: ClockDep, vault: VaultDep) -> Response:
    """Wait for other days, times or halls; the place in the line stays."""
    wish = asked.times(asked.halls)
    return await once.write(WaitingOut.of, service.change_wish, asked.token, wish, clock=clock, vault=vault)


@router.post(
    "/waitlist/take",
    dependencies=[Holder],
    responses=refuses(*_FOUND, OfferOver, PersonLimit, BookingPaused),
    response_model=WaitingOut,
)
async def take(asked: WaitingTokenIn, once: Once, clock: ClockDep, vault: VaultDep) -> Response:
    """Take the place that is kept: a new appointment, or the one that was to be earlier is moved."""
    return await once.write(WaitingOut.of, service.take, asked.token, clock=clock, vault=vault)


@router.post(
    "/waitlist/decline",
    dependencies=[Holder],
    responses=refuses(*_FOUND, OfferOver),
    response_model=WaitingOut,
)
async def decline(asked: WaitingTokenIn, once: Once, clock: ClockDep, vault: VaultDep) -> Response:
    """Say no to the place that is kept, and go on waiting."""
    return await once.write(WaitingOut.of, service.decline, asked.token, clock=clock, vault=vault)


@router.post(
    "/waitlist/leave",
    dependencies=[Holder],
    responses=refuses(*_FOUND, WaitingOver),
    response_model=WaitingOut,
)
async def leave(asked: WaitingTokenIn, once: Once, clock: ClockDep, vault: VaultDep) -> Response:
    """Leave the list."""
    return await once.write(WaitingOut.of, service.leave, asked.token, clock=clock, vault=vault)


@router.post(
    "/halls/{code}/waitlist", responses=refuses(*_JOINS, BookingPaused, WrongHall), response_model=JoinedOut
)
async def join_at_desk(code: str, asked: JoinIn, clerk: Clerk, once: Once, here: PartsDep) -> Response:
    """Put somebody on the list who stands at the help desk of this hall."""
    return await once.write(
        JoinedOut.of, service.join_at_desk, code, asked.asked(), by=clerk, clock=here.clock, vault=here.vault
    )


@router.get("/halls/{code}/waitlist", responses=refuses(HallNotFound, WrongHall))
async def demand(code: str, staff: Reader, db: Db, clock: ClockDep) -> DemandOut:
    """Return how many wait in a hall, by service and day, and what came of those who waited."""
    return DemandOut.of(await db.read(service.demand, code, by=staff, now=clock.now()))
