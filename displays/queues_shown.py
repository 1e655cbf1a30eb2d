"""The queues of a hall as somebody there chooses from them, at a kiosk or on their own phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from displays.rules.closing import Lasting, lasting
from displays.rules.queue_colours import colours_of
from kernel import catalogue
from kernel.ids import QueueId
from queueing import service
from queueing.errors import QueueNotFound

if TYPE_CHECKING:
    from kernel.catalogue import Hall, Service
    from kernel.web.parts import Parts
    from queueing.rules.board import QueueLine


async def line_of(here: Parts, hall: Hall, prefix: str) -> QueueLine:
    """Return a queue with people and wait; raises ``QueueNotFound``."""
    return (await line_and_colour(here, hall, prefix))[0]


async def line_and_colour(here: Parts, hall: Hall, prefix: str) -> tuple[QueueLine, int]:
    """Return a queue and the number of its colour, as screens show it; raises ``QueueNotFound``."""
    board = await here.database.read(service.board, hall.id, now=here.clock.now())
    colours = colours_of(line.prefix for line in board.queues)
    for line in board.queues:
        if line.prefix == prefix:
            return line, colours[prefix]
    raise QueueNotFound(prefix=prefix)


async def services_in(here: Parts, hall: Hall, line: QueueLine) -> list[Service]:
    """Return the services that wait in a queue of the hall."""
    offers = await here.database.read(catalogue.offers_in, hall.id)
    waiting_there = {offer.service_id for offer in offers if offer.queue_id == QueueId(line.queue_id)}
    return [each for each in await here.database.read(catalogue.services) if each.id in waiting_there]


async def lasts_till_closing(here: Parts, hall: Hall, line: QueueLine) -> Lasting | None:
    """Return what the queue's wait means for the day's end; None where nothing is to be said."""
    now = here.clock.now()
    calendar = await here.database.read(catalogue.calendar, hall.id)
    spans = calendar.spans(calendar.local_day(now))
    return lasting(line.band, now=now, closes_at=spans[-1].closes_at) if spans else None
