"""What simple rules and other systems would have announced, each as minutes from the same columns.

Formulas: LES, HOL and queue-length estimates after Ibrahim & Whitt (M&SOM 2009); QMS
(qtrcipher/queue-management-system): people ahead times the mean of recent services (5 minutes before any)
over the whole branch's open counters, rounded up; QueueSG (opengovsg/queuesg): three minutes a person; ZMS
(it-at-m/eappointment): the administrator's mean processing time times people over workstations, pessimistic
1.0 and optimistic 0.8, given its true historic mean here, its best case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LONGEST_MINUTES = 480.0
SLOWEST_RATE = 1 / 60
QMS_DEFAULT_MINUTES = 5.0
QUEUESG_MINUTES = 3.0
ZMS_OPTIMISM = 0.8


def hall_peers(columns: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return every peer's announcement in minutes for rows of a hall's log (NaN: it has none)."""
    waiting, windows = columns["waiting"], np.maximum(np.nan_to_num(columns["windows_open"], nan=1.0), 1.0)
    usual_rate = np.nan_to_num(columns["usual_call_rate"])
    usual_busy = np.nan_to_num(columns["usual_busy_rate"])
    per_window = usual_rate / np.maximum(np.nan_to_num(columns["usual_windows"], nan=1.0), 0.25)
    return {
        "published minutes": columns["published"],
        "published × people ÷ windows": _capped(columns["published"] * waiting / windows),
        "moving average of 5": columns["waited_mean_5"],
        "moving average of 20": columns["waited_mean_20"],
        "LES": columns["les"],
        "HOL": columns["hol"],
        "QL ÷ calls of 60 min": _drained(waiting, columns["calls_60"] / 60),
        "QL ÷ calls of 120 min": _drained(waiting, columns["calls_120"] / 120),
        "QL ÷ rate per window × windows": _drained(waiting, per_window * windows),
        "QL ÷ usual call rate": _drained(waiting, usual_rate),
        "QL ÷ usual busy-time rate": _drained(waiting, usual_busy),
        "drain through usual call rate": _capped(columns["drain_calls"]),
        "drain through usual busy-time rate": _capped(columns["drain"]),
        "table of queue × time": columns["usual_wait"],
        "QMS formula": _qms(columns, waiting),
        "QueueSG formula": _capped(QUEUESG_MINUTES * waiting),
        "ZMS formula, pessimistic": _zms(columns, waiting, windows),
        "ZMS formula, optimistic": ZMS_OPTIMISM * _zms(columns, waiting, windows),
    }


def _drained(people: Floats, rate: Floats) -> Floats:
    return _capped(people / np.maximum(np.nan_to_num(rate), SLOWEST_RATE))


def _capped(minutes: Floats) -> Floats:
    return np.minimum(minutes, LONGEST_MINUTES)


def _qms(columns: Mapping[str, Floats], waiting: Floats) -> Floats:
    called = columns["calls_60"]
    worked = np.nan_to_num(columns["windows_mean_60"]) * 60
    service = np.where(called > 0, worked / np.maximum(called, 1.0), QMS_DEFAULT_MINUTES)
    return _capped(np.ceil(waiting * service / np.maximum(columns["hall_windows"], 1.0)))


def _zms(columns: Mapping[str, Floats], waiting: Floats, windows: Floats) -> Floats:
    rate = np.nan_to_num(columns["usual_busy_rate"])
    processing = np.nan_to_num(columns["usual_windows"], nan=1.0) / np.maximum(rate, SLOWEST_RATE)
    return _capped(processing * waiting / windows)


def pool_peers(columns: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return every peer's announcement in seconds for tickets of one pool of windows (the bank)."""
    ahead, busy = columns["ahead"], np.maximum(columns["busy"], 1.0)
    service = np.nan_to_num(columns["service_50"], nan=QMS_DEFAULT_MINUTES * 60)
    return {
        "moving average of 5": columns["waited_5"],
        "moving average of 20": columns["waited_20"],
        "LES": columns["les"],
        "LES of the same class": columns["les_priority"],
        "HOL": columns["hol"],
        "QL (people ahead + 1) × service ÷ busy": (ahead + 1) * service / busy,
        "QLm (with giving up)": _qlm(ahead, service, busy),
        "drain of services under way": columns["drain_plain"],
        "QMS formula": 60 * np.ceil(ahead * service / busy / 60),
        "QueueSG formula": 60 * QUEUESG_MINUTES * ahead,
        "ZMS formula, pessimistic": ahead * service / busy,
    }


def _qlm(ahead: Floats, service: Floats, busy: Floats) -> Floats:
    """Return Σ 1 / (s·mu + j·theta) over the people ahead: Whitt's Markovian estimate with abandonment."""
    rate, giving_up = busy / service, 1 / 600.0
    out = np.zeros(len(ahead))
    for j in range(int(np.nanmax(ahead, initial=0.0)) + 1):
        out += np.where(j <= ahead, 1.0 / (rate + j * giving_up), 0.0)
    return out
