"""Several services in one visit, put together in a hall: what the kiosk and one's own phone both show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Form, Query

from booking.combining.in_hall import Station, addable, visit_here
from displays.forms import new_key
from displays.queues_shown import lasts_till_closing
from displays.rules.queue_colours import colours_of
from displays.rules.visit_address import VisitAddress
from displays.rules.wording import ToldWait, told_band
from kernel import catalogue
from kernel.ids import QueueId
from queueing import service as queueing
from queueing.priority.service import classes_of
from queueing.quotas.service import numbers_now
from queueing.rules.priority import PriorityWish
from queueing.rules.tickets import MOST_SERVICES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernel.web.parts import Parts
    from queueing.rules.board import QueueLine

Codes = Annotated[list[str], Query(alias="service", min_length=1, max_length=MOST_SERVICES)]
FormPriority = Annotated[PriorityWish, Form()]
WantedCodes = Annotated[list[str], Form(alias="service", min_length=1, max_length=MOST_SERVICES)]
SearchText = Annotated[str, Query(max_length=60)]
QueueLetter = Annotated[str, Query(max_length=8)]


@dataclass(frozen=True, slots=True)
class Leg:
    """A service of the visit with how its queue stands now."""

    station: Station
    line: QueueLine
    wait: ToldWait


async def visit_shown(here: Parts, base: str, code: str, codes: Sequence[str]) -> dict[str, Any]:
    """Return what the page of a visit shows before its ticket is taken; raises as ``visit_here``."""
    visit = await here.database.read(visit_here, code, codes)
    board = await here.database.read(queueing.board, visit.hall.id, now=here.clock.now())
    lines = {QueueId(line.queue_id): line for line in board.queues}
    legs = [_leg(own, lines[own.queue.id]) for own in visit.stations]
    numbers = await here.database.read(numbers_now, visit.hall.id, now=here.clock.now())
    return {
        "hall": visit.hall,
        "visit": visit,
        "legs": legs,
        "colours": colours_of(line.prefix for line in board.queues),
        "classes": await here.database.read(classes_of, code),
        "lacking": numbers.for_services([own.station.service.id for own in legs]),
        "lasting": await lasts_till_closing(here, visit.hall, legs[0].line),
        "way": VisitAddress(f"{base}/visit", tuple(visit.codes)),
        "home": base,
        "most": MOST_SERVICES,
        "key": new_key(),
    }


def _leg(station: Station, line: QueueLine) -> Leg:
    return Leg(station, line, told_band(line.band, line.waiting))


async def more_shown(
    here: Parts, base: str, code: str, codes: Sequence[str], *, q: str = "", letter: str = ""
) -> dict[str, Any]:
    """Return what the page that adds a service shows; ``letter`` opens a queue, ``q`` searches."""
    visit = await here.database.read(visit_here, code, codes)
    found = await here.database.read(addable, visit, q)
    queues = await here.database.read(catalogue.queues, visit.hall.id)
    return {
        "hall": visit.hall,
        "visit": visit,
        "found": found,
        "colours": colours_of(queue.prefix for queue in queues),
        "opened": next((own for own in found.by_queue if own[0].prefix == letter), None),
        "way": VisitAddress(f"{base}/visit", tuple(visit.codes)),
        "most": MOST_SERVICES,
        "q": q,
    }
