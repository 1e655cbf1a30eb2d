"""Halls with positions, citizens with homes and needs, and how long the way takes."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine import HallModel, Plan, PlanEntry, QueueModel, constant

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

EARTH_KM = 6371.0088
DETOUR, SPEED_KM_PER_MINUTE, FIXED_MINUTES = 1.3, 25.0 / 60.0, 5.0
WINDOWS_BY_LEVEL = {"city": 20, "county": 12, "town": 3}
SERVICE_MINUTES = (7.0, 10.0, 18.0)  # everyday matters, company matters, real estate
SERVICE_CV = 0.8
NEED_SHARES = (0.6, 0.25, 0.15)
OPENS, CLOSES, LAST_START = 510.0, 1050.0, 990.0


@dataclass(frozen=True, slots=True)
class City:
    """Halls by index. ``offers[hall, service]``; ``mean_service_minutes[service]``."""

    names: tuple[str, ...]
    latitude: Floats
    longitude: Floats
    windows: Integers
    offers: NDArray[np.bool_]
    mean_service_minutes: Floats


@dataclass(frozen=True, slots=True)
class Citizens:
    """One day's citizens by order of leaving home. ``travel_minutes[citizen, hall]``."""

    leaves_minutes: Floats
    need: Integers
    service_minutes: Floats
    travel_minutes: Floats


def city_from_csv(path: Path) -> City:
    """Return the city of a table with level, name_zh, lat, lon; towns do not offer the longest service."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    town = np.array([row["level"] not in ("city", "county") for row in rows])
    offers = np.ones((len(rows), len(SERVICE_MINUTES)), dtype=bool)
    offers[town, -1] = False
    return City(
        names=tuple(row["name_zh"] for row in rows),
        latitude=np.array([float(row["lat"]) for row in rows]),
        longitude=np.array([float(row["lon"]) for row in rows]),
        windows=np.array([WINDOWS_BY_LEVEL.get(row["level"], WINDOWS_BY_LEVEL["town"]) for row in rows]),
        offers=offers,
        mean_service_minutes=np.array(SERVICE_MINUTES),
    )


def draw_citizens(city: City, *, seed: int, load: float) -> Citizens:
    """Return a day's citizens: as many as keep all windows busy for ``load`` of the day.

    Homes lie around the halls' places (towns of uneven size, the same in every seed; 3 km spread), and
    people leave mostly in the morning.
    """
    random = np.random.default_rng(seed)
    capacity = float(city.windows.sum()) * (CLOSES - OPENS)
    count = random.poisson(load * capacity / float(np.dot(NEED_SHARES, SERVICE_MINUTES)))
    size = np.random.default_rng(0).lognormal(0.0, 0.7, len(city.names)) * np.sqrt(city.windows)
    home = random.choice(len(city.names), size=count, p=size / size.sum())
    latitude = city.latitude[home] + random.normal(0.0, 3.0, count) / 111.2
    longitude = city.longitude[home] + random.normal(0.0, 3.0, count) / (111.2 * np.cos(np.radians(latitude)))
    morning = random.random(count) < 0.6
    leaves = np.where(morning, random.normal(570.0, 50.0, count), random.normal(870.0, 60.0, count))
    order = np.argsort(leaves, kind="stable")
    need = random.choice(len(SERVICE_MINUTES), size=count, p=NEED_SHARES)
    sigma = np.sqrt(np.log1p(SERVICE_CV**2))
    service = np.array(SERVICE_MINUTES)[need] * random.lognormal(-(sigma**2) / 2, sigma, count)
    return Citizens(
        leaves_minutes=np.clip(leaves, OPENS - 30.0, LAST_START)[order],
        need=need[order],
        service_minutes=service[order],
        travel_minutes=travel_minutes(latitude, longitude, city)[order],
    )


def travel_minutes(latitude: Floats, longitude: Floats, city: City) -> Floats:
    """Return minutes from each place to each hall: haversine distance × detour ÷ speed, plus a fixed part."""
    phi, theta = np.radians(latitude)[:, None], np.radians(longitude)[:, None]
    hall_phi, hall_theta = np.radians(city.latitude)[None, :], np.radians(city.longitude)[None, :]
    chord = (
        np.sin((hall_phi - phi) / 2) ** 2
        + np.cos(phi) * np.cos(hall_phi) * np.sin((hall_theta - theta) / 2) ** 2
    )
    kilometres = 2 * EARTH_KM * np.arcsin(np.sqrt(chord))
    minutes: Floats = FIXED_MINUTES + DETOUR * kilometres / SPEED_KM_PER_MINUTE
    return minutes


def hall_model(city: City, hall: int, most_windows: int) -> tuple[HallModel, Plan]:
    """Return one hall for the engine: each window has an own service in turn and helps with the rest."""
    offered = [int(service) for service in np.flatnonzero(city.offers[hall])]
    queues = tuple(QueueModel(str(service), (), constant(1.0)) for service in range(city.offers.shape[1]))
    entries = [
        PlanEntry(window, service, OPENS, CLOSES, helping=service != offered[window % len(offered)])
        for window in range(int(city.windows[hall]))
        for service in offered
    ]
    model = HallModel(queues, tuple(map(str, range(most_windows))), ((OPENS, CLOSES),))
    return model, Plan(tuple(entries))
