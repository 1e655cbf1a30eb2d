"""Noticing positions that were entered under the wrong datum.

A hall typed from Amap and stored as WGS-84 stands half a kilometre from its door and nothing looks wrong.
Compared with places known to be right (a town's published centre, a surveyed point, check-ins on the spot),
the true label shows: under it the halls fall on their references.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from geo.rules.coordinates import Datum, Position
from geo.rules.distance import geodesic_metres

if TYPE_CHECKING:
    from collections.abc import Sequence

# Shifts are 52 to 675 m (GCJ-02) and 950 to 1,380 m (BD-09). Nearer than this on the median is right enough.
RIGHT_ENOUGH_METRES = 50.0
CLEARLY_BETTER = 0.4  # the true label leaves less than this share of the stated one's error


def likely_datum(pairs: Sequence[tuple[Position, Position]]) -> Datum | None:
    """Return the datum that the first positions of the pairs are really in, or None if theirs is right.

    Each pair is (stated, known to be right). All stated positions must carry one datum. The median over
    the pairs decides, so single wrong references do no harm. Raises ``ValueError`` without pairs.
    """
    stated = {position.datum for position, _ in pairs}
    if len(stated) != 1:
        raise ValueError("likely_datum needs at least one pair, and one datum among the stated positions")
    label = stated.pop()
    off = {datum: _median_metres(pairs, datum) for datum in Datum}
    best = min(off, key=lambda datum: (off[datum], datum is not label))
    if best is label or off[label] <= RIGHT_ENOUGH_METRES or off[best] > CLEARLY_BETTER * off[label]:
        return None
    return best


def _median_metres(pairs: Sequence[tuple[Position, Position]], datum: Datum) -> float:
    return statistics.median(
        geodesic_metres(Position(stated.lat, stated.lon, datum), right) for stated, right in pairs
    )
