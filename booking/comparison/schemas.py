"""The comparison as JSON; figures of fewer than five tickets are null."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from booking.rules.ratings import RatingSums
from kernel.web.schemas import Out
from queueing.groups.rules import By, FourFree, Span
from queueing.promises.schemas import ShareOut

if TYPE_CHECKING:
    from booking.comparison.service import Comparison
    from queueing.groups.service import Line


class MarkOut(Out):
    """``services``: how many of the group's carry the mark; ``visits``: tickets for them."""

    services: int
    visits: ShareOut


class FourFreeOut(Out):
    """What services do without; ``tickets``: those whose service is known, out of which visits are told."""

    services: int
    tickets: int
    papers: MarkOut
    forms: MarkOut
    seals: MarkOut
    signatures: MarkOut
    any: MarkOut

    @classmethod
    def of(cls, line: Line) -> Self:
        own = line.four_free
        marks = {
            mark.value: MarkOut(services=own.marked_services[mark], visits=ShareOut.told(own.visits(mark)))
            for mark in FourFree
        }
        marks["any"] = MarkOut(services=own.any_services, visits=ShareOut.told(own.any_visits))
        return cls(services=own.services, tickets=own.tickets, **marks)


class GroupOut(Out):
    """A group; waits and times at the window in minutes, the way to the window in seconds.

    ``key``: a hall's or a department's code, an area's name, a level; ``not-named``, ``not-recorded``; empty
    for all together. ``halls``: how many of the halls looked at offer its services.
    """

    key: str
    name_zh: str
    name_en: str
    halls: int
    tickets: int
    simulated: int
    wait_half: int | None
    wait_nine_in_ten: int | None
    wait_mean: float | None
    over_long: ShareOut
    kept: ShareOut
    left: ShareOut
    at_once: ShareOut
    walk_half_s: int | None
    walk_nine_in_ten_s: int | None
    walk_over: ShareOut
    without_walk: ShareOut
    service_mean: float | None
    satisfied: ShareOut
    four_free: FourFreeOut

    @classmethod
    def of(cls, line: Line, ratings: RatingSums | None) -> Self:
        figures, record = line.figures, line.figures.record
        return cls(
            key=line.group.key,
            name_zh=line.group.name_zh,
            name_en=line.group.name_en,
            halls=line.halls,
            tickets=record.tally.issued,
            simulated=record.tally.simulated,
            wait_half=record.wait_minutes(0.5),
            wait_nine_in_ten=record.wait_minutes(0.9),
            wait_mean=_rounded(figures.mean_wait),
            over_long=ShareOut.told(record.over_long),
            kept=ShareOut.told(record.kept),
            left=ShareOut.told(record.left),
            at_once=ShareOut.told(record.at_once),
            walk_half_s=figures.walk_seconds(0.5),
            walk_nine_in_ten_s=figures.walk_seconds(0.9),
            walk_over=ShareOut.told(figures.walked_long),
            without_walk=ShareOut.told(figures.without_walk),
            service_mean=_rounded(figures.mean_served),
            satisfied=ShareOut.told((ratings or RatingSums()).satisfied),
            four_free=FourFreeOut.of(line),
        )


class ComparisonOut(Out):
    """Groups by code, never by how well they did; local dates, both inclusive; ``cut``: not over yet."""

    by: By
    period: Span
    first_day: date
    last_day: date
    cut: bool
    walk_over_minutes: int
    made_at: datetime
    groups: list[GroupOut]
    whole: GroupOut

    @classmethod
    def of(cls, found: Comparison) -> Self:
        report = found.report
        return cls(
            by=report.asked.by,
            period=report.asked.span,
            first_day=report.period.first,
            last_day=report.period.last,
            cut=report.period.cut,
            walk_over_minutes=report.asked.walk_over,
            made_at=report.made_at,
            groups=[GroupOut.of(line, found.ratings.get(line.group.key)) for line in report.lines],
            whole=GroupOut.of(report.whole, found.all_ratings),
        )


def _rounded(minutes: float | None) -> float | None:
    return None if minutes is None else round(minutes, 2)
