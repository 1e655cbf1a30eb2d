"""What a fit says of itself: the queues, the goodness of fit, and the days that it has not seen."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from sim.fit import QueueFit
    from sim.fit_hall import HallFit, HeldOut, Serving


def demand_table(fit: HallFit, kind: str) -> Table:
    """Return who comes on one kind of day, and how counts vary beyond the fit."""
    table = _table(
        f"arrivals on a {kind} ({fit.days[kind]} days)",
        ("queue", "a day", "day factor CV", "variance of counts to the fit's"),
    )
    for name, queue in fit.queues.items():
        a_day = f"{sum(queue.profiles[kind]):.1f}"
        table.add_row(name, a_day, f"{queue.day_cv:.1%}", _number(queue.dispersion, ".2f"))
    table.add_row("all: shared", "", f"{fit.hall_cv:.1%}", "")
    return table


def service_table(fit: HallFit) -> Table:
    """Return the service distributions: seen and fitted points, distances, and what was kept."""
    table = _table(
        "services, minutes: seen / fitted",
        ("queue", "services", "kept", "P50", "P90", "P99", "KS kept", "KS lognormal", "AD lognormal"),
    )
    for name, queue in fit.queues.items():
        table.add_row(*_service_cells(name, queue, fit.serving[name]))
    return table


def _service_cells(name: str, queue: QueueFit, serving: Serving) -> list[str]:
    if queue.service is None:
        return [name, str(queue.services), "too few", *[""] * 6]
    kept = "lognormal" if queue.service_distance == queue.lognormal_distance else "seen values"
    points = [f"{seen:.2f} / {fitted:.2f}" for seen, fitted in serving.quantiles]
    distances = (_number(queue.service_distance, ".3f"), _number(queue.lognormal_distance, ".3f"))
    return [name, str(queue.services), kept, *points, *distances, _number(serving.anderson, ".1f")]


def patience_table(fit: HallFit) -> Table:
    """Return who gave up and who missed the call."""
    table = _table("patience", ("queue", "gave up", "mean patience", "distance", "missed"))
    for name, serving in fit.serving.items():
        patience = "too few" if serving.patience is None else f"{serving.patience.mean:.1f} min"
        table.add_row(
            name, str(serving.given_up), patience, _number(serving.patience_distance, ".3f"),
            f"{serving.missed_share:.1%}",
        )  # fmt: skip
    return table


def held_out_table(held_out: HeldOut) -> Table:
    """Return the arrivals by hour on the last days, against a fit of the days before."""
    title = f"the last {held_out.days} days against a fit of the days before, tickets a day"
    table = _table(title, ("hour", "came", "expected"))
    for hour, (came, expected) in sorted(held_out.by_hour.items()):
        table.add_row(f"{hour:02d}:00", f"{came:.1f}", f"{expected:.1f}")
    return table


def fit_lines(fit: HallFit) -> list[str]:
    """Return the evidence in words."""
    found = fit.held_out
    lines = [f"The halls' days vary together by {fit.hall_cv:.1%} (CV of the day factor)."]
    if found is None:
        return [*lines, "Too few days to keep some for judging."]
    ratio = found.came / found.expected if found.expected else float("nan")
    return [
        *lines,
        f"On {found.days} days that the fit had not seen, {found.came:.0f} tickets came where "
        f"{found.expected:.0f} were expected ({ratio - 1:+.1%}); "
        f"{found.inside:.0%} of the counts lay in their 90 % range.",
    ]


def _table(title: str, headings: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left")
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place == 0 else "right")
    return table


def _number(value: float, form: str) -> str:
    return "" if isnan(value) else format(value, form)
