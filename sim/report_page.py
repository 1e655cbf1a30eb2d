"""The page of a simulated scenario: figures and plots in one file that needs no network, on any screen."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from queueing.engine.result import Outcome
from sim.report import queue_table, summary_lines, window_table

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rich.table import Table

    from sim.report import Report

    Floats = NDArray[np.float64]

WAITED = (Outcome.SERVED, Outcome.MISSED)
FEWEST = 20  # tickets of a queue in an hour over all plotted days; fewer say nothing of that hour
# Okabe and Ito's colours, which people with any colour vision tell apart; then again, since marks differ
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#4d4d4d")
QUARTER = 15.0

STYLE = """
:root{--line:#d0d5db;--soft:#5b6470}
body{font:16px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;color:#1c2430;margin:0 auto;
max-width:70rem;padding:1rem}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.1rem;margin:2rem 0 .25rem}
p{margin:.25rem 0}.soft{color:var(--soft);font-size:.9rem}
.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;white-space:nowrap}
td,th{padding:.3rem .7rem;border-bottom:1px solid var(--line);text-align:right}
td:first-child,th:first-child{text-align:left}
.plot{width:100%;height:22rem}
@media print{.plot{break-inside:avoid}}
"""


def html_report(report: Report) -> str:
    """Return the page; the plotting script is inside, nothing is fetched."""
    plots = "\n".join(
        f"<h2>{escape(title)}</h2><p class=soft>{escape(note)}</p>{_html(draw(report), place)}"
        for place, (title, note, draw) in enumerate(
            (
                (
                    "各时段等候 · Wait by hour of joining",
                    "柱为平均值，点为 P90（分钟）。Bars are means, dots P90, in minutes. "
                    f"Hours with fewer than {FEWEST} tickets of a queue are left out.",
                    waits_by_hour,
                ),
                (
                    "等候分布 · Called within",
                    f"虚线为目标 {report.scenario.model.target_minutes:g} 分钟。Dotted: the target.",
                    wait_distribution,
                ),
                (
                    "超时占比 · Over target",
                    "按到达时段。Share who waits beyond the target, by hour of joining.",
                    over_target_by_hour,
                ),
                (
                    "窗口忙闲 · Window use",
                    "每刻钟忙碌占比。Share of each quarter hour in which a window is busy.",
                    window_use,
                ),
            )
        )
    )
    words = "".join(f"<p>{escape(line)}</p>" for line in summary_lines(report))
    title = escape(report.scenario.name)
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style><script>{get_plotlyjs()}</script></head>"
        f"<body><main><h1>{title}</h1>"
        f"<p class=soft>{report.summary.days} 天 days · 随机种子 seed {report.scenario.seed} · "
        f"plots of {len(report.records)} days</p>{words}"
        f"<h2>各队列 · Queues (minutes)</h2>{_table(queue_table(report))}{plots}"
        f"<h2>各窗口 · Windows</h2>{_table(window_table(report))}</main></body></html>"
    )


def waits_by_hour(report: Report) -> go.Figure:
    """Plot mean and P90 wait by hour of joining and queue."""
    figure = go.Figure()
    hour = np.floor(report.stacked("joined_minutes") / 60.0)
    wait, queue, outcome = (report.stacked(name) for name in ("wait_minutes", "queue", "outcome"))
    called = np.isin(outcome, WAITED)
    for index, model in enumerate(report.scenario.model.queues):
        hours = _busy_hours(hour[called & (queue == index)])
        chosen = [wait[called & (queue == index) & (hour == at)] for at in hours]
        clock, colour = _clock(hours), COLOURS[index % len(COLOURS)]
        means, tails = (
            [float(np.mean(one)) for one in chosen],
            [float(np.quantile(one, 0.9)) for one in chosen],
        )
        group = {"legendgroup": model.name, "offsetgroup": str(index)}
        figure.add_bar(x=clock, y=means, name=model.name, marker_color=colour, **group)
        figure.add_scatter(
            x=clock, y=tails, mode="markers", name=f"{model.name} P90", marker={"color": colour, "size": 9},
            legendgroup=model.name, showlegend=False,
        )  # fmt: skip
    return figure.update_layout(yaxis_title="分钟 minutes", xaxis=_HOURS)


def wait_distribution(report: Report) -> go.Figure:
    """Plot the share of citizens called within a time, by queue, with the target."""
    figure = go.Figure()
    furthest = report.scenario.model.target_minutes
    for index, queue in enumerate(report.scenario.model.queues):
        histogram = report.summary.waits[index]
        share = np.cumsum(histogram) / max(int(histogram.sum()), 1)
        furthest = max(furthest, float(np.searchsorted(share, 0.99)) * 0.125)
        minutes = np.arange(len(share)) * 0.125
        last = int(np.searchsorted(share, 0.9999)) + 4
        figure.add_scatter(
            x=minutes[:last:4].tolist(), y=share[:last:4].tolist(), name=queue.name, mode="lines",
            line={"color": COLOURS[index % len(COLOURS)], "width": 2.5},
        )  # fmt: skip
    figure.add_vline(x=report.scenario.model.target_minutes, line_dash="dot")
    return figure.update_layout(
        xaxis={"title": "分钟 minutes", "range": [0, 1.1 * furthest]},
        yaxis={"tickformat": ".0%", "range": [0, 1.02]},
    )


def over_target_by_hour(report: Report) -> go.Figure:
    """Plot who waits over target: the share by queue and hour of joining."""
    figure = go.Figure()
    hour = np.floor(report.stacked("joined_minutes") / 60.0)
    over = report.stacked("wait_minutes") > report.scenario.model.target_minutes
    queue = report.stacked("queue")
    for index, model in enumerate(report.scenario.model.queues):
        hours = _busy_hours(hour[queue == index])
        shares = [float(np.mean(over[(queue == index) & (hour == at)])) for at in hours]
        figure.add_bar(x=_clock(hours), y=shares, name=model.name, marker_color=COLOURS[index % len(COLOURS)])
    return figure.update_layout(yaxis={"tickformat": ".0%", "rangemode": "tozero"}, xaxis=_HOURS)


def window_use(report: Report) -> go.Figure:
    """Plot the busy share of every window by quarter hour."""
    model = report.scenario.model
    edges = np.arange(model.opens_minutes, model.closes_minutes + 60.0, QUARTER)
    called, finished = report.stacked("called_minutes"), report.stacked("finished_minutes")
    window = report.stacked("window")
    share = np.zeros((len(model.windows), len(edges) - 1))
    for index in range(len(model.windows)):
        begins, ends = called[window == index], finished[window == index]
        for quarter in range(len(edges) - 1):
            overlap = np.minimum(ends, edges[quarter + 1]) - np.maximum(begins, edges[quarter])
            share[index, quarter] = np.clip(overlap, 0.0, None).sum() / (
                QUARTER * max(len(report.records), 1)
            )
    clock = [f"{int(edge // 60):02d}:{int(edge % 60):02d}" for edge in edges[:-1]]
    figure = go.Figure(
        go.Heatmap(
            z=share.tolist(), x=clock, y=list(model.windows), zmin=0, zmax=1, colorscale="Blues",
            xgap=1, ygap=1,
            colorbar={"tickformat": ".0%", "thickness": 12, "len": 0.9},
        )
    )  # fmt: skip
    return figure.update_layout(
        xaxis={"type": "category", "nticks": 10},
        yaxis={"type": "category", "autorange": "reversed", "title": "窗口 window"},
    )


_HOURS: dict[str, Any] = {"type": "category", "categoryorder": "category ascending"}


def _busy_hours(hour: Floats) -> Floats:
    hours, counts = np.unique(hour[~np.isnan(hour)], return_counts=True)
    return hours[counts >= FEWEST]


def _clock(hours: Floats) -> list[str]:
    return [f"{int(at):02d}:00" for at in hours]


def _html(figure: go.Figure, place: int) -> str:
    figure.update_layout(
        template="plotly_white",
        margin={"l": 56, "r": 8, "t": 8, "b": 48},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        font={"size": 13},
    )
    text: str = figure.to_html(
        full_html=False, include_plotlyjs=False, div_id=f"plot-{place}", default_height="22rem",
        config={"displayModeBar": False, "responsive": True},
    )  # fmt: skip
    return f'<div class="plot">{text}</div>'


def _table(table: Table) -> str:
    heads = "".join(f"<th scope=col>{escape(str(column.header))}</th>" for column in table.columns)
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"
        for cells in zip(*(column.cells for column in table.columns), strict=True)
    )
    return f'<div class="wide" tabindex="0"><table><tr>{heads}</tr>{rows}</table></div>'
