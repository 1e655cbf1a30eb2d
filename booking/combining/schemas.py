"""Responses about several services in one visit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from booking.city_schemas import NamedOut
from kernel.web.schemas import Out

if TYPE_CHECKING:
    from booking.combining.in_hall import Addable, Station, ThemeHere, VisitHere
    from booking.in_hall import Elsewhere
    from kernel.catalogue import Paper


class StationOut(NamedOut):
    """A service and the letter of the queue in which it waits in this hall."""

    queue: str

    @classmethod
    def of(cls, station: Station) -> Self:
        own = station.service
        return cls(code=own.code, name_zh=own.name_zh, name_en=own.name_en, queue=station.queue.prefix)


class ElsewhereOut(NamedOut):
    """A service that this hall does not do; ``halls`` are the codes of the nearest that do."""

    halls: list[str]

    @classmethod
    def of(cls, found: Elsewhere) -> Self:
        own = found.service
        return cls(
            code=own.code,
            name_zh=own.name_zh,
            name_en=own.name_en,
            halls=[hall.code for hall in found.halls],
        )


class VisitPaperOut(Out):
    name_zh: str
    name_en: str

    @classmethod
    def of(cls, paper: Paper) -> Self:
        return cls(name_zh=paper.name_zh, name_en=paper.name_en)


class ThemeHereOut(NamedOut):
    """An errand of several services; the hall does all of it where ``elsewhere`` is empty."""

    services: list[str]
    elsewhere: list[ElsewhereOut]

    @classmethod
    def of(cls, found: ThemeHere) -> Self:
        theme = found.theme
        return cls(
            code=theme.code,
            name_zh=theme.name_zh,
            name_en=theme.name_en,
            services=[own.code for own in found.services],
            elsewhere=[ElsewhereOut.of(own) for own in found.elsewhere],
        )


class ThemesHereOut(Out):
    themes: list[ThemeHereOut]


class VisitHereOut(Out):
    """Services for one visit in a hall, in the order in which they are done, with the papers of all of them.

    ``minutes`` at the windows together. ``may_add``: what can come to it, empty where ``full``.
    ``elsewhere``: what is often done with it and this hall does not do.
    """

    services: list[StationOut]
    minutes: float
    bring: list[VisitPaperOut]
    need_not_bring: list[VisitPaperOut]
    full: bool
    may_add: list[StationOut]
    elsewhere: list[ElsewhereOut]

    @classmethod
    def of(cls, visit: VisitHere, found: Addable) -> Self:
        return cls(
            services=[StationOut.of(own) for own in visit.stations],
            minutes=visit.minutes,
            bring=[VisitPaperOut.of(own) for own in visit.bring],
            need_not_bring=[VisitPaperOut.of(own) for own in visit.need_not_bring],
            full=visit.full,
            may_add=[] if visit.full else [StationOut.of(own) for own in found.all_stations],
            elsewhere=[ElsewhereOut.of(own) for own in found.elsewhere],
        )
