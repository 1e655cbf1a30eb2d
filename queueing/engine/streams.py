# mypy: disable-error-code="no-any-return"
"""Counter-based random numbers: a value is a hash of (seed, day, queue, ticket, purpose), never a state.

So two plans, or two runs on different cores, see the same citizens. The mixer is the finaliser of
SplitMix64 (Steele, Lea, Flood 2014).
"""

from __future__ import annotations

from math import log, sqrt
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.cache import inlined
from queueing.engine.curves import exponential_quantile, fast_exp, normal_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
UNIT = 2.0**-53
PART_MASK, PART_UNIT = np.uint64((1 << 21) - 1), 2.0**-21
S30, S27, S31, S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@inlined
def mixed(word: np.uint64) -> np.uint64:
    """Return ``word`` scrambled; a bijection of 64-bit words."""
    word = (word ^ (word >> S30)) * FIRST
    word = (word ^ (word >> S27)) * SECOND
    return word ^ (word >> S31)


@inlined
def child_key(key: np.uint64, number: int) -> np.uint64:
    """Return the key of the ``number``-th stream below ``key``."""
    return mixed(key + (np.uint64(number) + np.uint64(1)) * GOLDEN)


@inlined
def bits(key: np.uint64, purpose: int) -> np.uint64:
    """Return 64 random bits for one purpose of one ticket, to be cut into several small uniforms."""
    return mixed(key + (np.uint64(purpose) + np.uint64(1)) * GOLDEN)


@inlined
def uniform(key: np.uint64, purpose: int) -> float:
    """Return a number in [0, 1) for one purpose of one ticket."""
    return own_uniform(bits(key, purpose))


@inlined
def part(word: np.uint64, place: int) -> float:
    """Return the first, second or third (0, 1, 2) small uniform of a word: 21 bits, enough for a share."""
    return np.float64(np.int64((word >> np.uint64(21 * place)) & PART_MASK)) * PART_UNIT


@inlined
def own_uniform(key: np.uint64) -> float:
    """Return the uniform that a key itself is; the uniforms below the key are independent of it."""
    return np.float64(np.int64(key >> S11)) * UNIT


@inlined
def quantile(row: Floats, table: Floats, uniform: float) -> float:
    """Return the value of a distribution at ``uniform``; ``row`` as in ``arrays.DemandArrays.service``."""
    if row[5] > 0.0:
        if uniform < row[5]:
            return 0.0
        uniform = (uniform - row[5]) / (1.0 - row[5])
    kind = int(row[0])
    if kind == 2:
        return fast_exp(row[1] + row[2] * normal_quantile(uniform))
    if kind == 1:
        return row[1] * exponential_quantile(uniform)
    if kind == 0:
        return row[1]
    if kind == 3:
        return row[1] + row[2] * normal_quantile(uniform)
    return _from_table(kind, row, table, uniform)


@inlined
def _from_table(kind: int, row: Floats, table: Floats, uniform: float) -> float:
    offset, length = int(row[3]), int(row[4])
    if kind == 4:
        return table[offset + min(int(uniform * length), length - 1)]
    low, high = 0, length - 1
    while low < high:
        middle = (low + high) // 2
        if table[offset + middle] > uniform:
            high = middle
        else:
            low = middle + 1
    return row[2] * low


@inlined
def gamma_factor(key: np.uint64, cv: float) -> float:
    """Return a Gamma variate of mean 1 and coefficient of variation ``cv`` (Marsaglia, Tsang 2000)."""
    if cv <= 0.0:
        return 1.0
    shape = 1.0 / (cv * cv)
    boost = 1.0
    if shape < 1.0:
        boost = uniform(key, 1_000_000) ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / sqrt(9.0 * d)
    attempt = 0
    while True:
        x = normal_quantile(uniform(key, 2 * attempt))
        v = (1.0 + c * x) ** 3
        u = uniform(key, 2 * attempt + 1)
        if v > 0.0 and log(max(u, 1e-300)) < 0.5 * x * x + d - d * v + d * log(v):
            return boost * d * v * cv * cv
        attempt += 1
