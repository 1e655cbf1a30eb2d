"""How somebody asked for halls: from where, going how, in which order. Links carry it: back leads back.

A position is never part of it: places people are at do not stand in addresses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from geo.rules.reasons import SortKey
from geo.rules.travel import TravelMode


@dataclass(frozen=True, slots=True)
class Asked:
    """A chosen hall's code or a place's name to start from, the way of travelling, the order."""

    near: str = ""
    area: str = ""
    mode: TravelMode = TravelMode.RIDE
    sort: SortKey = SortKey.DONE

    def items(self) -> list[tuple[str, str]]:
        """Return what differs from a plain question, as it stands in an address."""
        plain = Asked()
        return [
            (name, str(getattr(self, name)))
            for name in plain.__slots__
            if getattr(self, name) != getattr(plain, name)
        ]


async def _asked(
    near: Annotated[str, Query(max_length=32)] = "",
    area: Annotated[str, Query(max_length=60)] = "",
    mode: TravelMode = TravelMode.RIDE,
    sort: SortKey = SortKey.DONE,
) -> Asked:
    return Asked(near, area.strip(), mode, sort)


AskedHalls = Annotated[Asked, Depends(_asked)]
