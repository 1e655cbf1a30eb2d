"""The route of those who were sent for papers and have not come back."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query

from booking.city_schemas import NamedOut
from booking.desk.returning import LONGEST_WANTED, OpenReturns, looks_at_returns, open_returns
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.looking import Looker
from kernel.web.access import Clerk
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses
from kernel.web.schemas import Out

router = APIRouter(prefix="/api/v1/halls/{code}/returns", tags=["live day"])


class ComesBackOut(Out):
    """Somebody who may still come back: their number and day, what is missing; a name is masked."""

    ticket_id: UUID
    label: str
    service: NamedOut
    note: str
    sent_on: date
    until_on: date
    name_masked: str | None


class OpenReturnsOut(Out):
    """The newest first; ``more``: how many others the words fit as well."""

    found: list[ComesBackOut]
    more: int

    @classmethod
    def of(cls, found: OpenReturns) -> Self:
        return cls(found=[ComesBackOut.model_validate(own) for own in found.found], more=found.more)


@router.get("", responses=refuses(HallNotFound, WrongHall))
async def expected_back(
    code: str, clerk: Clerk, here: PartsDep, q: Annotated[str, Query(max_length=LONGEST_WANTED)] = ""
) -> OpenReturnsOut:
    """Return who may still come back with papers, all or whom the words of `q` fit; the look is noted."""
    now = here.clock.now()
    found = await Looker(here.database, clerk, now).see(
        looks_at_returns, open_returns, code, q, by=clerk, now=now, vault=here.vault
    )
    return OpenReturnsOut.of(found)
