from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from queueing.prediction.snapshots import SnapshotLog
from sim.backtest.clean_queues import looks_clean
from sim.backtest.halls_log import read_halls_log
from sim.backtest.log_report import LogReport, UnusableLog
from tests.backtest.conftest import HEADER

Write = Callable[..., Path]


def read(path: Path) -> tuple[SnapshotLog, LogReport]:
    report = LogReport()
    return read_halls_log([path], report), report


def test_the_order_of_rows_does_not_matter_and_is_reported(write_log: Write, halls_rows: list[str]) -> None:
    straight, calm = read(write_log(halls_rows))
    shuffled_rows = list(halls_rows)
    random.Random(1).shuffle(shuffled_rows)
    shuffled, report = read(write_log(shuffled_rows, name="shuffled.csv.gz"))
    assert report.oddities["time runs back (sorted)"][0] > 100
    assert "time runs back (sorted)" not in calm.oddities
    by_name = np.array([straight.queue_names.index(name) for name in shuffled.queue_names])
    order = np.lexsort((shuffled.minute, shuffled.day, by_name[shuffled.queue]))
    for column in fields(SnapshotLog):
        if column.name not in ("queue", "queue_names", "hall"):
            np.testing.assert_array_equal(
                getattr(straight, column.name), getattr(shuffled, column.name)[order]
            )


def test_a_missing_column_that_is_not_needed_is_reported_and_blank(
    write_log: Write, halls_rows: list[str]
) -> None:
    header = "hall,queue_id,letter,service,date,time,waiting,number_called"
    rows = [",".join(row.split(",")[:6] + row.split(",")[7:9]) for row in halls_rows]
    log, report = read(write_log(rows, header))
    assert np.isnan(log.windows_open).all()
    assert np.isnan(log.published).all()
    assert report.oddities["column missing"][0] == 2
    assert report.rows_used == len(halls_rows)


def test_a_missing_column_that_is_needed_is_named(write_log: Write, halls_rows: list[str]) -> None:
    header = "hall,queue_id,letter,service,date,time,windows_open,people,number_called,published_minutes"
    with pytest.raises(UnusableLog, match="waiting"):
        read(write_log(halls_rows, header))


def test_bad_rows_are_counted_with_examples_and_the_rest_is_used(
    write_log: Write, halls_rows: list[str]
) -> None:
    bad = [
        "Hall0,0,A,A: service,2024-03-04,25:61,2,3,A001,10",
        "Hall0,0,A,A: service,2024-13-04,09:00,2,3,A001,10",
        "Hall0,0,A,A: service,2024-03-04,09:02,2,-3,A001,10",
        "Hall0,0,A,A: service,2024-03-04,09:03,2,many,A001,10",
    ]
    log, report = read(write_log([*bad, *halls_rows, "Hall0,0,A"]))
    count, examples = report.oddities["unreadable value"]
    assert count == 4
    assert any("25:61" in example for example in examples)
    assert report.oddities["row cut short"][0] == 1
    assert report.rows_read == len(halls_rows) + 5
    assert len(log) == len(halls_rows)


def test_numbers_that_go_back_and_repeated_minutes_are_reported(
    write_log: Write, halls_rows: list[str]
) -> None:
    back = "Hall0,0,A,A: service,2024-03-04,15:57,2,0,A001,10"
    log, report = read(write_log([*halls_rows, back, halls_rows[5].replace(",2,", ",9,", 1)]))
    assert report.oddities["number called goes back"][0] == 1
    assert report.oddities["same queue and minute twice (the later row kept)"][0] == 1
    assert log.windows_open[5] == 9
    assert len(log) == len(halls_rows) + 1


def test_a_queue_that_jumps_about_does_not_look_clean(write_log: Write, halls_rows: list[str]) -> None:
    noisy = [
        row.replace("Hall0,0,", "Hall0,99,").replace(",A0", ",A1", place % 2)
        for place, row in enumerate(halls_rows)
        if row.startswith("Hall0,0,")
    ]
    log, _ = read(write_log([*halls_rows, *noisy]))
    names = {log.queue_names[queue][1] for queue in looks_clean(log, int(log.day.max()))}
    assert "99" not in names
    assert names


def test_an_optional_value_that_is_no_number_is_unknown_and_its_row_is_used(
    write_log: Write, halls_rows: list[str]
) -> None:
    odd = [
        "Hall0,0,A,A: service,2024-03-04,15:57,two,3.0,A901,soon",
        "Hall0,0,A,A: service,2024-03-04,15:58,2,4,A902",
        "Hall0,0,A,A: service,2024-03-04,15:59,-1,4,A903,nan",
    ]
    log, report = read(write_log([*halls_rows, *odd]))
    assert len(log) == len(halls_rows) + 3
    assert report.oddities["windows_open unreadable, taken as unknown"] == (2, ["two", "-1"])
    assert report.oddities["published_minutes unreadable, taken as unknown"][0] == 2
    last = np.flatnonzero(log.called >= 901)
    assert np.isnan(log.windows_open[last]).tolist() == [True, False, True]
    assert np.isnan(log.published[last]).all()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.slow
def test_encoding_delimiter_blank_lines_and_line_ends_do_not_matter(
    tmp_path: Path, halls_rows: list[str], encoding: str, delimiter: str
) -> None:
    rows = [HEADER, "", *halls_rows[:50], " ", *halls_rows[50:], ""]
    path = tmp_path / "log.csv"
    text = "\r\n".join(rows).replace("Hall", "Urz\u00e9d ").replace(",", delimiter)
    path.write_bytes(text.encode(encoding))
    log, report = read(path)
    assert len(log) == len(halls_rows)
    assert {hall for hall, _ in log.queue_names} == {"Urz\u00e9d 0", "Urz\u00e9d 1"}
    assert report.rows_read == len(halls_rows)
    assert report.oddities["blank line"][0] >= 2


def test_a_gzip_file_that_breaks_off_is_used_up_to_there(write_log: Write, halls_rows: list[str]) -> None:
    path = write_log(halls_rows)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    log, report = read(path)
    assert 0.3 * len(halls_rows) < len(log) < len(halls_rows)
    assert report.oddities["file breaks off (read up to there)"][0] == 1


def test_two_gzip_members_in_one_file_are_both_read(write_log: Write, halls_rows: list[str]) -> None:
    half = len(halls_rows) // 2
    first = write_log(halls_rows[:half], name="first.csv.gz").read_bytes()
    rest = gzip.compress(("\n".join(halls_rows[half:]) + "\n").encode())
    path = write_log([], name="both.csv.gz")
    path.write_bytes(first + rest)
    assert len(read(path)[0]) == len(halls_rows)
