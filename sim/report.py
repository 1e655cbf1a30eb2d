"""What a simulated scenario says, printed; the page with plots is ``sim.report_page``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table

from queueing.engine.tally import (
    GAVE_UP_COUNT,
    JOINED,
    MISSED_COUNT,
    NO_SHOWS,
    SERVED_COUNT,
    TURNED_AWAY_COUNT,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from queueing.engine.result import DayRecord, Summary
    from sim.scenario import Scenario

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Report:
    """A scenario with what its days brought."""

    scenario: Scenario
    summary: Summary
    records: Sequence[DayRecord]

    def stacked(self, name: str) -> Floats:
        """Return one array of the records, all days behind each other."""
        return np.concatenate([getattr(record, name) for record in self.records])


def queue_table(report: Report) -> Table:
    """Return the waits by queue for the terminal."""
    summary, model = report.summary, report.scenario.model
    table = Table(title=f"{report.scenario.name}: {summary.days} days, {summary.tickets} tickets")
    for heading in (
        "queue",
        "a day",
        "mean wait",
        "± 95 %",
        "P50",
        "P90",
        "over target",
        "gave up",
        "missed",
    ):
        table.add_column(heading, justify="left" if heading == "queue" else "right")
    joined = np.maximum(summary.counts(JOINED), 1)
    for index, queue in enumerate(model.queues):
        mean, error = summary.ratio_with_error(8, 1, index)
        table.add_row(
            queue.name, f"{joined[index] / summary.days:.1f}", f"{mean:.2f}", f"{1.96 * error:.2f}",
            f"{summary.wait_quantile(0.5, index):.1f}", f"{summary.wait_quantile(0.9, index):.1f}",
            f"{summary.over_target_by_queue[index]:.1%}",
            f"{summary.counts(GAVE_UP_COUNT)[index] / joined[index]:.1%}",
            f"{summary.counts(MISSED_COUNT)[index] / joined[index]:.1%}",
        )  # fmt: skip
    return table


def summary_lines(report: Report) -> list[str]:
    """Return the hall's figures in words."""
    summary = report.summary
    mean, error = summary.ratio_with_error(8, 1)
    counts = {
        name: summary.counts(column).sum() / summary.days
        for name, column in (
            ("served", SERVED_COUNT),
            ("gave up", GAVE_UP_COUNT),
            ("missed their call", MISSED_COUNT),
            ("turned away", TURNED_AWAY_COUNT),
            ("booked and never came", NO_SHOWS),
        )
    }
    closes = report.scenario.model.closes_minutes
    return [
        f"Mean wait {mean:.2f} min (± {1.96 * error:.2f}, 95 %, between days), "
        f"P50 {summary.wait_quantile(0.5):.1f}, P90 {summary.wait_quantile(0.9):.1f}, "
        f"over {report.scenario.model.target_minutes:g} min: {summary.over_target:.1%}",
        "A day: " + ", ".join(f"{count:.1f} {name}" for name, count in counts.items()),
        f"The last citizen leaves {np.mean(summary.last_finish_minutes) - closes:+.0f} min after closing "
        "on average",
    ]


def window_table(report: Report) -> Table:
    """Return what each window did."""
    table = Table(title="windows")
    for heading in ("window", "citizens a day", "busy min a day", "busy share of the day's longest"):
        table.add_column(heading, justify="left" if heading == "window" else "right")
    busy = report.summary.busy_minutes / report.summary.days
    served = report.summary.served_by_window / report.summary.days
    for name, minutes, count in zip(report.scenario.model.windows, busy, served, strict=True):
        table.add_row(name, f"{count:.1f}", f"{minutes:.0f}", f"{minutes / max(busy.max(), 1e-9):.0%}")
    return table
