"""Distances: the WGS-84 geodesic for what is shown and decided, the great circle for what is estimated.

One pair is geopy's (Karney 2013, about 170 microseconds). Where many pairs are needed at once, a list of
halls too, ``geodesic_metres_many`` solves Vincenty's inverse formula (1975) on arrays; it differs from
geopy's by less than a millimetre, and the few nearly antipodal pairs on which Vincenty does not settle are
handed to geopy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from geopy.distance import geodesic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo.rules.coordinates import Position

EARTH_RADIUS_METRES = 6371008.8  # mean radius of WGS-84, (2a + b) / 3
AXIS_METRES = 6378137.0  # WGS-84 semi-major axis a
FLATTENING = 1 / 298.257223563
POLAR_METRES = AXIS_METRES * (1 - FLATTENING)
# The smallest radius at which any curve on the ellipsoid bends: along the meridian at the equator, b^2/a.
SHARPEST_BEND_METRES = POLAR_METRES**2 / AXIS_METRES
VINCENTY_STEPS = 30
VINCENTY_SETTLED_RADIANS = 1e-13


def geodesic_metres(a: Position, b: Position) -> float:
    """Return the metres between two positions on the WGS-84 ellipsoid, whatever their datums."""
    return float(geodesic(a.wgs84, b.wgs84).meters)


def geodesic_metres_to(origin: Position, destinations: Sequence[Position]) -> list[float]:
    """Return the metres on the WGS-84 ellipsoid to each destination, whatever their datums."""
    there = np.array([each.wgs84 for each in destinations], dtype=np.float64).reshape(-1, 2)
    metres: list[float] = geodesic_metres_many(*origin.wgs84, there[:, 0], there[:, 1]).tolist()
    return metres


def great_circle_metres(origin: Position, destinations: Sequence[Position]) -> NDArray[np.float64]:
    """Return metres on the mean sphere to each destination (haversine); within 0.6 % of the geodesic."""
    lat, lon = np.radians(origin.wgs84)
    there = np.radians(np.array([each.wgs84 for each in destinations], dtype=np.float64).reshape(-1, 2))
    return haversine_metres(lat, lon, there[:, 0], there[:, 1])


def haversine_metres(
    lat: float, lon: float, lats: NDArray[np.float64], lons: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return metres on the mean sphere from one point to many; all angles in radians, WGS-84."""
    h = np.sin((lats - lat) / 2) ** 2 + np.cos(lat) * np.cos(lats) * np.sin((lons - lon) / 2) ** 2
    metres: NDArray[np.float64] = 2 * EARTH_RADIUS_METRES * np.arcsin(np.sqrt(np.minimum(h, 1.0)))
    return metres


def geodesic_metres_many(
    lat: float, lon: float, lats: NDArray[np.float64], lons: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return geodesic metres from one WGS-84 point to many; all angles in degrees.

    T. Vincenty, "Direct and inverse solutions of geodesics on the ellipsoid", Survey Review 23 (1975).
    """
    here = np.arctan((1 - FLATTENING) * np.tan(np.radians(lat)))
    there = np.arctan((1 - FLATTENING) * np.tan(np.radians(lats)))
    across = np.radians((lons - lon + 180.0) % 360.0 - 180.0)
    pair = (np.sin(here), np.cos(here), np.sin(there), np.cos(there))
    lam = across
    for _ in range(VINCENTY_STEPS):
        before = lam
        sin_sigma, cos_sigma, sigma, cos2_alpha, cos_2m = _arc(pair, lam)
        lam = across + _longitude_excess(pair, lam, sin_sigma, cos_sigma, sigma, cos2_alpha, cos_2m)
        unsettled = np.abs(lam - before) > VINCENTY_SETTLED_RADIANS
        if not unsettled.any():
            break
    metres = _arc_metres(*_arc(pair, lam))
    for index in np.flatnonzero(unsettled | ~np.isfinite(metres)):
        metres[index] = geodesic((lat, lon), (float(lats[index]), float(lons[index]))).meters
    return metres


def _arc(pair: tuple[NDArray[np.float64], ...], lam: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    sin_u, cos_u, sin_v, cos_v = pair
    sin_lam, cos_lam = np.sin(lam), np.cos(lam)
    sin_sigma = np.hypot(cos_v * sin_lam, cos_u * sin_v - sin_u * cos_v * cos_lam)
    cos_sigma = sin_u * sin_v + cos_u * cos_v * cos_lam
    sigma = np.arctan2(sin_sigma, cos_sigma)
    safe = np.where(sin_sigma == 0, 1.0, sin_sigma)  # the same point twice: any azimuth will do
    cos2_alpha = 1 - (cos_u * cos_v * sin_lam / safe) ** 2
    along_equator = cos2_alpha <= 1e-15
    cos_2m = cos_sigma - 2 * sin_u * sin_v / np.where(along_equator, 1.0, cos2_alpha)
    return sin_sigma, cos_sigma, sigma, cos2_alpha, np.where(along_equator, 0.0, cos_2m)


def _longitude_excess(
    pair: tuple[NDArray[np.float64], ...],
    lam: NDArray[np.float64],
    sin_sigma: NDArray[np.float64],
    cos_sigma: NDArray[np.float64],
    sigma: NDArray[np.float64],
    cos2_alpha: NDArray[np.float64],
    cos_2m: NDArray[np.float64],
) -> NDArray[np.float64]:
    sin_alpha = pair[1] * pair[3] * np.sin(lam) / np.where(sin_sigma == 0, 1.0, sin_sigma)
    c = FLATTENING / 16 * cos2_alpha * (4 + FLATTENING * (4 - 3 * cos2_alpha))
    bend = sigma + c * sin_sigma * (cos_2m + c * cos_sigma * (2 * cos_2m**2 - 1))
    return (1 - c) * FLATTENING * sin_alpha * bend


def _arc_metres(
    sin_sigma: NDArray[np.float64],
    cos_sigma: NDArray[np.float64],
    sigma: NDArray[np.float64],
    cos2_alpha: NDArray[np.float64],
    cos_2m: NDArray[np.float64],
) -> NDArray[np.float64]:
    u2 = cos2_alpha * (AXIS_METRES**2 - POLAR_METRES**2) / POLAR_METRES**2
    a = 1 + u2 / 16384 * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)))
    b = u2 / 1024 * (256 + u2 * (-128 + u2 * (74 - 47 * u2)))
    inner = cos_sigma * (2 * cos_2m**2 - 1)
    outer = b / 6 * cos_2m * (4 * sin_sigma**2 - 3) * (4 * cos_2m**2 - 3)
    return POLAR_METRES * a * (sigma - b * sin_sigma * (cos_2m + b / 4 * (inner - outer)))


def earth_centred_metres(lats: NDArray[np.float64], lons: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x, y, z in metres of points on the WGS-84 ellipsoid; angles in degrees.

    The straight line between two of them is never longer than the geodesic on the surface, which makes
    it an exact lower bound that is cheap: within 1 m at 100 km. In the other direction, a geodesic bends
    nowhere more sharply than ``SHARPEST_BEND_METRES`` R, so (Schur's comparison theorem) it is never
    longer than 2 R asin(chord / 2 R).
    """
    phi, lam = np.radians(lats), np.radians(lons)
    squared = FLATTENING * (2 - FLATTENING)
    normal = AXIS_METRES / np.sqrt(1 - squared * np.sin(phi) ** 2)
    flat = normal * np.cos(phi)
    return np.stack((flat * np.cos(lam), flat * np.sin(lam), normal * (1 - squared) * np.sin(phi)), axis=-1)
