# mypy: disable-error-code="no-any-return"
"""exp, -log(1 - u) and the normal quantile for the compiled core, by short tables instead of library calls.

A library call costs more than everything else about a draw. The tables hold: powers of two and logarithms
in steps of 1/64 (what is left is a polynomial; relative error below 1e-12), and the normal quantile as
cubic pieces between exact values and slopes, 32 to every halving of the tail's probability
(``QUANTILE_ERROR``).
"""

from __future__ import annotations

from math import exp, log, pi, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.bits import bits_of, number_of
from queueing.engine.cache import inlined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STEPS = 64
LN2 = log(2.0)
PER_STEP, A_STEP = STEPS / LN2, LN2 / STEPS
POWERS = np.array([exp(step * A_STEP) for step in range(STEPS)])
MIDDLES = np.array([1.0 + (step + 0.5) / STEPS for step in range(STEPS)])
INVERSES, LOGARITHMS = 1.0 / MIDDLES, np.log(MIDDLES)
THIRD, SIXTH, TWENTY_FOURTH = 1.0 / 3.0, 1.0 / 6.0, 1.0 / 24.0
MANTISSA, BIAS, ONE_BITS = 52, 1023, 1023 << 52
MANTISSA_MASK = (1 << MANTISSA) - 1
ROUNDER = 1.5 * 2.0**52  # a number that is added to this loses its fraction, and the bits count wholes
ROUNDER_BITS = (BIAS + 52) << 52 | 1 << 51
MOST = 700.0  # beyond it a floating number has no exponent left

PIECE_BITS = 5  # pieces to a halving of the probability: 32
REST_BITS = MANTISSA - PIECE_BITS
REST_MASK = (1 << REST_BITS) - 1
SMALLEST = 2.0**-54  # probability of a tail; beyond it the normal is cut, at 8.2 deviations
FIRST_PIECE = (BIAS - 54) << PIECE_BITS
PIECES = 53 << PIECE_BITS  # from 2^-54 up to 1/2
PLACE_MASK = 2047  # the next power of two: an index that is masked needs no check of its sign
QUANTILE_ERROR = 1e-8  # standard deviations, at most; held by a test


def _pieces() -> Floats:
    """Return [piece, power]: cubics through the quantile and its slope at both ends of each piece."""
    places = np.arange(PIECES + 1)
    edges = np.ldexp(1.0 + (places % 32) / 32.0, places // 32 - 54)
    values = np.array([NormalDist().inv_cdf(edge) for edge in edges])
    slopes = sqrt(2 * pi) * np.exp(values**2 / 2)
    widths = np.diff(edges)
    low, high = values[:-1], values[1:]
    rise, fall = slopes[:-1] * widths, slopes[1:] * widths
    cubic = np.stack([low, rise, 3 * (high - low) - 2 * rise - fall, 2 * (low - high) + rise + fall], axis=1)
    return np.concatenate([cubic, np.zeros((PLACE_MASK + 1 - PIECES, 4))])  # 1/2 itself, and room


CUBICS = _pieces()


@inlined
def fast_exp(value: float) -> float:
    """Return e to ``value``, which must lie within ``MOST``."""
    shifted = value * PER_STEP + ROUNDER
    whole = bits_of(shifted) - ROUNDER_BITS
    rest = value - (shifted - ROUNDER) * A_STEP
    square = rest * rest
    series = (1.0 + rest) + square * ((0.5 + rest * SIXTH) + square * TWENTY_FOURTH)
    return number_of((BIAS + (whole >> 6)) << MANTISSA) * (POWERS[whole & 63] * series)


@inlined
def exponential_quantile(uniform: float) -> float:
    """Return -log(1 - ``uniform``) for a uniform in [0, 1)."""
    word = bits_of(1.0 - uniform)
    step = (word >> (MANTISSA - 6)) & 63
    rest = number_of((word & MANTISSA_MASK) | ONE_BITS) * INVERSES[step] - 1.0
    square = rest * rest
    series = (rest - 0.5 * square) + square * ((THIRD * rest - 0.25 * square) + 0.2 * rest * square)
    return ((BIAS - (word >> MANTISSA)) * LN2 - LOGARITHMS[step]) - series


@inlined
def normal_quantile(uniform: float) -> float:
    """Return the standard normal quantile within ``QUANTILE_ERROR``, for a uniform in [0, 1)."""
    tail = max(min(uniform, 1.0 - uniform), SMALLEST)
    word = bits_of(tail)
    piece = ((word >> REST_BITS) - FIRST_PIECE) & PLACE_MASK
    along = number_of(((word & REST_MASK) << PIECE_BITS) | ONE_BITS) - 1.0
    lower = (CUBICS[piece, 0] + along * CUBICS[piece, 1]) + (along * along) * (
        CUBICS[piece, 2] + along * CUBICS[piece, 3]
    )
    return -lower if uniform > 0.5 else lower
