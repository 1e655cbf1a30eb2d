from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from sim.backtest import bank_replay, halls_replay
from sim.backtest.bank_log import read_bank_log
from sim.backtest.hall_choice import Choices, _on_arrival
from sim.backtest.log_report import LogReport, UnusableLog
from sim.backtest.run import Outputs, backtest
from sim.backtest.scores import coverage_by_group, paired_difference, pinball, recalibrated, score

BANK_HEADER = (
    "vru+line\tcall_id\tcustomer_id\tpriority\ttype\tdate\tvru_entry\tvru_exit\tvru_time\tq_start\tq_exit\t"
    "q_time\toutcome\tser_start\tser_exit\tser_time\tserver"
)
BANK_ROWS = [
    "AA\t1\t0\t0\tPS\t990105\t9:00:00\t9:00:05\t5\t9:00:05\t9:00:35\t30\tAGENT\t9:00:34\t9:02:34\t120\tTOVA",
    "AA\t2\t7\t2\tNW\t990105\t9:01:00\t9:01:05\t5\t9:01:05\t9:02:05\t60\tHANG\t0:00:00\t0:00:00\t0\tNO_SERVER",
    "AA\t3\t0\t0\tPS\t990105\t9:02:00\t9:02:05\t5\t9:02:05\t9:02:45\t40\tPHANTOM\t0:00:00\t0:00:00\t0\tX",
    "AA\t4\t0\t1\tPS\t990105\t23:59:50\t0:00:05\t15\t0:00:05\t0:00:25\t20\tAGENT\t0:00:25\t0:01:25\t60\tTOVA",
    "AA\t5\t0\t0\tPS\tsoon\t9:02:00\t9:02:05\t5\t9:02:05\t9:02:45\t40\tAGENT\t9:02:45\t9:03:45\t60\tTOVA",
    "AA\t6\t0\t0\tPS\t990105\t9:05:00\t9:05:05\t5\t0:00:00\t0:00:00\t0\tAGENT\t9:05:04\t9:06:04\t60\tYITZ",
]


@pytest.fixture
def bank_file(tmp_path: Path) -> Path:
    path = tmp_path / "bank.tsv.gz"
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.write("\n".join([BANK_HEADER, *BANK_ROWS]) + "\n")
    return path


def test_calls_keep_their_row_numbers_and_their_waits(bank_file: Path) -> None:
    report = LogReport()
    log = read_bank_log([bank_file], report)
    waits = dict(zip(log.row.tolist(), log.waits().tolist(), strict=True))
    assert waits[0] == 30
    assert waits[3] == 20, "a call that entered before midnight and queued after it"
    assert np.isnan(waits[1]), "somebody who gave up was never served"
    assert np.isnan(waits[5]), "somebody who never queued has no wait"
    assert sorted(waits) == [0, 1, 3, 5]
    assert report.oddities["phantom row"][0] == 1
    assert report.rows_used == 4


def test_the_same_log_given_twice_counts_once(bank_file: Path) -> None:
    once, report = read_bank_log([bank_file], LogReport()), LogReport()
    twice = read_bank_log([bank_file, bank_file], report)
    known = np.flatnonzero(once.customer > 0)
    assert (twice.customer > 0).sum() == len(known)
    assert report.oddities["same call twice"][0] == len(known)


def test_pinball_loss_is_least_at_the_quantile() -> None:
    wait = np.random.default_rng(1).gamma(2, 10, 20_000)
    losses = [
        pinball(wait, np.full(20_000, level), 0.9).mean() for level in np.quantile(wait, (0.8, 0.9, 0.97))
    ]
    assert losses[1] == min(losses)


def test_bins_help_a_peer_that_is_biased() -> None:
    rng = np.random.default_rng(2)
    said = rng.uniform(0, 60, 8000)
    wait = said / 3 + rng.exponential(5, 8000)
    p50, p90 = recalibrated(said[:4000], wait[:4000], said[4000:])
    helped, raw = score(wait[4000:], p50, p90), score(wait[4000:], said[4000:])
    assert helped.mae < raw.mae / 2
    assert helped.coverage == pytest.approx(0.9, abs=0.02)


def test_a_peer_that_says_nothing_gets_the_overall_quantiles() -> None:
    p50, p90 = recalibrated(np.full(3, np.nan), np.array([1.0, 2.0, 3.0]), np.full(2, np.nan))
    assert p50.tolist() == [2.0, 2.0]
    assert p90[0] == pytest.approx(2.8)


def test_a_paired_difference_of_nothing_has_an_interval_around_nothing() -> None:
    rng = np.random.default_rng(3)
    loss = rng.exponential(1, 5000)
    other = loss * rng.uniform(0.9, 1.1, 5000)
    change, low, high = paired_difference(loss, other, np.arange(5000) // 50)
    assert low < 0 < high
    assert abs(change) < 0.01


def test_a_hall_is_surely_low_only_when_its_whole_interval_is() -> None:
    held = np.ones(4000)
    held[:2000:3] = 0
    groups = coverage_by_group(np.zeros(4000), held - 0.5, np.arange(4000) // 2000, np.arange(4000) // 100)
    assert [group.group for group in groups] == [0, 1]
    assert [group.surely_low for group in groups] == [True, False]


def test_a_wait_on_arrival_lies_between_the_horizons_around_the_travel_time() -> None:
    waits = {15.0: np.array([10.0]), 30.0: np.array([40.0]), 60.0: np.array([100.0])}
    travel = np.array([[5.0], [22.5], [45.0], [90.0]])
    assert _on_arrival(waits, travel)[:, 0].tolist() == [10.0, 25.0, 70.0, 100.0]
    here = Choices((0,), np.radians([[52.2, 21.0]]), np.radians([[52.2, 21.0]]))
    assert here.travel_minutes[0, 0] == pytest.approx(8.0)


def test_a_small_bank_log_gives_ordered_predictions_without_a_model(bank_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "calls.csv"
    backtest([bank_file], date(1999, 1, 4), Outputs(predictions=out), lambda _: None)
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [row["call_row"] for row in rows] == ["0", "1", "3"]
    assert all(float(row["p10"]) <= float(row["p50"]) <= float(row["p90"]) for row in rows)
    assert bank_replay.LEAST_TRAINING_DAYS > 1


@pytest.mark.parametrize("history_days", [0, 1])
@pytest.mark.slow
def test_a_halls_log_without_history_is_predicted_with_bands_that_hold(
    write_log: Callable[..., Path], halls_rows: list[str], tmp_path: Path, history_days: int
) -> None:
    until = date(2024, 3, 3 + history_days)
    out, figures_path = tmp_path / "halls.csv", tmp_path / "figures.json"
    path = write_log(halls_rows)
    backtest([path.parent], until, Outputs(figures_path, out), lambda _: None)
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert {row["horizon_minutes"] for row in rows} == {"0", "15", "30", "60", "120"}
    assert min(row["date"] for row in rows) == (until + timedelta(days=1)).isoformat()
    figures = json.loads(figures_path.read_text())
    assert figures["learned"] is False
    assert figures["log"]["oddities"]["listed as clean and not in the log"]["count"] == 81
    now = figures["horizons"][0]
    assert now["ours"]["coverage"] == pytest.approx(0.9, abs=0.08)


@pytest.mark.slow
def test_later_days_in_a_second_file_of_the_folder_are_predicted(
    write_log: Callable[..., Path],
    halls_rows: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(halls_replay, "WORKERS", 1)
    small = {"rounds": 10, "seeds": 1, "forest_trees": 2, "forest_rows": 2000}
    for name in ("NOW_SHAPE", "AHEAD_SHAPE"):
        monkeypatch.setattr(halls_replay, name, replace(getattr(halls_replay, name), **small))
    last_shared = date(2024, 3, 6)
    later = [row for row in halls_rows if row.split(",")[4] > last_shared.isoformat()]
    write_log([row for row in halls_rows if row not in set(later)], name="a_shared.csv.gz")
    folder = write_log(later[::-1], name="later_days.csv.gz").parent
    out, figures_path = tmp_path / "predictions.csv", tmp_path / "figures.json"
    out.write_text("hall,queue_id,date,time,horizon_minutes,p10,p50,p90\n")  # an earlier run's is no log
    said: list[str] = []
    backtest([folder], last_shared, Outputs(figures_path, out), said.append)
    figures = json.loads(figures_path.read_text(), parse_constant=_no_number)
    assert figures["training_days"] == ["2024-03-04", "2024-03-05", "2024-03-06"]
    assert figures["test_days"] == ["2024-03-07", "2024-03-08", "2024-03-09"]
    assert figures["learned"] is True
    dates = {row["date"] for row in csv.DictReader(out.read_text().splitlines())}
    assert dates == set(figures["test_days"])
    assert any("learning" in line for line in said)
    assert figures["horizons"][2]["p10_above_zero"]["share"] < 1.0


def _no_number(text: str) -> float:
    raise AssertionError(f"{text} is no JSON")


def test_a_file_that_is_no_log_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "shopping.csv"
    path.write_text("milk,eggs\n1,2\n")
    with pytest.raises(UnusableLog, match="no file has the columns"):
        backtest([path], date(2024, 1, 1), Outputs(), lambda _: None)
