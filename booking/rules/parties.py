"""Who comes: oneself, a relative, or several people at once; what several people take of a hall's time."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST = 10  # a family; a school class comes by arrangement with the hall
# For others on one number and day, beside its own two: both parents in the morning, nobody's trade.
APPOINTMENTS_FOR_OTHERS_PER_DAY = 2


class PartyTakes(StrEnum):
    """What each further person of a party takes, as the service says."""

    NOTHING = ""  # one person an appointment
    PLACES = "places"  # a place of their own at the same time
    MINUTES = "minutes"  # the same minutes again, one after the other


class Service(Protocol):
    """A service as far as parties are concerned."""

    @property
    def party(self) -> str: ...
    @property
    def party_most(self) -> int: ...


def largest_party(services: Iterable[Service]) -> int:
    """Return how many people may come at once for all of these services; 1 where one takes no party."""
    return min((own.party_most if own.party else 1 for own in services), default=1)


def minutes_of(takes: str, minutes: float, party: int) -> float:
    """Return the minutes of a leg for so many people.

    >>> minutes_of(PartyTakes.MINUTES, 10, 3), minutes_of(PartyTakes.PLACES, 10, 3)
    (30, 10)
    """
    return minutes * party if takes == PartyTakes.MINUTES else minutes


def places_of(takes: str, party: int) -> int:
    """Return the places that a leg takes of each slot for so many people."""
    return party if takes == PartyTakes.PLACES else 1
