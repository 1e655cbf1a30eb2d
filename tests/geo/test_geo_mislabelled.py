"""Positions stored under the wrong datum are noticed, and right ones are left alone."""

from __future__ import annotations

import numpy as np
import pytest

from geo.rules.coordinates import Datum, Position
from geo.rules.mislabelled import likely_datum

HALLS = [Position(22.6 + 0.05 * i, 115.1 + 0.07 * i, Datum.WGS84) for i in range(9)]


def moved(position: Position, rng: np.random.Generator, metres: float) -> Position:
    north, east = rng.normal(0, metres / 111_000, 2)
    return Position(position.lat + north, position.lon + east, position.datum)


@pytest.mark.parametrize("stated", list(Datum))
@pytest.mark.parametrize("true", list(Datum))
def test_the_true_datum_is_found_with_references_that_are_some_tens_of_metres_off(
    stated: Datum, true: Datum
) -> None:
    rng = np.random.default_rng(3)
    pairs = []
    for hall in HALLS:
        right = hall.to(true)
        pairs.append((Position(right.lat, right.lon, stated), moved(hall, rng, 60)))
    assert likely_datum(pairs) == (None if stated is true else true)


def test_one_wrong_reference_does_not_accuse_the_others() -> None:
    pairs = [(hall, hall) for hall in HALLS]
    pairs[0] = (HALLS[0], Position(24.0, 116.0, Datum.WGS84))
    assert likely_datum(pairs) is None


def test_references_kilometres_off_accuse_nobody() -> None:
    rng = np.random.default_rng(4)
    assert likely_datum([(hall, moved(hall, rng, 4000)) for hall in HALLS]) is None


def test_without_pairs_or_with_two_labels_there_is_nothing_to_judge() -> None:
    with pytest.raises(ValueError, match="pair"):
        likely_datum([])
    with pytest.raises(ValueError, match="pair"):
        likely_datum([(HALLS[0], HALLS[0]), (HALLS[0].to(Datum.BD09), HALLS[0])])
