"""The report of places as programs get it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from kernel.web.schemas import Out

if TYPE_CHECKING:
    from booking.capacity.service import PlacesReport, QueuePlaces, Used


class UsedOut(Out):
    """Counted in services; ``held`` at the moment the report was made."""

    held: int
    booked: int
    came: int
    no_shows: int
    cancelled: int
    walk_ins: int


class ServicePlacesOut(UsedOut):
    """``code`` is null where only the queue is known."""

    code: str | None
    name_zh: str
    name_en: str


class QueuePlacesOut(UsedOut):
    """A queue: its places planned and offered, and what became of them by service."""

    prefix: str
    name_zh: str
    name_en: str
    planned: int
    offered: int
    services: list[ServicePlacesOut]

    @classmethod
    def of(cls, own: QueuePlaces) -> Self:
        return cls(
            prefix=own.queue.prefix,
            name_zh=own.queue.name_zh,
            name_en=own.queue.name_en,
            planned=own.planned,
            offered=own.offered,
            services=[
                ServicePlacesOut(
                    code=service.code if service else None,
                    name_zh=service.name_zh if service else "",
                    name_en=service.name_en if service else "",
                    **_plain(used),
                )
                for service, used in own.services.items()
            ],
            **_plain(own.used),
        )


class PlacesOut(UsedOut):
    """A hall's places over local dates, both inclusive."""

    hall: str
    first: date
    last: date
    planned: int
    offered: int
    queues: list[QueuePlacesOut]
    made_at: datetime

    @classmethod
    def of(cls, report: PlacesReport) -> Self:
        """Return the response for a report."""
        return cls(
            hall=report.hall.code,
            first=report.first,
            last=report.last,
            planned=report.planned,
            offered=report.offered,
            queues=[QueuePlacesOut.of(own) for own in report.queues],
            made_at=report.made_at,
            **_plain(report.used),
        )


def _plain(used: Used) -> dict[str, int]:
    return {name: getattr(used, name) for name in UsedOut.model_fields}
