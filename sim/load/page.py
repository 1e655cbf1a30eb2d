"""A load run as one page with plots that needs no network."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from sim.load.report import HEADINGS, LATENCIES, latency_rows, rows_of, summary_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.load.report import LoadReport


def waits_paired(report: LoadReport) -> go.Figure:
    """Plot each ticket's live wait against its simulated one; on the line they are equal."""
    figure, longest = go.Figure(), 1.0
    for index, queue in enumerate(report.scenario.model.queues):
        own = [day.simulated.queue == index for day in report.days]
        simulated, live = (
            np.concatenate([day.wait[chosen] for day, chosen in zip(side, own, strict=True)])
            for side in ([day.simulated for day in report.days], [day.live.figures for day in report.days])
        )
        known = ~np.isnan(simulated) & ~np.isnan(live)
        if known.any():
            longest = max(longest, float(simulated[known].max()), float(live[known].max()))
        figure.add_scatter(
            x=simulated[known].tolist(), y=live[known].tolist(), mode="markers", name=f"queue {queue.name}"
        )
    figure.add_scatter(x=[0, longest], y=[0, longest], mode="lines", name="equal", line={"dash": "dot"})
    return figure.update_layout(
        title="Wait of each ticket", xaxis_title="simulated, minutes", yaxis_title="live, minutes"
    )


def waits_by_hour(report: LoadReport) -> go.Figure:
    """Plot the mean wait by hour of joining, live and simulated."""
    figure = go.Figure()
    for name, days in (
        ("live", [day.live.figures for day in report.days]),
        ("simulated", [day.simulated for day in report.days]),
    ):
        joined, wait = (np.concatenate([getattr(day, what) for day in days]) for what in ("joined", "wait"))
        known = ~np.isnan(joined) & ~np.isnan(wait)
        hours = np.unique(joined[known] // 60)
        means = [float(wait[known & (joined // 60 == hour)].mean()) for hour in hours]
        figure.add_bar(x=[f"{int(hour):02d}:00" for hour in hours], y=means, name=name)
    return figure.update_layout(
        title="Mean wait by hour of joining", yaxis_title="minutes", xaxis={"type": "category"}
    )


def latencies(report: LoadReport) -> go.Figure:
    """Plot the share of calls that had reached a screen, and of requests answered, within a time."""
    figure = go.Figure()
    for name, seconds in (
        ("call-next answered", report.seconds("call-next")),
        ("call on a lobby screen", report.watched_seconds("frame_seconds")),
        ("call on the phone", report.watched_seconds("phone_seconds")),
    ):
        if len(seconds):
            shares = np.linspace(0, 1, 201)
            figure.add_scatter(
                x=(1000 * np.quantile(seconds, shares)).tolist(), y=shares.tolist(), name=name, mode="lines"
            )
    return figure.update_layout(title="Done within", xaxis_title="real milliseconds", yaxis_tickformat=".0%")


STYLE = (
    "body{font-family:sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;line-height:1.5}"
    "table{border-collapse:collapse;margin:1rem 0}.wide{overflow-x:auto}"
    "td,th{padding:.3rem .8rem;border-bottom:1px solid #ccc;text-align:right}"
    "td:first-child,th:first-child,.two td:nth-child(2),.two th:nth-child(2){text-align:left}"
    ".no{background:#fde2e0;font-weight:bold}"
)


def as_page(report: LoadReport) -> str:
    """Return one page with figures and plots; the plotting script is inside, nothing is fetched."""
    plots = "\n".join(
        make(report).to_html(
            full_html=False, include_plotlyjs=False, config={"displaylogo": False, "responsive": True}
        )
        for make in (waits_paired, waits_by_hour, latencies)
    )
    title = escape(f"{report.scenario.name}: live beside simulated")
    words = "".join(f"<li>{escape(line)}</li>" for line in summary_lines(report)[1:])
    days = "".join(
        f"<h2>Day {day.day + 1}</h2>" + _html_table(HEADINGS, rows_of(day), kind="two") for day in report.days
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style><script>{get_plotlyjs()}</script></head><body><h1>{title}</h1>"
        f"<p><strong>{escape(summary_lines(report)[0])}</strong></p><ul>{words}</ul>"
        "<p>Both sides have the same citizens. <em>May lie in</em> is the range of the figure when the day "
        "is simulated again 1,000 times with the delays that this run measured. Waits are in minutes.</p>"
        f"{days}<h2>How long it took</h2>{_html_table(LATENCIES, latency_rows(report), kind='one')}"
        f"{plots}</body></html>"
    )


def _html_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, kind: str) -> str:
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join(
        f"<tr{' class=no' if 'NO' in row else ''}>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in row)
        + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table class="{kind}"><tr>{head}</tr>{body}</table></div>'
