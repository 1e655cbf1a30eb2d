"""What takes a ticket, and what proves whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import Field

from kernel.web.schemas import In, Out
from queueing.rules.tickets import MOST_SERVICES

if TYPE_CHECKING:
    from queueing.rules.priority import PriorityWish


class IssueIn(In):
    """The services in the order they are wanted; ``priority`` for the legal priority groups.

    ``priority_class``: the class, where the hall has named some; it alone says priority then.
    """

    services: list[str] = Field(min_length=1, max_length=MOST_SERVICES)
    priority: bool = False
    priority_class: UUID | None = None

    def wish(self) -> PriorityWish:
        """Return what the use case asks for."""
        return self.priority if self.priority_class is None else self.priority_class


class TokenIn(In):
    token: str = Field(min_length=8, max_length=64)


class ServiceNameOut(Out):
    code: str
    name_zh: str
    name_en: str


class PriorityNameOut(Out):
    name_zh: str
    name_en: str


class ToldOut(Out):
    people_ahead: int | None
    p10: float | None
    p50: float | None
    p90: float | None
