"""Routes of the no-show rule: thin shells around the use cases."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from booking.errors import AppointmentNotFound, PhoneInvalid, TooManyTries
from booking.no_shows import appealing, deciding, excusing, helping, publishing
from booking.no_shows.errors import (
    AppealDecided,
    AppealedAlready,
    AppealNotFound,
    AppealWordsMissing,
    NoShowNotCounting,
    NoShowNotFound,
    NoShowRuleChanged,
    NotPaused,
    NotYourAppeal,
    OutageInvalid,
)
from booking.no_shows.limits import limit_tries
from booking.no_shows.looking import looks_at_appeals
from booking.no_shows.report import no_show_report
from booking.no_shows.schemas import (
    AppealIn,
    HeldAppointmentIn,
    NoShowOut,
    ProofIn,
    PublishedOut,
    RuleIn,
    RuleOut,
    TermsOut,
    VersionOut,
    VersionsOut,
)
from booking.no_shows.staff_schemas import (
    AppealCaseOut,
    AppealsOut,
    DecideIn,
    ExceptionIn,
    ExceptionOut,
    ExcusedOut,
    OfNumberOut,
    OutageIn,
    OutageOut,
    PhoneIn,
    ReasonIn,
    ReportOut,
)
from booking.no_shows.terms import terms_of_link
from booking.rules.no_shows import AppealAction
from kernel.erasure import LinkErased
from kernel.events import HallNotFound
from kernel.identity import Role, Staff, WrongHall
from kernel.ids import AppealId, NoShowId
from kernel.looking import Looker
from kernel.web.access import Clerk, Holder, Manager, Public, Supervisor, staff_as
from kernel.web.once import Once, OnceWriter
from kernel.web.parts import ClockDep, Db, Parts, PartsDep, VaultDep
from kernel.web.problems import refuses

router = APIRouter(prefix="/api/v1", tags=["no-shows"])

Reader = Annotated[Staff, Depends(staff_as(Role.MANAGER, Role.SUPERVISOR))]
OfHall = Annotated[str | None, Query(max_length=32)]
_PROVEN = (NoShowNotFound, AppointmentNotFound, LinkErased, PhoneInvalid, TooManyTries)
_DECIDES = refuses(AppealNotFound, AppealDecided, AppealWordsMissing, NotYourAppeal, WrongHall)


@router.get("/no-show-rule", dependencies=[Public])
async def rule(db: Db, clock: ClockDep) -> PublishedOut:
    """Return the city's rule on appointments that are not kept, in force or not."""
    found = await db.read(publishing.published, clock.now())
    return PublishedOut(rule=RuleOut.of(found) if found else None)


@router.put("/no-show-rule", responses=refuses(NoShowRuleChanged), response_model=RuleOut)
async def publish(asked: RuleIn, supervisor: Supervisor, once: Once, clock: ClockDep) -> Response:
    """Publish a version that holds from now on, in force or not."""
    return await once.write(
        RuleOut.of, publishing.publish, asked.wanted(), after=asked.after, by=supervisor, clock=clock
    )


@router.get("/no-show-rule/versions", dependencies=[Public])
async def versions(db: Db) -> VersionsOut:
    """Return all versions that were published, newest first."""
    return VersionsOut(versions=[VersionOut.version_of(own) for own in await db.read(publishing.versions)])


@router.post("/no-shows/terms", dependencies=[Holder], responses=refuses(AppointmentNotFound, LinkErased))
async def terms(asked: HeldAppointmentIn, db: Db, clock: ClockDep, vault: VaultDep) -> TermsOut:
    """Return by when an appointment can be cancelled or moved without counting as not kept."""
    return TermsOut.of(await db.read(terms_of_link, asked.token, now=clock.now(), vault=vault))


@router.post("/no-shows/look-up", dependencies=[Holder], responses=refuses(*_PROVEN))
async def look_up(asked: ProofIn, request: Request, here: PartsDep) -> NoShowOut:
    """Return why an appointment counts as not kept, to whoever proves to have made it."""
    await limit_tries(request, here, asked.proof())
    found = await here.database.read(appealing.look_up, asked.proof(), now=here.clock.now(), vault=here.vault)
    return NoShowOut.of(found)


@router.post(
    "/no-shows/appeal",
    dependencies=[Holder],
    responses=refuses(*_PROVEN, AppealedAlready, NoShowNotCounting, AppealWordsMissing),
    response_model=NoShowOut,
)
async def appeal(asked: AppealIn, request: Request, once: Once, here: PartsDep) -> Response:
    """Say why it should not count; the hall answers within the published working days."""
    await limit_tries(request, here, asked.proof())
    return await once.write(
        NoShowOut.of, appealing.appeal, asked.proof(), asked.words, clock=here.clock, vault=here.vault
    )


@router.get("/no-show-appeals", responses=refuses(HallNotFound, WrongHall))
async def appeals(reader: Reader, here: PartsDep, hall: OfHall = None, decided: bool = False) -> AppealsOut:
    """Return the open appeals, the first due first, or the latest that are decided; the look is noted."""
    now = here.clock.now()
    found = await Looker(here.database, reader, now).see(
        looks_at_appeals, deciding.list_appeals, hall,
        decided=decided, reader=reader, now=now, vault=here.vault,
    )  # fmt: skip
    return AppealsOut.of(found)


@router.post("/no-show-appeals/{appeal_id}/uphold", responses=_DECIDES, response_model=AppealCaseOut)
async def uphold(appeal_id: UUID, asked: DecideIn, reader: Reader, once: Once, here: PartsDep) -> Response:
    """Uphold an appeal: the no-show does not count any more, and a pause that needs it ends."""
    return await _decide(appeal_id, AppealAction.UPHOLD, asked, reader, once, here)


@router.post("/no-show-appeals/{appeal_id}/reject", responses=_DECIDES, response_model=AppealCaseOut)
async def reject(appeal_id: UUID, asked: DecideIn, reader: Reader, once: Once, here: PartsDep) -> Response:
    """Reject an appeal with a reason, which the citizen reads."""
    return await _decide(appeal_id, AppealAction.REJECT, asked, reader, once, here)


async def _decide(
    appeal_id: UUID, action: AppealAction, asked: DecideIn, by: Staff, once: OnceWriter, here: Parts
) -> Response:
    return await once.write(
        AppealCaseOut.of, deciding.decide, AppealId(appeal_id), action, asked.note,
        by=by, clock=here.clock, vault=here.vault,
    )  # fmt: skip


@router.post(
    "/no-shows/{no_show_id}/excuse",
    responses=refuses(NoShowNotFound, NoShowNotCounting, WrongHall),
    response_model=ExcusedOut,
)
async def excuse(no_show_id: UUID, asked: ReasonIn, manager: Manager, once: Once, here: PartsDep) -> Response:
    """Take one back that is wrong: the person was there after all, or the hall is at fault."""
    return await once.write(
        ExcusedOut.of, excusing.excuse, NoShowId(no_show_id), asked.reason,
        by=manager, clock=here.clock, vault=here.vault,
    )  # fmt: skip


@router.post(
    "/halls/{code}/no-show-outages",
    responses=refuses(HallNotFound, WrongHall, OutageInvalid),
    response_model=OutageOut,
)
async def outage(code: str, asked: OutageIn, manager: Manager, once: Once, here: PartsDep) -> Response:
    """Say that the hall could not serve; what was due in that time does not count."""
    return await once.write(
        OutageOut.of, excusing.declare_outage, code, asked.begins_at, asked.ends_at, asked.reason,
        by=manager, clock=here.clock, vault=here.vault,
    )  # fmt: skip


@router.post(
    "/halls/{code}/no-show-exceptions",
    responses=refuses(HallNotFound, WrongHall, PhoneInvalid, NotPaused),
    response_model=ExceptionOut,
)
async def exception(code: str, asked: ExceptionIn, clerk: Clerk, once: Once, here: PartsDep) -> Response:
    """Let somebody whose booking is paused book once, with a noted reason."""
    return await once.write(
        ExceptionOut.of, helping.grant_exception, code, asked.phone, asked.reason,
        by=clerk, clock=here.clock, vault=here.vault,
    )  # fmt: skip


@router.post("/halls/{code}/no-shows/look-up", responses=refuses(HallNotFound, WrongHall, PhoneInvalid))
async def of_number(
    code: str, asked: PhoneIn, clerk: Clerk, response: Response, here: PartsDep
) -> OfNumberOut:
    """Return what counts against the number of somebody at the desk; each look is in the trail."""
    response.headers["Cache-Control"] = "no-store"
    found = await here.database.write(
        helping.of_number, code, asked.phone, by=clerk, clock=here.clock, vault=here.vault
    )
    return OfNumberOut.of(found)


@router.get("/no-show-figures", responses=refuses(HallNotFound, WrongHall))
async def figures(
    reader: Reader,
    db: Db,
    clock: ClockDep,
    hall: OfHall = None,
    days: Annotated[int, Query(ge=1, le=366)] = 28,
) -> ReportOut:
    """Return no-shows, pauses and appeals by hall; a manager names the own hall."""
    return ReportOut.of(await db.read(no_show_report, hall, days=days, reader=reader, now=clock.now()))
