"""Which colour a queue has: the same on every screen, kiosk, phone and staff page of its hall."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

COLOURS = 8  # that can be told apart; the queues behind share the last


def colours_of(prefixes: Iterable[str]) -> dict[str, int]:
    """Return the number of each queue's colour by its letter; ``prefixes`` are all of the hall, in order.

    A page that leaves queues out takes its colours from here: counted on the page itself they would shift.

    >>> colours_of("ABC")
    {'A': 1, 'B': 2, 'C': 3}
    >>> colours_of("ABCDEFGHJK")["K"]
    8
    """
    return {prefix: min(place, COLOURS) for place, prefix in enumerate(prefixes, start=1)}
