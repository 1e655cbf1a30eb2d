"""Responses about what there is: services, themes, halls."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self, TypedDict
from uuid import UUID

from kernel.web.schemas import Out
from queueing.board_schemas import NoticeOut

if TYPE_CHECKING:
    from booking.guidance import Guidance, HallPage
    from kernel.catalogue import Hall, Paper, Service, Theme


class NamedOut(Out):
    code: str
    name_zh: str
    name_en: str


class PaperOut(Out):
    name_zh: str
    name_en: str

    @classmethod
    def all(cls, papers: tuple[Paper, ...]) -> list[Self]:
        return [cls.model_validate(paper) for paper in papers]


class ServiceOut(NamedOut):
    """A service in a list; ``minutes`` is the typical time at the window.

    ``online_link`` is the address where it is done online, empty where none is known. ``party_most``: how
    many people may come with one appointment; each takes ``places`` or ``minutes`` of their own (``party``).
    """

    minutes: float
    audience: str
    online: bool
    online_link: str
    at_once: bool
    needs_id_tail: bool
    party: str
    party_most: int
    marks: list[str]

    @classmethod
    def of(cls, service: Service) -> Self:
        return cls.model_validate(service)


class ServicesOut(Out):
    services: list[ServiceOut]


class ThemeOut(NamedOut):
    """Several services as one errand."""

    service_codes: list[str]

    @classmethod
    def of(cls, theme: Theme) -> Self:
        return cls.model_validate(theme)


class ThemesOut(Out):
    themes: list[ThemeOut]


class SentenceOut(Out):
    zh: str
    en: str

    @classmethod
    def all(cls, said: tuple[tuple[str, str], ...]) -> list[Self]:
        return [cls(zh=zh, en=en) for zh, en in said]


class GuidanceOut(Out):
    """A service with what to bring, what need not be brought, and what is filled in beforehand.

    ``prerequisites``: who may have it done; ``steps``: how it goes, in order.
    """

    service: ServiceOut
    note_zh: str
    note_en: str
    online_note_zh: str
    online_note_en: str
    prerequisites: list[SentenceOut]
    steps: list[SentenceOut]
    bring: list[PaperOut]
    need_not_bring: list[PaperOut]
    prefilled: list[PaperOut]
    related: list[NamedOut]
    themes: list[ThemeOut]

    @classmethod
    def of(cls, guide: Guidance) -> Self:
        service = guide.services[0]
        return cls(
            service=ServiceOut.of(service),
            note_zh=service.note_zh,
            note_en=service.note_en,
            online_note_zh=service.online_note_zh,
            online_note_en=service.online_note_en,
            prerequisites=SentenceOut.all(service.prerequisites),
            steps=SentenceOut.all(service.steps),
            bring=PaperOut.all(guide.bring),
            need_not_bring=PaperOut.all(guide.need_not_bring),
            prefilled=PaperOut.all(guide.prefilled),
            related=[NamedOut.model_validate(each) for each in guide.related],
            themes=[ThemeOut.of(theme) for theme in guide.themes],
        )


class PositionOut(Out):
    lat: float
    lon: float
    datum: str


class HallOut(NamedOut):
    """A hall and where it is; address and telephone are empty where nobody stated them."""

    id: UUID
    level: str
    kind: str
    area_zh: str
    position: PositionOut
    address_zh: str
    address_en: str
    phone: str

    @classmethod
    def of(cls, hall: Hall) -> Self:
        return cls(**hall_fields(hall))


class HallFields(TypedDict):
    id: UUID
    code: str
    name_zh: str
    name_en: str
    level: str
    kind: str
    area_zh: str
    position: PositionOut
    address_zh: str
    address_en: str
    phone: str


def hall_fields(hall: Hall) -> HallFields:
    """Return what every answer about a hall says of it."""
    return HallFields(
        id=hall.id,
        code=hall.code,
        name_zh=hall.name_zh,
        name_en=hall.name_en,
        level=hall.level,
        kind=hall.kind,
        area_zh=hall.area_zh,
        position=PositionOut(lat=hall.lat, lon=hall.lon, datum=hall.datum),
        address_zh=hall.address_zh,
        address_en=hall.address_en,
        phone=hall.phone,
    )


class HallsOut(Out):
    halls: list[HallOut]


class SpanOut(Out):
    opens_at: datetime
    closes_at: datetime


class HallPageOut(HallOut):
    """A hall with today's openings, what it offers and its notices; ``opens_at`` only while it is closed."""

    open_now: bool
    opens_at: datetime | None
    today: list[SpanOut]
    services: list[NamedOut]
    notices: list[NoticeOut]

    @classmethod
    def shown(cls, page: HallPage) -> Self:
        return cls(
            **hall_fields(page.hall),
            open_now=page.open_now,
            opens_at=page.opens_at,
            today=[SpanOut.model_validate(span) for span in page.today],
            services=[NamedOut.model_validate(service) for service in page.services],
            notices=[NoticeOut.model_validate(own) for own in page.notices],
        )
