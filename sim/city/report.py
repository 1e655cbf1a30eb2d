"""The city day's tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from sim.city.closed_loop import paired
from sim.city.study import OURS, RULES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.city.closed_loop import Figures, Level


def tables(levels: Sequence[Level], shown: Sequence[float]) -> list[Table]:
    """Return by level: door to done, its shape and steadiness, ours against each other rule, old boards."""
    found = []
    for level in levels:
        found += [_ratios(level, shown), _shape(level), _pairs(level)]
        if len(level.ages) > 1:
            found.append(_ages(level))
    return found


def _table(title: str, headings: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left")
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left", no_wrap=True)
    return table


def _ratios(level: Level, shown: Sequence[float]) -> Table:
    table = _table(
        f"{level.name} demand ({level.load:.0%} of capacity): mean minutes from door to done, "
        f"x best found ({level.best:.1f}), x lower bound ({level.bound:.1f})",
        ["rule", *(f"{share:.0%} follow" for share in shown)],
    )
    for rule in RULES:
        table.add_row(
            rule,
            *(
                f"{level.figures(rule, share).mean:.1f}  {level.to_best(rule, share):.2f}  "
                f"{level.to_bound(rule, share):.2f}"
                for share in shown
            ),
        )
    return table


def _shape(level: Level) -> Table:
    share = level.shares[-1]
    table = _table(
        f"{level.name} demand, {share:.0%} follow: spread, balance and swing",
        ("rule", "sd min", "P90 min", "imbalance", "oscillation", "swing min"),
    )
    rows: list[tuple[str, Figures]] = [(rule, level.figures(rule, share)) for rule in RULES]
    for name, figures in (*rows, ("best found in hindsight", level.best_day)):
        table.add_row(
            name,
            *(f"{value:.1f}" for value in (figures.spread, figures.p90)),
            *(f"{value:.2f}" for value in (figures.imbalance, figures.oscillation, figures.swing)),
        )
    return table


def _pairs(level: Level) -> Table:
    table = _table(
        f"{level.name} demand: “{OURS}” less another rule on the same {len(level.seeds)} days, min ± 95 %",
        ["less", *(f"{share:.0%}" for share in level.shares)],
    )
    for rule in RULES:
        if rule != OURS:
            pairs = [paired(level.figures(OURS, share), level.figures(rule, share)) for share in level.shares]
            table.add_row(rule, *(f"{pair.difference:+.2f} ±{pair.half_width:.2f}" for pair in pairs))
    return table


def _ages(level: Level) -> Table:
    share = level.shares[-1]
    table = _table(
        f"{level.name} demand, {share:.0%} follow: mean minutes (oscillation) when estimates are old",
        ["rule", *(f"{age:.0f} s" for age in level.ages)],
    )
    for rule in RULES:
        found = [level.figures(rule, share, age) for age in level.ages]
        table.add_row(rule, *(f"{figures.mean:.1f} ({figures.oscillation:.2f})" for figures in found))
    return table
