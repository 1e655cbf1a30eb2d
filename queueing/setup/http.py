"""Routes of the hall's set-up; each change answers with the set-up as it is then."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from kernel.days import Day
from kernel.events import HallNotFound
from kernel.identity import Role, Staff, WrongHall
from kernel.ids import QueueId, StaffId, WindowId
from kernel.web.access import Manager, staff_as
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db, VaultDep
from kernel.web.problems import refuses
from queueing.errors import QueueNotFound, WindowNotFound
from queueing.setup import contact, lines, people, service
from queueing.setup.errors import (
    AppointmentsAffected,
    ClerkAtWindow,
    ClerkNotFound,
    ContactInvalid,
    HoursInvalid,
    LabelTaken,
    LetterReserved,
    PrefixTaken,
    QueueNotServed,
    ServiceNotHere,
    SetupChangedMeanwhile,
    SetupDayOver,
    UsedByPlan,
    UsernameTaken,
    WindowSetupInvalid,
)
from queueing.setup.schemas import (
    ClerkSetupIn,
    ContactIn,
    DayIn,
    HoursIn,
    NewClerkIn,
    NewQueueIn,
    NewWindowIn,
    QueueSetupIn,
    ServiceQueueIn,
    SetupOut,
    SignInLinkOut,
    WindowSetupIn,
)

router = APIRouter(prefix="/api/v1/halls/{code}/setup", tags=["hall set-up"])

Reader = Annotated[Staff, Depends(staff_as(Role.MANAGER, Role.SUPERVISOR))]
_HALL = (HallNotFound, WrongHall)


@router.get("", responses=refuses(*_HALL))
async def setup(code: str, staff: Reader, db: Db, clock: ClockDep) -> SetupOut:
    """Return a hall's set-up and its latest changes."""
    return SetupOut.of(await db.read(service.setup_of, code, by=staff, now=clock.now()))


@router.put(
    "/hours",
    response_model=SetupOut,
    responses=refuses(*_HALL, HoursInvalid, SetupChangedMeanwhile, AppointmentsAffected),
)
async def set_hours(code: str, asked: HoursIn, manager: Manager, once: Once, clock: ClockDep) -> Response:
    """Set the week's opening hours."""
    return await once.write(
        SetupOut.of,
        service.set_hours,
        code,
        asked.spans(),
        base=asked.base,
        accept=asked.accept_affected,
        by=manager,
        clock=clock,
    )


@router.put(
    "/contact", response_model=SetupOut, responses=refuses(*_HALL, ContactInvalid, SetupChangedMeanwhile)
)
async def set_contact(code: str, asked: ContactIn, manager: Manager, once: Once, clock: ClockDep) -> Response:
    """Set the hall's street address and telephone number; citizens see them within a minute."""
    return await once.write(SetupOut.of, contact.set_contact, code, asked, by=manager, clock=clock)


@router.put(
    "/days/{day}",
    response_model=SetupOut,
    responses=refuses(*_HALL, SetupDayOver, AppointmentsAffected),
)
async def set_day(
    code: str, day: Day, asked: DayIn, manager: Manager, once: Once, clock: ClockDep
) -> Response:
    """Close the hall on a day, or work that day with the hours of a weekday."""
    own, accept = asked.own_day(day), asked.accept_affected
    return await once.write(SetupOut.of, service.set_day, code, own, accept=accept, by=manager, clock=clock)


@router.delete(
    "/days/{day}",
    response_model=SetupOut,
    responses=refuses(*_HALL, SetupDayOver, AppointmentsAffected),
)
async def clear_day(
    code: str,
    day: Day,
    manager: Manager,
    once: Once,
    clock: ClockDep,
    accept_affected: Annotated[bool, Query()] = False,
) -> Response:
    """Let a day follow the week and the national calendar again."""
    return await once.write(
        SetupOut.of, service.clear_day, code, day, accept=accept_affected, by=manager, clock=clock
    )


@router.post("/queues", response_model=SetupOut, responses=refuses(*_HALL, PrefixTaken, LetterReserved))
async def add_queue(code: str, asked: NewQueueIn, manager: Manager, once: Once, clock: ClockDep) -> Response:
    """Add a queue; services are moved to it once a window serves it."""
    return await once.write(SetupOut.of, lines.add_queue, code, asked, by=manager, clock=clock)


@router.put(
    "/queues/{queue_id}",
    response_model=SetupOut,
    responses=refuses(*_HALL, QueueNotFound, SetupChangedMeanwhile),
)
async def set_queue(
    code: str, queue_id: UUID, asked: QueueSetupIn, manager: Manager, once: Once, clock: ClockDep
) -> Response:
    """Set a queue's names and typical minutes."""
    return await once.write(
        SetupOut.of, lines.set_queue, code, QueueId(queue_id), asked, by=manager, clock=clock
    )


@router.put(
    "/services/{service_code}",
    response_model=SetupOut,
    responses=refuses(*_HALL, QueueNotFound, ServiceNotHere, QueueNotServed),
)
async def move_service(
    code: str, service_code: str, asked: ServiceQueueIn, manager: Manager, once: Once, clock: ClockDep
) -> Response:
    """Let a service wait in another queue; who waits or has booked stays where they are."""
    queue_id = QueueId(asked.queue_id)
    return await once.write(
        SetupOut.of, lines.move_service, code, service_code, queue_id, by=manager, clock=clock
    )


@router.post(
    "/windows",
    response_model=SetupOut,
    responses=refuses(*_HALL, LabelTaken, QueueNotFound, WindowSetupInvalid),
)
async def add_window(
    code: str, asked: NewWindowIn, manager: Manager, once: Once, clock: ClockDep
) -> Response:
    """Add a window, closed until a plan gives it queues."""
    return await once.write(SetupOut.of, lines.add_window, code, asked.label, asked, by=manager, clock=clock)


@router.put(
    "/windows/{window_id}",
    response_model=SetupOut,
    responses=refuses(
        *_HALL, WindowNotFound, QueueNotFound, WindowSetupInvalid, UsedByPlan, SetupChangedMeanwhile
    ),
)
async def set_window(
    code: str, window_id: UUID, asked: WindowSetupIn, manager: Manager, once: Once, clock: ClockDep
) -> Response:
    """Set a window's names, equipment and list limit."""
    return await once.write(
        SetupOut.of, lines.set_window, code, WindowId(window_id), asked, by=manager, clock=clock
    )


@router.post("/clerks", response_model=SetupOut, responses=refuses(*_HALL, UsernameTaken))
async def add_clerk(code: str, asked: NewClerkIn, manager: Manager, once: Once, clock: ClockDep) -> Response:
    """Add a clerk, who signs in by a link."""
    return await once.write(SetupOut.of, people.add_clerk, code, asked, by=manager, clock=clock)


@router.put(
    "/clerks/{staff_id}",
    response_model=SetupOut,
    responses=refuses(*_HALL, ClerkNotFound, QueueNotFound, ClerkAtWindow, SetupChangedMeanwhile),
)
async def set_clerk(
    code: str, staff_id: UUID, asked: ClerkSetupIn, manager: Manager, once: Once, clock: ClockDep
) -> Response:
    """Set a clerk's name, skills and whether the account works."""
    return await once.write(
        SetupOut.of, people.set_clerk, code, StaffId(staff_id), asked, by=manager, clock=clock
    )


@router.post(
    "/clerks/{staff_id}/sign-in-link",
    response_model=SignInLinkOut,
    responses=refuses(*_HALL, ClerkNotFound),
)
async def link_for_clerk(
    code: str, staff_id: UUID, manager: Manager, once: Once, clock: ClockDep, vault: VaultDep
) -> Response:
    """Return a link that signs a clerk in; it is told only now."""
    who = StaffId(staff_id)
    return await once.write(
        SignInLinkOut.of, people.link_for, code, who, by=manager, clock=clock, vault=vault
    )
