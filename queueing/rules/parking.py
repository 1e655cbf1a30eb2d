"""Why a ticket is put aside: the clerk says it, its holder reads it in kind words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LONGEST_WORDS = 60


class ParkReason(StrEnum):
    """Why a ticket is parked (挂起)."""

    PAPERS = "papers"  # something has to be brought
    FETCHING = "fetching"  # the person fetches or does something in the hall
    OTHER = "other"  # in the clerk's words


@dataclass(frozen=True, slots=True)
class Why:
    """A reason and the clerk's words, which the holder of the ticket reads; no names in them."""

    reason: ParkReason | None = None
    words: str = ""


NO_REASON = Why()


def says_enough(why: Why) -> bool:
    """Return whether the holder learns why: "other" needs words, no reason at all is none to explain.

    >>> says_enough(Why()), says_enough(Why(ParkReason.PAPERS)), says_enough(Why(ParkReason.OTHER, " "))
    (True, True, False)
    """
    return why.reason is not ParkReason.OTHER or bool(why.words.strip())
