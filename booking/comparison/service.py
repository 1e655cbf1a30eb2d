"""The report of groups with what their visits were rated."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.ratings.store.ratings import levels_given
from booking.rules.ratings import Level, RatingSums, together
from queueing.groups.rules import department_key, key_of
from queueing.groups.service import Asked, GroupReport, group_report

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlmodel import Session

    from kernel.identity import Staff


@dataclass(frozen=True, slots=True)
class Comparison:
    """Groups with their figures; ``ratings`` by the group's key, and of all of them together."""

    report: GroupReport
    ratings: Mapping[str, RatingSums]
    all_ratings: RatingSums


def comparison(session: Session, asked: Asked, *, reader: Staff, now: datetime) -> Comparison:
    """Return the figures of groups; raises ``HallNotFound``, ``WrongHall`` as ``group_report`` does."""
    report = group_report(session, asked, reader=reader, now=now)
    ratings = _ratings(session, report)
    return Comparison(report, ratings, together(ratings.values()))


def _ratings(session: Session, report: GroupReport) -> dict[str, RatingSums]:
    halls = {hall.id: hall for hall in report.halls}
    found: defaultdict[str, Counter[Level]] = defaultdict(Counter)
    for row in levels_given(session, report.period.first, report.period.last):
        hall, department = halls.get(row.hall_id), report.services[row.service_id].department
        if hall is None or report.asked.within.department not in (None, department_key(department)):
            continue
        found[key_of(report.asked.by, hall, department)][Level(row.level)] += row.n
    return {key: RatingSums(dict(levels)) for key, levels in found.items()}
