"""Requests and responses about priority classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

from pydantic import Field

from kernel.web.schemas import In, Out
from queueing.priority.service import Wanted

if TYPE_CHECKING:
    from queueing.priority.service import HallClasses

Name = Annotated[str, Field(max_length=200)]  # how long it may be in the end is said by the use case


class PriorityClassIn(In):
    """Both names, and the head start in minutes."""

    name_zh: Name
    name_en: Name
    minutes: int

    def wanted(self) -> Wanted:
        """Return what the use case asks for."""
        return Wanted(self.name_zh, self.name_en, self.minutes)


class PriorityClassChangeIn(PriorityClassIn):
    """``before``: the minutes that were shown when it was decided."""

    before: int


class PriorityClassOut(Out):
    """A class: its tickets count as having come ``credit_minutes`` earlier."""

    id: UUID
    name_zh: str
    name_en: str
    credit_minutes: int


class PriorityClassesOut(Out):
    """A hall's classes in the order of the kiosk; ``plain_minutes``: of priority without a class."""

    classes: list[PriorityClassOut]
    plain_minutes: int

    @classmethod
    def of(cls, found: HallClasses) -> Self:
        """Return the response for a hall's classes."""
        return cls(
            classes=[PriorityClassOut.model_validate(own) for own in found.classes],
            plain_minutes=found.plain_minutes,
        )
