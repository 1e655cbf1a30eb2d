"""Routes of a hall's published values."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header
from starlette.responses import Response

from booking.policy import service
from booking.policy.schemas import PolicyIn, PolicyOut
from kernel.events import HallNotFound
from kernel.i18n import choose_locale
from kernel.identity import Role, Staff, WrongHall
from kernel.policy import PolicyInvalid
from kernel.web.access import Manager, staff_as
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import refuses
from queueing.setup.errors import SetupChangedMeanwhile

router = APIRouter(prefix="/api/v1/halls/{code}/policy", tags=["hall set-up"])

Reader = Annotated[Staff, Depends(staff_as(Role.MANAGER, Role.SUPERVISOR))]
Language = Annotated[str, Header(alias="accept-language")]


@router.get("", responses=refuses(HallNotFound, WrongHall))
async def policy(code: str, staff: Reader, db: Db, language: Language = "") -> PolicyOut:
    """Return the values a hall has set, with their meaning in the reader's language."""
    held = await db.read(service.values_of, code, by=staff)
    return PolicyOut.of(held, locale=choose_locale(language))


@router.put(
    "",
    response_model=PolicyOut,
    responses=refuses(HallNotFound, WrongHall, PolicyInvalid, SetupChangedMeanwhile),
)
async def set_policy(
    code: str, asked: PolicyIn, manager: Manager, once: Once, clock: ClockDep, language: Language = ""
) -> Response:
    """Set some of a hall's values."""
    locale = choose_locale(language)
    return await once.write(
        lambda held: PolicyOut.of(held, locale=locale),
        service.set_values,
        code,
        asked.values,
        base=asked.base,
        by=manager,
        clock=clock,
    )
