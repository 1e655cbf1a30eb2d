"""Requests and responses about the kinds of appointments."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from pydantic import Field

from booking.city_schemas import NamedOut
from booking.meeting.service import HallKinds, OfferedKind, WantedKind
from booking.rules.meeting import LONGEST_EN, LONGEST_LINK, LONGEST_ZH, AppointmentKind
from kernel.web.schemas import In, Out


class OfferedKindOut(Out):
    """A kind in which the services can be had together; ``words_…``: the hall's, one line a service."""

    kind: AppointmentKind
    words_zh: list[str]
    words_en: list[str]


class OfferedKindsOut(Out):
    kinds: list[OfferedKindOut]

    @classmethod
    def of(cls, found: tuple[OfferedKind, ...]) -> Self:
        return cls(kinds=[OfferedKindOut.model_validate(own) for own in found])


class KindTermsOut(Out):
    """What a hall says about one kind of a service's appointments; ``link`` may name ``{room}``."""

    service_id: UUID
    kind: AppointmentKind
    offered: bool
    link: str
    words_zh: str
    words_en: str


class ServiceKindsOut(NamedOut):
    kinds: list[KindTermsOut]


class HallKindsOut(Out):
    """A hall's bookable services; each has a line for telephone, video and home, offered or not."""

    services: list[ServiceKindsOut]

    @classmethod
    def of(cls, found: HallKinds) -> Self:
        return cls(
            services=[
                ServiceKindsOut(
                    code=own.service.code,
                    name_zh=own.service.name_zh,
                    name_en=own.service.name_en,
                    kinds=[KindTermsOut.model_validate(each) for each in own.kinds],
                )
                for own in found.services
            ]
        )


class KindIn(In):
    """What a manager sets; ``link`` of video: https, with ``{room}`` where each has a room of its own."""

    kind: AppointmentKind
    offered: bool
    link: str = Field(default="", max_length=LONGEST_LINK)
    words_zh: str = Field(default="", max_length=LONGEST_ZH)
    words_en: str = Field(default="", max_length=LONGEST_EN)

    def wanted(self) -> WantedKind:
        return WantedKind(self.kind, self.offered, self.link, self.words_zh, self.words_en)
