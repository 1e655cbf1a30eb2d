"""The k service points where one would be served soonest, exactly, among hundreds of thousands.

Minutes = fixed + geodesic km x minutes per km + the wait there *at the moment of arrival*. A search tree by
distance alone answers another question: the ten nearest are often not the ten quickest. Here the points are
cut into cells of some seventy neighbours (the leaves of a k-d tree), and three bounds that never exceed the
truth decide what need not be looked at:

* the straight line through the earth is never longer than the geodesic on its surface;
* no point of a cell is nearer than the cell's bounding box;
* no wait is below its least value over all arrival times, no wait in a cell below the least of the cell.

The most promising points are worked out in full; their k-th best is a limit. Cells and then points whose
bound exceeds the limit are dropped, the rest is worked out in full on the WGS-84 ellipsoid. Nothing is
approximated, so the answer equals brute force.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from geo.rules.distance import earth_centred_metres, geodesic_metres_many
from geo.rules.travel import PACES, TravelMode

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ids = NDArray[np.intp]

CELL_POINTS = 128  # measured at 600,000 points: 64 to 256 are equally quick, fewer or more are slower
SEED_CELLS = 4
BATCH = 256
# Room for rounding: bounds and truth are summed in different orders. 1e-6 min is 60 microseconds.
SLACK_METRES = 1e-3
SLACK_MINUTES = 1e-6


@dataclass(frozen=True, slots=True)
class StraightLine:
    """Travel minutes by geodesic distance; for a road router, its floor: straight line at top speed."""

    minutes_per_km: float
    fixed_minutes: float = 0.0

    @classmethod
    def usual(cls, mode: TravelMode) -> StraightLine:
        pace = PACES[mode]
        return cls(pace.minutes_per_km, pace.fixed_minutes[1])


@dataclass(frozen=True, slots=True, eq=False)
class Waits:
    """The waits of all points at some instant, made by ``PointIndex.waits``; replace it whole to refresh.

    ``minutes[horizon, point]`` is the wait of who arrives ``horizon_minutes`` after that instant, linear
    between horizons and constant beyond them; infinite where one cannot be served.
    """

    minutes: NDArray[np.floating]
    horizon_minutes: Floats
    least_by_place: NDArray[np.floating]
    least_by_cell: Floats

    def at(self, ids: Ids, arrival_minutes: Floats) -> Floats:
        """Return the waits at ``ids`` for arrivals so many minutes after the instant."""
        if len(self.horizon_minutes) == 1:
            return np.asarray(self.minutes[0, ids], dtype=np.float64)
        arrival = np.clip(arrival_minutes, self.horizon_minutes[0], self.horizon_minutes[-1])
        after = np.searchsorted(self.horizon_minutes[1:-1], arrival, side="right") + 1
        step = self.horizon_minutes[after] - self.horizon_minutes[after - 1]
        share = (arrival - self.horizon_minutes[after - 1]) / step
        early = self.minutes[after - 1, ids].astype(np.float64)
        late = self.minutes[after, ids].astype(np.float64)
        with np.errstate(invalid="ignore"):  # inf - inf and 0 x inf, settled by the second line
            wait = early + share * (late - early)
        settled: Floats = np.where(np.isinf(early) | np.isinf(late), np.inf, wait)
        return settled


@dataclass(frozen=True, slots=True, eq=False)
class Soonest:
    """The points found, soonest first; equals by id. ``evaluated``: geodesics that were worked out."""

    ids: Ids
    km: Floats
    travel_minutes: Floats
    wait_minutes: Floats
    minutes: Floats
    evaluated: int


class PointIndex:
    """Service points at fixed places; ids are their numbers in the arrays given. Safe to share by threads.

    Raises ``ValueError`` for angles that are no WGS-84 degrees.
    """

    def __init__(self, lats: ArrayLike, lons: ArrayLike) -> None:
        self._lats = np.array(lats, dtype=np.float64)
        self._lons = np.array(lons, dtype=np.float64)
        if self._lats.shape != self._lons.shape or self._lats.ndim != 1 or not self._lats.size:
            raise ValueError("lats and lons must be equally long lists with at least one point")
        if not (np.all(np.abs(self._lats) <= 90) and np.all(np.abs(self._lons) <= 180)):
            raise ValueError("lats must lie within 90 degrees and lons within 180 degrees")
        places = earth_centred_metres(self._lats, self._lons)
        tree = cKDTree(places, leafsize=CELL_POINTS, copy_data=False)
        self._ids: Ids = np.asarray(tree.indices, dtype=np.intp)
        self._places: Floats = places[self._ids]
        self._starts: Ids = np.array(sorted(_leaf_starts(tree)), dtype=np.intp)
        self._sizes: Ids = np.diff(np.append(self._starts, len(self._ids)))
        # Boxes lie axis by axis (3, cells): a bound over all cells then streams through memory.
        self._box_low: Floats = np.ascontiguousarray(np.minimum.reduceat(self._places, self._starts).T)
        self._box_high: Floats = np.ascontiguousarray(np.maximum.reduceat(self._places, self._starts).T)

    def __len__(self) -> int:
        return len(self._ids)

    def waits(self, minutes: NDArray[np.floating], horizon_minutes: ArrayLike = (0.0,)) -> Waits:
        """Return the waits to search with; ``minutes`` is (horizons, points) or (points,), kept uncopied.

        Raises ``ValueError`` for a wrong shape, horizons that do not grow, or a negative or missing wait.
        """
        table = np.atleast_2d(minutes)
        horizons = np.atleast_1d(np.asarray(horizon_minutes, dtype=np.float64))
        if table.shape != (len(horizons), len(self)):
            raise ValueError(f"waits must have the shape {(len(horizons), len(self))}, not {table.shape}")
        if np.any(np.diff(horizons) <= 0):
            raise ValueError("horizons must grow")
        least = np.min(table, axis=0)[self._ids]
        by_cell = np.minimum.reduceat(least, self._starts).astype(np.float64)
        if not np.all(by_cell >= 0):  # false for NaN too, which min carries up
            raise ValueError("waits must be numbers of minutes, zero or more (infinite: not served)")
        return Waits(table, horizons, least, by_cell)

    def soonest(
        self,
        lat: float,
        lon: float,
        k: int,
        waits: Waits,
        line: StraightLine,
        *,
        departs_in_minutes: float = 0.0,
        routed: Callable[[Ids], Floats] | None = None,
    ) -> Soonest:
        """Return the ``k`` points soonest reached and served from a WGS-84 place (fewer if fewer serve).

        ``departs_in_minutes`` counts from the instant of ``waits``. ``routed`` gives a road router's travel
        minutes for points; they must not undercut ``line``, or ``ValueError`` is raised.
        """
        if k < 1:
            raise ValueError("k must be at least 1")
        search = _Search(self, (lat, lon), k, waits, line, departs_in_minutes, routed)
        bounds = self._cell_bounds(search.origin, waits, line)
        seeds = np.argpartition(bounds, SEED_CELLS)[:SEED_CELLS] if len(bounds) > SEED_CELLS else None
        search.look(self._members(seeds), most=max(2 * k, 32))
        search.look(self._members(np.flatnonzero(bounds <= search.limit)))
        return search.found()

    def _cell_bounds(self, origin: Floats, waits: Waits, line: StraightLine) -> Floats:
        squared = np.zeros(len(self._starts))
        for low, high, here in zip(self._box_low, self._box_high, origin, strict=True):
            outside = np.maximum(np.maximum(low - here, here - high), 0.0)
            squared += outside * outside
        bounds: Floats = _least_minutes(np.sqrt(squared), waits.least_by_cell, line)
        return bounds

    def _members(self, cells: Ids | None) -> Ids:
        """Return the places (numbers in cell order) of all points of ``cells``; None means all cells."""
        if cells is None:
            return np.arange(len(self), dtype=np.intp)
        sizes = self._sizes[cells]
        before = np.cumsum(sizes) - sizes
        return np.repeat(self._starts[cells] - before, sizes) + np.arange(sizes.sum(), dtype=np.intp)


class _Search:
    """One search: the best so far, and the limit that they set."""

    def __init__(
        self,
        index: PointIndex,
        origin: tuple[float, float],
        k: int,
        waits: Waits,
        line: StraightLine,
        departs_in_minutes: float,
        routed: Callable[[Ids], Floats] | None,
    ) -> None:
        self._index, self._k, self._waits, self._line = index, k, waits, line
        self._lat, self._lon = origin
        self._departs, self._routed = departs_in_minutes, routed
        self.origin: Floats = earth_centred_metres(np.asarray(self._lat), np.asarray(self._lon))
        self.limit = np.inf
        nothing: Floats = np.empty(0)
        self._best = Soonest(np.empty(0, np.intp), nothing, nothing, nothing, nothing, evaluated=0)
        self._seen: set[int] = set()

    def look(self, places: Ids, *, most: int | None = None) -> None:
        """Work out the places whose bound is within the limit, the most promising first."""
        index = self._index
        apart = index._places[places] - self.origin
        metres = np.sqrt(np.einsum("ij,ij->i", apart, apart))
        bounds = _least_minutes(metres, self._waits.least_by_place[places], self._line)
        hopeful = np.flatnonzero((bounds <= self.limit) & np.isfinite(bounds))
        hopeful = hopeful[np.argsort(bounds[hopeful], kind="stable")]
        for start in range(0, len(hopeful) if most is None else min(most, len(hopeful)), BATCH):
            batch = hopeful[start : min(start + BATCH, most or len(hopeful))]
            if bounds[batch[0]] > self.limit:
                return
            self._evaluate(index._ids[places[batch]])

    def _evaluate(self, ids: Ids) -> None:
        fresh = [each for each in ids.tolist() if each not in self._seen]
        if not fresh:
            return
        self._seen.update(fresh)
        ids = np.array(fresh, dtype=np.intp)
        index = self._index
        km = geodesic_metres_many(self._lat, self._lon, index._lats[ids], index._lons[ids]) / 1000
        travel = self._line.fixed_minutes + self._line.minutes_per_km * km
        if self._routed is not None:
            floor, travel = travel, np.asarray(self._routed(ids), dtype=np.float64)
            if travel.shape != floor.shape or not np.all(travel >= floor - SLACK_MINUTES):
                raise ValueError("routed minutes undercut the straight line at top speed")
        wait = self._waits.at(ids, self._departs + travel)
        self._keep(ids, km, travel, wait)

    def _keep(self, ids: Ids, km: Floats, travel: Floats, wait: Floats) -> None:
        best = self._best
        ids = np.concatenate((best.ids, ids))
        km = np.concatenate((best.km, km))
        travel = np.concatenate((best.travel_minutes, travel))
        wait = np.concatenate((best.wait_minutes, wait))
        minutes = travel + wait
        order = np.lexsort((ids, minutes))[: self._k]
        order = order[np.isfinite(minutes[order])]
        self._best = Soonest(
            ids[order], km[order], travel[order], wait[order], minutes[order], len(self._seen)
        )
        if len(order) == self._k:
            self.limit = float(minutes[order[-1]]) + SLACK_MINUTES

    def found(self) -> Soonest:
        return self._best


def _least_minutes(metres: Floats, least_wait: NDArray[np.floating], line: StraightLine) -> Floats:
    """Return a bound that no truth undercuts; SLACK covers rounding."""
    km = np.maximum(metres - SLACK_METRES, 0.0) / 1000
    bound: Floats = line.fixed_minutes + line.minutes_per_km * km + least_wait - SLACK_MINUTES
    return bound


def _leaf_starts(tree: cKDTree) -> list[int]:
    starts: list[int] = []
    nodes = [tree.tree]
    while nodes:
        node = nodes.pop()
        if node.split_dim == -1:
            starts.append(node.start_idx)
        else:
            nodes += (node.lesser, node.greater)
    return starts
