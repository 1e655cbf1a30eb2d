"""What a simulated scenario says: a printed report, and a page with plots that needs no network."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs
from rich.table import Table

from queueing.engine.result import Outcome
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

WAITED = (Outcome.SERVED, Outcome.MISSED)


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


def waits_by_hour(report: Report) -> go.Figure:
    """Plot mean and P90 wait by hour of joining and queue."""
    figure = go.Figure()
    hour = np.floor(report.stacked("joined_minutes") / 60.0)
    wait, queue, outcome = (report.stacked(name) for name in ("wait_minutes", "queue", "outcome"))
    called = np.isin(outcome, WAITED)
    for index, model in enumerate(report.scenario.model.queues):
        hours = np.unique(hour[called & (queue == index)])
        chosen = [wait[called & (queue == index) & (hour == at)] for at in hours]
        clock = [f"{int(at):02d}:00" for at in hours]
        figure.add_bar(x=clock, y=[float(np.mean(waits)) for waits in chosen], name=f"{model.name} mean")
        figure.add_scatter(
            x=clock,
            y=[float(np.quantile(waits, 0.9)) for waits in chosen],
            mode="markers",
            name=f"{model.name} P90",
        )
    return figure.update_layout(
        title="Wait by hour of joining", yaxis_title="minutes", xaxis={"type": "category"}
    )


def wait_distribution(report: Report) -> go.Figure:
    """Plot the share of citizens called within a time, by queue, with the target."""
    figure = go.Figure()
    for index, queue in enumerate(report.scenario.model.queues):
        histogram = report.summary.waits[index]
        share = np.cumsum(histogram) / max(int(histogram.sum()), 1)
        last = int(np.searchsorted(share, 0.999)) + 1
        minutes = np.arange(last) * 0.125
        figure.add_scatter(x=minutes[::4].tolist(), y=share[:last:4].tolist(), name=queue.name, mode="lines")
    figure.add_vline(x=report.scenario.model.target_minutes, line_dash="dot")
    return figure.update_layout(title="Called within", xaxis_title="minutes", yaxis_tickformat=".0%")


def over_target_by_hour(report: Report) -> go.Figure:
    """Plot who waits over target: the share by queue and hour of joining."""
    figure = go.Figure()
    hour = np.floor(report.stacked("joined_minutes") / 60.0)
    over = report.stacked("wait_minutes") > report.scenario.model.target_minutes
    queue = report.stacked("queue")
    hours = np.unique(hour[~np.isnan(hour)])
    for index, model in enumerate(report.scenario.model.queues):
        shares = [_mean(over[(queue == index) & (hour == at)]) for at in hours]
        figure.add_bar(x=[f"{int(at):02d}:00" for at in hours], y=shares, name=model.name)
    return figure.update_layout(title="Over target", yaxis_tickformat=".0%", xaxis={"type": "category"})


def window_use(report: Report) -> go.Figure:
    """Plot the busy share of every window by quarter hour."""
    model = report.scenario.model
    edges = np.arange(model.opens_minutes, model.closes_minutes + 60.0, 15.0)
    called, finished = report.stacked("called_minutes"), report.stacked("finished_minutes")
    window = report.stacked("window")
    share = np.zeros((len(model.windows), len(edges) - 1))
    for index in range(len(model.windows)):
        begins, ends = called[window == index], finished[window == index]
        for quarter in range(len(edges) - 1):
            overlap = np.minimum(ends, edges[quarter + 1]) - np.maximum(begins, edges[quarter])
            share[index, quarter] = np.clip(overlap, 0.0, None).sum() / (15.0 * report.summary.days)
    clock = [f"{int(edge // 60):02d}:{int(edge % 60):02d}" for edge in edges[:-1]]
    figure = go.Figure(
        go.Heatmap(z=share.tolist(), x=clock, y=[f"window {name}" for name in model.windows], zmin=0, zmax=1)
    )
    return figure.update_layout(title="Window use (share of each quarter hour that it is busy)")


def _mean(values: NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else 0.0


def html_report(report: Report) -> str:
    """Return one page with the figures and plots; the plotting script is inside, nothing is fetched."""
    figures = (waits_by_hour, wait_distribution, over_target_by_hour, window_use)
    plots = "\n".join(
        make(report).to_html(full_html=False, include_plotlyjs=False, config={"displaylogo": False})
        for make in figures
    )
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"
        for cells in zip(*(column.cells for column in queue_table(report).columns), strict=True)
    )
    heads = "".join(f"<th>{escape(str(column.header))}</th>" for column in queue_table(report).columns)
    words = "".join(f"<p>{escape(line)}</p>" for line in summary_lines(report))
    title = escape(report.scenario.name)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        "<style>body{font-family:sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}"
        "table{border-collapse:collapse}"
        "td,th{padding:.3rem .8rem;border-bottom:1px solid #ccc;text-align:right}"
        f"</style><script>{get_plotlyjs()}</script></head><body><h1>{title}</h1>"
        f"<p>{report.summary.days} days, seed {report.scenario.seed}</p>{words}"
        f"<table><tr>{heads}</tr>{rows}</table>{plots}</body></html>"
    )
