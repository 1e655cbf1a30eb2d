"""Routes of a hall's rules about shifts, breaks and integrated windows."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from kernel.events import HallNotFound
from kernel.identity import Role, Staff, WrongHall
from kernel.ids import StaffId
from kernel.web.access import Manager, staff_as
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import refuses
from kernel.web.schemas import In
from queueing.plans.errors import BreakImpossible, ClerkNotOfHall
from queueing.plans.rules import Limits, Rest
from queueing.plans.working_rules import ClerkHours, WorkingRules, look_at_rules, plain_rules, set_rules
from queueing.setup.errors import SetupChangedMeanwhile
from queueing.setup.rules import fingerprint

router = APIRouter(prefix="/api/v1", tags=["window plans"])

Reader = Annotated[Staff, Depends(staff_as(Role.MANAGER, Role.SUPERVISOR))]
Minute = Annotated[int, Field(ge=0, le=1440, multiple_of=5)]


class StretchBody(In):
    """A stretch of the day, in local minutes, whole five minutes."""

    from_minute: Minute
    to_minute: Minute


class BreakBody(StretchBody):
    """A break of ``minutes`` in a row somewhere in the stretch."""

    minutes: Annotated[int, Field(ge=5, le=240, multiple_of=5)]


class ClerkHoursBody(In):
    """A clerk's shift (null: all day) and break (null: none)."""

    staff_id: UUID
    shift: StretchBody | None = None
    rest: BreakBody | None = None

    def hours(self) -> ClerkHours:
        """Return the hours as the rules take them."""
        shift, rest = self.shift, self.rest
        return ClerkHours(
            StaffId(self.staff_id),
            (shift.from_minute, shift.to_minute) if shift else None,
            Rest(rest.minutes, rest.from_minute, rest.to_minute) if rest else None,
        )


class WorkingRulesBody(In):
    """A hall's rules; ``integrated`` windows at once may list more than their limit, and are slower."""

    integrated: Annotated[int, Field(ge=0, le=1023)] = 0
    integrated_pace: Annotated[float, Field(ge=1.0, le=2.0)] = Limits().integrated_pace
    clerks: Annotated[list[ClerkHoursBody], Field(max_length=2000)] = Field(default_factory=list)
    base: Annotated[str, Field(max_length=16, description="Fingerprint of the rules drafted on.")]

    def rules(self) -> WorkingRules:
        """Return the rules as the use case takes them."""
        return WorkingRules(self.integrated, self.integrated_pace, tuple(one.hours() for one in self.clerks))

    @classmethod
    def of(cls, rules: WorkingRules) -> Self:
        """Return the response for a hall's rules."""
        return cls(
            integrated=rules.integrated,
            integrated_pace=rules.integrated_pace,
            clerks=[_clerk_body(hours) for hours in rules.clerks],
            base=fingerprint(plain_rules(rules)),
        )


def _clerk_body(hours: ClerkHours) -> ClerkHoursBody:
    shift, rest = hours.shift, hours.rest
    return ClerkHoursBody(
        staff_id=hours.staff_id,
        shift=StretchBody(from_minute=shift[0], to_minute=shift[1]) if shift else None,
        rest=BreakBody(minutes=rest.minutes, from_minute=rest.from_minute, to_minute=rest.to_minute)
        if rest
        else None,
    )


@router.get("/halls/{code}/working-rules", responses=refuses(HallNotFound, WrongHall))
async def look(code: str, staff: Reader, db: Db) -> WorkingRulesBody:
    """Return what the hall has entered about shifts, breaks and integrated windows."""
    return WorkingRulesBody.of(await db.read(look_at_rules, code, by=staff))


@router.put(
    "/halls/{code}/working-rules",
    response_model=WorkingRulesBody,
    responses=refuses(HallNotFound, WrongHall, ClerkNotOfHall, BreakImpossible, SetupChangedMeanwhile),
)
async def replace(
    code: str, sent: WorkingRulesBody, manager: Manager, once: Once, clock: ClockDep
) -> Response:
    """Replace the hall's rules; plans made from now on keep them."""
    return await once.write(
        WorkingRulesBody.of, set_rules, code, sent.rules(), base=sent.base, by=manager, clock=clock
    )
