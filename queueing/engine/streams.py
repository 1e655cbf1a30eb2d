# mypy: disable-error-code="no-any-return"
"""Counter-based random numbers: a value is a hash of (seed, day, queue, ticket, purpose), never a state.

So two plans, or two runs on different cores, see the same citizens. The mixer is the finaliser of
SplitMix64 (Steele, Lea, Flood 2014); the normal quantile is Wichura's AS 241 (1988), exact to 1e-16.
"""

from __future__ import annotations

from math import exp, log, sqrt
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.cache import inlined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
UNIT = 2.0**-53
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
def uniform(key: np.uint64, purpose: int) -> float:
    """Return a number in [0, 1) for one purpose of one ticket."""
    return np.float64(mixed(key + (np.uint64(purpose) + np.uint64(1)) * GOLDEN) >> S11) * UNIT


@inlined
def normal_quantile(uniform: float) -> float:
    """Return the standard normal quantile (AS 241, PPND16); ``uniform`` is kept off 0."""
    q = uniform - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * (
            (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
            + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
            + 133.14166789178437745) * r + 3.387132872796366608)
            / (((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
            + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
            + 42.313330701600911252) * r + 1.0)
        )  # fmt: skip
    r = sqrt(-log(max(min(uniform, 1.0 - uniform), 2.0**-54)))
    return _tail(r) if q > 0 else -_tail(r)


@inlined
def _tail(r: float) -> float:
    if r <= 5.0:
        r -= 1.6
        return (
            (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
            + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
            + 4.6303378461565452959) * r + 1.42343711074968357734)
            / (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r
            + 0.0151986665636164571966) * r + 0.14810397642748007459) * r + 0.68976733498510000455) * r
            + 1.6763848301838038494) * r + 2.05319162663775882187) * r + 1.0)
        )  # fmt: skip
    r -= 5.0
    return (
        (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r
        + 0.0012426609473880784386) * r + 0.026532189526576123093) * r + 0.29656057182850489123) * r
        + 1.7848265399172913358) * r + 5.4637849111641143699) * r + 6.6579046435011037772)
        / (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r
        + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r
        + 0.13692988092273580531) * r + 0.59983220655588793769) * r + 1.0)
    )  # fmt: skip


@inlined
def quantile(row: Floats, table: Floats, uniform: float) -> float:
    """Return the value of a distribution at ``uniform``; ``row`` as in ``arrays.DemandArrays.service``."""
    if row[5] > 0.0:
        if uniform < row[5]:
            return 0.0
        uniform = (uniform - row[5]) / (1.0 - row[5])
    kind = int(row[0])
    if kind == 2:
        return exp(row[1] + row[2] * normal_quantile(uniform))
    if kind == 1:
        return -row[1] * log(1.0 - uniform)
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
