"""Requests and responses about the places that slots offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import ConfigDict, Field

from kernel.days import Day
from kernel.web.schemas import In, Out
from queueing.plans.schemas import HistoryOut
from queueing.plans.study_schemas import EstimateOut, StudyOut

if TYPE_CHECKING:
    from booking.places.service import Decided


class PlacesIn(In):
    """The day asked about, and the share of citizens who would book if they could."""

    for_day: Day
    willing: Annotated[float, Field(ge=0.05, le=0.95)] = 0.5


class DecideIn(In):
    """An offer by its name; ``proposed`` for the found one, ``derived`` to go by the shares again."""

    offer: Annotated[str, Field(max_length=40)]


class OfferOut(Out):
    """What an offer gives a day: waits in minutes, the idle share of open windows, overtime in minutes."""

    model_config = ConfigDict(extra="ignore")

    places: int
    booked: float
    everybody: EstimateOut
    booked_wait: EstimateOut
    walk_in_wait: EstimateOut
    idle_share: float
    overtime: EstimateOut
    difference: EstimateOut


class NamedOfferOut(OfferOut):
    """An offer that was asked about: ``share-30`` offers 30 % of the windows' time."""

    name: str


class CapacityOut(Out):
    """The trade-off; ``proposed_places`` by queue id, one number a slot; ``worth_it`` if beyond doubt."""

    model_config = ConfigDict(extra="ignore")

    present: OfferOut
    offers: list[NamedOfferOut]
    proposed: OfferOut
    proposed_places: dict[str, list[int]]
    worth_it: bool
    history: HistoryOut


class CapacityStudyOut(StudyOut):
    """A question about places, its answer, and what a person decided."""

    answer: CapacityOut | None
    decisions: list[dict[str, Any]]


class DecidedOut(Out):
    """The offer that holds now, and on which weekdays (0 = Monday)."""

    offer: str
    weekdays: list[int]
    study: CapacityStudyOut

    @classmethod
    def of(cls, decided: Decided) -> Self:
        """Return the response for a decision."""
        return cls(
            offer=decided.offer,
            weekdays=list(decided.weekdays),
            study=CapacityStudyOut.of(decided.study),
        )
