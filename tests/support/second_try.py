"""Browser tests may fail once: which, how many of them, and what is told of it (decision 0030)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 3  # in one run; more is no chance but a fault of the pages, the tests or the machine


def give_second_tries(items: list[pytest.Item]) -> None:
    """Let tests of pages be run a second time. No other is: a race that shows once in a while is a fault."""
    for item in items:
        if item.get_closest_marker("browser") and not item.get_closest_marker("drill"):
            item.add_marker(pytest.mark.flaky(reruns=1))


def second_tries(reporter: Any) -> list[Any]:
    """Return the report of each first try that failed; one that ended badly too has failed once."""
    return list({report.nodeid: report for report in reversed(reporter.stats.get("rerun", []))}.values())


def told(reports: list[Any]) -> Iterator[str]:
    """Return lines that name each test that failed at first, with how, so that it is mended."""
    for report in reports:
        yield report.nodeid
        yield from (f"    {line}" for line in str(report.longrepr).splitlines() if line.startswith("E  "))
