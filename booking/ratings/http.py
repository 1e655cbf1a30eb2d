"""Routes of ratings and of the cases of bad ones."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from booking.errors import PhoneInvalid
from booking.ratings import cases, service
from booking.ratings.errors import (
    NoCallBackNumber,
    OwnAnswer,
    RatingCaseNotFound,
    RatingCaseNotPossible,
    RatingClosed,
    RatingFinal,
    RatingNotAsked,
    StaffDoNotRate,
)
from booking.ratings.report import By, rating_report
from booking.ratings.schemas import (
    CaseOut,
    CasesOut,
    HeldVisitIn,
    NoteIn,
    NumberOut,
    RatingIn,
    RatingOut,
    RatingReportOut,
)
from booking.rules.rating_cases import CaseAction
from kernel.events import HallNotFound
from kernel.identity import Role, Staff, WrongHall, WrongRole, staff_by_token
from kernel.ids import RatingCaseId
from kernel.web.access import STAFF_COOKIE, Holder, staff_as
from kernel.web.once import Once, OnceWriter
from kernel.web.parts import ClockDep, Db, Parts, PartsDep, VaultDep
from kernel.web.problems import refuses
from queueing.errors import TicketNotFound

router = APIRouter(prefix="/api/v1", tags=["ratings"])

Reader = Annotated[Staff, Depends(staff_as(Role.MANAGER, Role.SUPERVISOR))]
OfHall = Annotated[str | None, Query(max_length=32)]
_STEPS = refuses(RatingCaseNotFound, RatingCaseNotPossible, WrongHall, WrongRole)
_REVIEWS = refuses(RatingCaseNotFound, RatingCaseNotPossible, WrongHall, WrongRole, OwnAnswer)


async def refuse_staff(request: Request, here: Parts) -> None:
    """Raise ``StaffDoNotRate`` for whoever is signed in as staff, whatever link they hold."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = bearer if scheme.lower() == "bearer" and bearer else request.cookies.get(STAFF_COOKIE)
    if not token:
        return
    now, idle = here.clock.now(), here.settings.staff_idle
    if await here.database.read(staff_by_token, token, vault=here.vault, now=now, idle=idle) is not None:
        raise StaffDoNotRate


@router.post("/ratings/look-up", dependencies=[Holder], responses=refuses(TicketNotFound))
async def look_up(held: HeldVisitIn, db: Db, clock: ClockDep, vault: VaultDep) -> RatingOut:
    """Return how a visit's rating stands; the token travels in the body, not in a log."""
    found = await db.read(service.look_at_rating, held.token, now=clock.now(), vault=vault)
    return RatingOut.of(found)


@router.post(
    "/ratings",
    dependencies=[Holder],
    responses=refuses(
        *(TicketNotFound, RatingNotAsked, RatingClosed, RatingFinal, StaffDoNotRate, PhoneInvalid)
    ),
    response_model=RatingOut,
)
async def rate(asked: RatingIn, request: Request, here: PartsDep, once: Once) -> Response:
    """Rate a visit by the token of its ticket or appointment, or change its rating in time."""
    await refuse_staff(request, here)
    return await once.write(
        RatingOut.of, service.rate, asked.token, asked.said(), clock=here.clock, vault=here.vault
    )


@router.get("/ratings", responses=refuses(HallNotFound, WrongHall))
async def ratings(
    reader: Reader,
    db: Db,
    clock: ClockDep,
    vault: VaultDep,
    hall: OfHall = None,
    days: Annotated[int, Query(ge=1, le=366)] = 28,
    by: By = By.QUEUE,
) -> RatingReportOut:
    """Return how visits were rated by hall, queue, service or week; a manager names the own hall."""
    report = await db.read(rating_report, hall, days=days, by=by, reader=reader, now=clock.now(), vault=vault)
    return RatingReportOut.of(report)


@router.get("/rating-cases", responses=refuses(HallNotFound, WrongHall))
async def rating_cases(
    reader: Reader, db: Db, clock: ClockDep, vault: VaultDep, hall: OfHall = None, ended: bool = False
) -> CasesOut:
    """Return the cases of bad ratings that are not over, the first due first, or the latest that are."""
    found = await db.read(cases.list_cases, hall, ended=ended, reader=reader, now=clock.now(), vault=vault)
    return CasesOut.of(found)


@router.post("/rating-cases/{case_id}/take", responses=_STEPS, response_model=CaseOut)
async def take(case_id: UUID, reader: Reader, once: Once, here: PartsDep) -> Response:
    """Take a case, or take it over: from now on this manager handles it."""
    return await _go_on(case_id, CaseAction.TAKE, "", reader, once, here)


@router.post("/rating-cases/{case_id}/call-back", responses=_STEPS, response_model=CaseOut)
async def call_back(case_id: UUID, asked: NoteIn, reader: Reader, once: Once, here: PartsDep) -> Response:
    """Write down what came of calling the citizen."""
    return await _go_on(case_id, CaseAction.CALL_BACK, asked.note, reader, once, here)


@router.post("/rating-cases/{case_id}/answer", responses=_STEPS, response_model=CaseOut)
async def answer(case_id: UUID, asked: NoteIn, reader: Reader, once: Once, here: PartsDep) -> Response:
    """Write down what was done; the supervisor reviews it."""
    return await _go_on(case_id, CaseAction.ANSWER, asked.note, reader, once, here)


@router.post("/rating-cases/{case_id}/accept", responses=_REVIEWS, response_model=CaseOut)
async def accept(case_id: UUID, reader: Reader, once: Once, here: PartsDep) -> Response:
    """Accept an answer: the case is over, and a number that was left is erased."""
    return await _go_on(case_id, CaseAction.ACCEPT, "", reader, once, here)


@router.post("/rating-cases/{case_id}/send-back", responses=_REVIEWS, response_model=CaseOut)
async def send_back(case_id: UUID, asked: NoteIn, reader: Reader, once: Once, here: PartsDep) -> Response:
    """Send an answer back, saying what is missing; the time to answer begins anew."""
    return await _go_on(case_id, CaseAction.SEND_BACK, asked.note, reader, once, here)


@router.post(
    "/rating-cases/{case_id}/number",
    responses={**_STEPS, **refuses(NoCallBackNumber)},
)
async def number(case_id: UUID, reader: Reader, response: Response, here: PartsDep) -> NumberOut:
    """Return the number to call back; each look is a step of the case, and no answer is kept for a repeat."""
    response.headers["Cache-Control"] = "no-store"
    phone = await here.database.write(
        cases.read_number, RatingCaseId(case_id), by=reader, clock=here.clock, vault=here.vault
    )
    return NumberOut(phone=phone)


async def _go_on(
    case_id: UUID, action: CaseAction, note: str, by: Staff, once: OnceWriter, here: Parts
) -> Response:
    return await once.write(
        CaseOut.of,
        cases.go_on,
        RatingCaseId(case_id),
        action,
        note,
        by=by,
        clock=here.clock,
        vault=here.vault,
    )
