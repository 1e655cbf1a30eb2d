"""When a browser has to work before a place is kept for it: on bursts alone, and the more, the harder."""

from __future__ import annotations

from datetime import timedelta

# As long as a hold: what was kept at its beginning becomes free at its end.
BURST_IN = timedelta(minutes=5)
# From one address: a third of the holds it may have at once, so that whoever sits behind the same gateway
# finds a place left, at the price of a second's work. Families and offices stay below.
FREE_PER_ADDRESS = 20
# For one service of one hall, from everywhere: several times what a large hall can book in half an hour.
FREE_PER_SERVICE = 200
# Half of it on average; the page's own code does some hundred thousand a second on an old telephone.
LEAST_WORK, MOST_WORK = 50_000, 800_000
LASTS = timedelta(minutes=10)


def work_for(from_address: int, for_service: int) -> int | None:
    """Return the highest number that a browser may have to try, None where no work is asked for.

    ``from_address`` and ``for_service``: tries to have a place kept within ``BURST_IN``, this one among them.

    >>> work_for(20, 200), work_for(21, 1), work_for(41, 1), work_for(500, 1), work_for(1, 201)
    (None, 50000, 100000, 800000, 50000)
    """
    times_over = max((from_address - 1) // FREE_PER_ADDRESS, (for_service - 1) // FREE_PER_SERVICE)
    return None if times_over < 1 else min(MOST_WORK, LEAST_WORK * int(2 ** min(times_over - 1, 10)))
