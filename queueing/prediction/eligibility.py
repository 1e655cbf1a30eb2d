"""Which servers take which kinds of ticket, learned from what they took lately.

A server whose share of a kind is near everybody's share may serve it; one who never takes it may not. Between
the two the degree rises in a straight line. Counts fade, so a changed roster is learned within a shift.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

FADE = 0.985  # a service's weight after 46 more of the same server has halved
PRIOR_SERVICES = 3.0
FULL_SHARE = 0.4  # of everybody's share of that kind: from here on a server is taken to serve it


@dataclass(slots=True)
class Eligibility:
    """Fading counts of services by server and kind."""

    kinds: int
    of_server: dict[int, list[float]] = field(default_factory=dict)
    of_all: list[float] = field(default_factory=list)

    def served(self, server: int, kind: int) -> None:
        """Note that ``server`` took a ticket of ``kind``."""
        if not self.of_all:
            self.of_all = [1.0] * self.kinds
        mine = self.of_server.setdefault(server, [0.0] * self.kinds)
        for k in range(self.kinds):
            mine[k] *= FADE
            self.of_all[k] *= 1 - (1 - FADE) / 10
        mine[kind] += 1.0
        self.of_all[kind] += 1.0

    def degree(self, server: int, kind: int) -> float:
        """Return between 0 and 1 how far ``server`` may be taken to serve ``kind``; unknown: 1."""
        mine = self.of_server.get(server)
        if mine is None or not self.of_all:
            return 1.0
        usual = self.of_all[kind] / sum(self.of_all)
        share = (mine[kind] + PRIOR_SERVICES * usual) / (sum(mine) + PRIOR_SERVICES)
        return min(1.0, share / (FULL_SHARE * usual))

    def overlaps(self, servers: list[int], kind: int) -> list[float]:
        """Return for each kind how far its tickets compete with ``kind`` for the same ``servers``."""
        if not servers:
            return [1.0] * self.kinds
        degrees = np.array([[self.degree(server, k) for k in range(self.kinds)] for server in servers])
        mine = degrees[:, kind]
        return (mine @ degrees / max(float(mine.sum()), 1e-9)).tolist()  # type: ignore[no-any-return]
