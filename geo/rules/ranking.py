"""The order in which halls are shown, and the words for why.

Basic principle (this text is what rule 16 of the algorithm-recommendation rules asks us to publish): halls
are ordered by when one would be done there, travel plus wait plus service, or at the next free slot if that
is earlier. Nothing about the person enters: no history, no profile, only the place, the service, the way of
travelling and the time of leaving. The citizen may order by distance, wait or soonest slot instead.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from geo.rules.distance import geodesic_metres_to
from geo.rules.prospects import HallFacts, Prospect, Standing, prospect
from geo.rules.reasons import Reason, SortKey, explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from geo.rules.coordinates import Position


@dataclass(frozen=True, slots=True)
class RankingPolicy:
    """What a city may set.

    ``tie_floor`` and ``tie_share``: halls whose done-time lies within max(3 min, 10 % of the way from leaving
    to done) of the first of their group are called equal; the predictions are not better than that.
    ``unknown_wait``: assumed where the wait is unknown. 50 minutes is the P90 of 18,002 real waits in
    municipal halls (evidence: Warsaw, January 2020), so that a hall is not preferred for not being known.
    """

    tie_floor: timedelta = timedelta(minutes=3)
    tie_share: float = 0.1
    unknown_wait: timedelta = timedelta(minutes=50)


DEFAULT_POLICY = RankingPolicy()


@dataclass(frozen=True, slots=True)
class Ranked:
    """One line of the list. ``group`` numbers near-equals from 1 in done order; ``tied``: not alone in it."""

    place: int
    prospect: Prospect
    group: int
    tied: bool
    reason: Reason

    @property
    def hall(self) -> HallFacts:
        return self.prospect.hall


def rank(
    halls: Iterable[HallFacts],
    *,
    origin: Position,
    departs_at: datetime,
    sort: SortKey = SortKey.DONE,
    policy: RankingPolicy = DEFAULT_POLICY,
) -> tuple[Ranked, ...]:
    """Return the halls in the order asked for, each with its generated reason.

    Shorter travel or wait never lowers a hall; the order of the input does not matter; halls that cannot do
    the service stand below closed ones, those below halls with a slot on another day only, and all of them
    below every hall where one can be served today. Raises ``ValueError`` if two halls share a code.
    """
    facts = sorted(halls, key=lambda hall: hall.code)
    twice = [code for code, count in Counter(hall.code for hall in facts).items() if count > 1]
    if twice:
        raise ValueError(f"codes must be unique, these are not: {', '.join(twice)}")
    distances = geodesic_metres_to(origin, [hall.position for hall in facts])
    prospects = [
        prospect(hall, metres=metres, departs_at=departs_at, unknown_wait=policy.unknown_wait)
        for hall, metres in zip(facts, distances, strict=True)
    ]
    groups = _groups(prospects, departs_at, policy)
    by_done = [member for group in groups for member in group]
    number = {each.hall.code: index for index, group in enumerate(groups, 1) for each in group}
    members = Counter(number.values())
    reasons = explain(groups, departs_at, sort)
    shown = by_done if sort is SortKey.DONE else sorted(by_done, key=_ORDERS[sort])
    return tuple(
        Ranked(place, each, number[code], members[number[code]] > 1, reasons[code])
        for place, each in enumerate(shown, 1)
        for code in (each.hall.code,)
    )


def _groups(
    prospects: Sequence[Prospect], departs_at: datetime, policy: RankingPolicy
) -> list[list[Prospect]]:
    """Return the done order as groups of near-equals, each ordered by wait, distance and code.

    Whoever goes where the wait is shorter is done as soon and keeps fewer others waiting: on days of a whole
    city everybody is done sooner than with the nearest of equals first (decision 0014).

    A group opens with the earliest hall not yet placed and takes in all that are done within the tolerance
    of *that* hall, so ties never chain. A hall with an assumed wait is equal to none and stands behind the
    group that it falls into.
    """
    anchored: list[tuple[tuple[int, float, bool], list[Prospect]]] = []
    for standing in Standing:
        here = [each for each in prospects if each.standing is standing]
        for group in _near_equals([each for each in here if each.done], departs_at, policy):
            anchored.append(((standing, _seconds(group[0], departs_at), False), sorted(group, key=_calmest)))
        for each in sorted((each for each in here if not each.done), key=_nearest):
            anchored.append(((standing, _seconds(each, departs_at), True), [each]))
    return [group for _, group in sorted(anchored, key=lambda pair: pair[0])]


def _near_equals(
    known: list[Prospect], departs_at: datetime, policy: RankingPolicy
) -> Iterable[list[Prospect]]:
    waiting = sorted(known, key=lambda each: _seconds(each, departs_at))
    while waiting:
        first = _seconds(waiting[0], departs_at)
        limit = first + max(policy.tie_floor.total_seconds(), policy.tie_share * first)
        size = sum(_seconds(each, departs_at) <= limit for each in waiting)
        yield waiting[:size]
        waiting = waiting[size:]


def _seconds(each: Prospect, departs_at: datetime) -> float:
    return (each.order_at - departs_at).total_seconds() if each.order_at else 0.0


def _nearest(each: Prospect) -> tuple[float, str]:
    return each.metres, each.hall.code


def _calmest(each: Prospect) -> tuple[bool, timedelta, float, str]:
    """The wait of a walk-in, whichever way is sooner: a shorter way or wait must never lower a hall."""
    wait = each.hall.wait
    return wait is None, wait.p50 if wait else timedelta(0), *_nearest(each)


def _shortest_wait(each: Prospect) -> tuple[int, bool, timedelta]:
    wait = each.hall.wait if each.walk_in else None
    return each.standing, wait is None, wait.p50 if wait else timedelta(0)


def _soonest_slot(each: Prospect) -> tuple[int, bool, float]:
    slot_at = each.hall.next_slot_at if each.by_slot else None
    return each.standing, slot_at is None, slot_at.timestamp() if slot_at else 0.0


# Python's sort is stable: equals stay in done order, which is total.
_ORDERS: dict[SortKey, Callable[[Prospect], tuple[object, ...]]] = {
    SortKey.DISTANCE: lambda each: (each.standing, *_nearest(each)),
    SortKey.WAITING: _shortest_wait,
    SortKey.SLOT: _soonest_slot,
}
