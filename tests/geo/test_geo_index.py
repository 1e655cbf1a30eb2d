"""The index equals brute force on the WGS-84 geodesic, whatever the points, waits and router are like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.index import PointIndex, Soonest, StraightLine, Waits
from geo.rules.distance import geodesic_metres_many
from geo.rules.travel import TravelMode, over

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HORIZONS = [0.0, 15.0, 30.0, 60.0, 120.0]
RIDE = StraightLine.usual(TravelMode.RIDE)


def town(rng: np.random.Generator, points: int, centres: int) -> tuple[Floats, Floats]:
    lats, lons = rng.uniform(22.5, 23.5, centres), rng.uniform(114.8, 116.2, centres)
    which = rng.integers(0, centres, points)
    return lats[which] + rng.normal(0, 0.03, points), lons[which] + rng.normal(0, 0.03, points)


def interpolated(table: Floats, point: int, minute: float) -> float:
    """The obvious twin of ``Waits.at``."""
    wait = np.interp(minute, HORIZONS, np.where(np.isinf(table[:, point]), 1e300, table[:, point]))
    return float(np.inf if wait > 1e200 else wait)


def brute_force(
    lats: Floats,
    lons: Floats,
    table: Floats,
    origin: tuple[float, float],
    k: int,
    line: StraightLine,
    leave: float,
) -> list[tuple[float, int]]:
    km = geodesic_metres_many(*origin, lats, lons) / 1000
    scored = []
    for point, distance in enumerate(km):
        travel = line.fixed_minutes + line.minutes_per_km * float(distance)
        total = travel + interpolated(table, point, leave + travel)
        if np.isfinite(total):
            scored.append((total, point))
    return sorted(scored)[:k]


def equal(found: Soonest, expected: list[tuple[float, int]]) -> None:
    assert found.ids.tolist() == [point for _, point in expected]
    assert found.minutes == pytest.approx([total for total, _ in expected], abs=1e-9)
    assert found.travel_minutes + found.wait_minutes == pytest.approx(found.minutes)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    points=st.sampled_from([1, 2, 9, 130, 700, 3000]),
    k=st.integers(1, 20),
    kind=st.sampled_from(
        ["usual", "long everywhere", "none", "mostly shut", "long where near", "whole minutes"]
    ),
    mode=st.sampled_from(list(TravelMode)),
    leave=st.sampled_from([0.0, 20.0, 500.0]),
)
@pytest.mark.slow
def test_the_index_equals_brute_force(
    seed: int, points: int, k: int, kind: str, mode: TravelMode, leave: float
) -> None:
    rng = np.random.default_rng(seed)
    lats, lons = town(rng, points, 4)
    origin = (float(rng.choice(lats) + rng.normal(0, 0.02)), float(rng.choice(lons)))
    table = np.maximum(0.0, rng.gamma(1.5, 16, points) + rng.normal(0, 8, (5, points)))
    if kind == "long everywhere":
        table += 400
    elif kind == "none":
        table[:] = 0
    elif kind == "mostly shut":
        table[:, rng.random(points) < 0.97] = np.inf
        table[3:, rng.random(points) < 0.5] = np.inf
    elif kind == "long where near":
        table[:] = (
            300 - geodesic_metres_many(*origin, lats, lons) / 1000 * StraightLine.usual(mode).minutes_per_km
        )
        table = np.maximum(table + rng.normal(0, 0.5, points), 0.0)  # nearly equal everywhere
    elif kind == "whole minutes":
        table, lats, lons = np.round(table), np.round(lats, 2), np.round(lons, 2)
    index = PointIndex(lats, lons)
    line = StraightLine.usual(mode)
    found = index.soonest(*origin, k, index.waits(table, HORIZONS), line, departs_in_minutes=leave)
    equal(found, brute_force(lats, lons, table, origin, k, line, leave))


def test_a_wait_that_falls_by_the_time_one_arrives_is_found_far_away() -> None:
    """By today's waits the near point wins; the far one is empty when one gets there."""
    lats, lons = np.array([22.80, 22.95]), np.array([115.35, 115.35])
    table = np.array([[40.0, 90.0], [40.0, 90.0], [40.0, 60.0], [40.0, 0.0], [40.0, 0.0]])
    index = PointIndex(lats, lons)
    walk = StraightLine.usual(TravelMode.WALK)
    found = index.soonest(22.80, 115.35, 1, index.waits(table, HORIZONS), StraightLine(2.4))
    assert found.ids.tolist() == [0]
    assert found.minutes[0] == pytest.approx(40)
    found = index.soonest(22.90, 115.35, 1, index.waits(table, HORIZONS), walk)
    assert found.ids.tolist() == [1]
    assert found.wait_minutes[0] == 0


def test_only_a_handful_of_points_is_worked_out_in_full() -> None:
    rng = np.random.default_rng(5)
    lats, lons = town(rng, 20_000, 30)
    index = PointIndex(lats, lons)
    table = rng.gamma(1.5, 16, (1, 20_000))
    found = index.soonest(22.9, 115.4, 10, index.waits(table), RIDE)
    assert found.evaluated < 200


def with_a_router(index: PointIndex, waits: Waits, routed: Callable[[NDArray[np.intp]], Floats]) -> Soonest:
    return index.soonest(22.9, 115.4, 10, waits, StraightLine(0.5), routed=routed)


def test_a_road_routers_minutes_stay_exact_above_the_straight_line() -> None:
    rng = np.random.default_rng(6)
    lats, lons = town(rng, 3000, 4)
    index = PointIndex(lats, lons)
    table = rng.gamma(1.5, 16, (1, 3000))
    km = geodesic_metres_many(22.9, 115.4, lats, lons) / 1000
    by_road = km * rng.uniform(0.5, 4.0, 3000) + rng.uniform(0, 8, 3000)
    found = with_a_router(index, index.waits(table), lambda ids: by_road[ids])
    assert found.ids.tolist() == np.argsort(by_road + table[0], kind="stable")[:10].tolist()


def test_a_router_that_undercuts_the_straight_line_is_refused_since_the_answer_would_be_wrong() -> None:
    rng = np.random.default_rng(7)
    lats, lons = town(rng, 300, 2)
    index = PointIndex(lats, lons)
    waits = index.waits(np.zeros((1, 300)))
    with pytest.raises(ValueError, match="undercut"):
        with_a_router(index, waits, lambda ids: np.zeros(len(ids)))
    with pytest.raises(ValueError, match="undercut"):
        with_a_router(index, waits, lambda ids: np.full(len(ids), np.nan))


def test_a_refresh_is_a_new_field_and_leaves_the_old_one_as_it_was() -> None:
    index = PointIndex([22.8, 22.9], [115.4, 115.4])
    old = index.waits(np.array([0.0, 500.0]))
    new = index.waits(np.array([500.0, 0.0]))
    assert index.soonest(22.8, 115.4, 1, old, RIDE).ids.tolist() == [0]
    assert index.soonest(22.8, 115.4, 1, new, RIDE).ids.tolist() == [1]


def test_the_line_of_a_mode_is_the_travel_range_that_people_are_shown() -> None:
    for mode in TravelMode:
        line = StraightLine.usual(mode)
        assert line.fixed_minutes + 7.5 * line.minutes_per_km == pytest.approx(
            over(7.5, mode).typical.total_seconds() / 60
        )


@pytest.mark.parametrize(
    ("waits", "horizons"),
    [
        (np.zeros((2, 3)), [0.0]),
        (np.zeros((1, 2)), [0.0]),
        (np.zeros((2, 3)), [30.0, 0.0]),
        (np.array([1.0, -0.5, 2.0]), [0.0]),
        (np.array([1.0, np.nan, 2.0]), [0.0]),
        (np.array([[1.0, 2.0, 3.0], [1.0, np.nan, 2.0]]), [0.0, 15.0]),
    ],
)
def test_waits_that_would_break_the_bound_are_refused(waits: Floats, horizons: list[float]) -> None:
    with pytest.raises(ValueError, match=r"waits|horizons"):
        PointIndex([22.8, 22.9, 23.0], [115.4] * 3).waits(waits, horizons)


@pytest.mark.parametrize(
    ("lats", "lons"), [([], []), ([1.0], [1.0, 2.0]), ([91.0], [0.0]), ([np.nan], [0.0])]
)
def test_points_that_are_no_places_are_refused(lats: list[float], lons: list[float]) -> None:
    with pytest.raises(ValueError, match=r"lats"):
        PointIndex(lats, lons)


def test_asking_for_more_than_there_are_gives_all_that_serve() -> None:
    index = PointIndex([22.8, 22.9, 23.0], [115.4] * 3)
    found = index.soonest(22.8, 115.4, 10, index.waits(np.array([5.0, np.inf, 1.0])), RIDE)
    assert found.ids.tolist() == [0, 2]
    with pytest.raises(ValueError, match="k must"):
        index.soonest(22.8, 115.4, 0, index.waits(np.zeros(3)), RIDE)
