"""Refusals of geo: a position that cannot be, a place nobody knows."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound


class ImpossiblePosition(Invalid, ValueError):
    """Also a ``ValueError``, so that request models report it beside the field."""

    code = "impossible-position"
    title = "This position cannot exist."
    help = "Send lat between -90 and 90 and lon between -180 and 180, in degrees, with their datum."


class SwappedPosition(ImpossiblePosition):
    code = "swapped-position"
    title = "Latitude and longitude look exchanged."
    help = "Send lat first (in China 18 to 54) and lon second (in China 73 to 135)."


class UnknownArea(NotFound):
    code = "unknown-area"
    title = "No area of this name is known here."
    help = "Choose one of the names in 'similar', or send a position."


class AmbiguousArea(Conflict):
    code = "ambiguous-area"
    title = "Several areas have this name."
    help = "Put the county before the name, or choose one of the names in 'candidates'."


class ImpossibleTravel(Invalid, ValueError):
    code = "impossible-travel-time"
    title = "This travel time cannot be right."
    help = "Give low <= typical <= high, none below zero."


class ImpossibleWait(Invalid, ValueError):
    code = "impossible-wait"
    title = "This waiting time cannot be right."
    help = "Give P10 <= P50 <= P90, none below zero, or leave the wait unknown."
