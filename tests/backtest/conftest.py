"""A small city of queues, simulated minute by minute, written like the real halls' log."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

HEADER = "hall,queue_id,letter,service,date,time,windows_open,waiting,number_called,published_minutes"
FIRST_DAY = date(2024, 3, 4)


def simulated_rows(*, days: int = 6, queues: int = 4, seed: int = 7) -> list[str]:
    """Return rows of a halls' log: Poisson arrivals with a morning peak, calls while somebody waits."""
    rng = np.random.default_rng(seed)
    rows = []
    for queue in range(queues):
        for day in range(days):
            issued = called = 0
            for minute in range(8 * 60, 16 * 60):
                peak = 1.6 if minute < 11 * 60 else 0.8
                if minute < 15 * 60:
                    issued += rng.poisson(peak * 0.22)
                called = min(issued, called + rng.poisson(0.22))
                if minute % 5 == 0:
                    on = (FIRST_DAY + timedelta(days=day)).isoformat()
                    number = f"A{called:03}" if called else ""
                    rows.append(
                        f"Hall{queue % 2},{queue},A,A: service,{on},{minute // 60:02}:{minute % 60:02},"
                        f"2,{issued - called},{number},10"
                    )
    return rows


@pytest.fixture
def halls_rows() -> list[str]:
    return simulated_rows()


@pytest.fixture
def write_log(tmp_path: Path) -> Callable[..., Path]:
    def write(rows: list[str], header: str = HEADER, name: str = "queue_snapshots.csv.gz") -> Path:
        path = tmp_path / name
        with gzip.open(path, "wt", encoding="utf-8") as lines:
            lines.write("\n".join([header, *rows]) + "\n")
        return path

    return write
