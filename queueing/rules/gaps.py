"""Windows against demand: where the plan is short, for which queue, and what would help.

A fluid view of one quarter hour at a time: each queue needs so many windows' worth of work, each window
gives one and splits it among the queues it lists. The split is the fairest there is: it evens out, as
far as the lists allow, how much of its need each queue gets.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Key = TypeVar("Key")

ROUNDS = 16  # of evening out; the last moves no queue's part by a hundredth of a window
SEEN_FROM = 0.4  # windows short; less than that a busy quarter hour hides
LEAST_QUARTERS = 2  # one quarter hour's shortage is over before anybody has moved
ROUND_UP_FROM = 0.25  # 1.25 windows short are 2
SLACK_BELOW = 0.85  # a window whose queues are fuller than this has nothing to lend
HINTS = 3


@dataclass(frozen=True, slots=True)
class Gap(Generic[Key]):
    """``queue`` lacks so many windows from one quarter until another (numbers of the day's quarters).

    ``lacking`` is the mean before it was rounded: several queues that lack half a window each do not lack
    one each together.
    """

    queue: Key
    from_quarter: int
    to_quarter: int
    windows: int
    lacking: float


@dataclass(frozen=True, slots=True)
class PlannedWindow(Generic[Key]):
    """A window in one quarter: what it lists, what it is equipped for, how many it may list."""

    label: str
    lists: frozenset[Key]
    equipped: frozenset[Key]
    list_limit: int


@dataclass(frozen=True, slots=True)
class Hint(Generic[Key]):
    """What would help a queue: ``open`` a window that the plan leaves closed, or let one ``help``."""

    kind: str
    window: str
    lists: frozenset[Key]


def shares(needs: Mapping[Key, float], windows: Sequence[frozenset[Key]]) -> dict[Key, float]:
    """Return the windows' worth that each queue gets when each window's time is split most evenly.

    >>> got = shares({"A": 2.0, "B": 1.0}, [frozenset("A"), frozenset("AB")])
    >>> [round(got[queue], 2) for queue in "AB"]  # A needs two of three windows and gets 1.33 of two
    [1.33, 0.67]
    """
    groups: dict[frozenset[Key], int] = {}
    for lists in windows:
        groups[lists] = groups.get(lists, 0) + 1
    weight = {key: max(need, 1e-6) for key, need in needs.items()}
    got: dict[Key, float] = {}
    for _ in range(ROUNDS):
        got = dict.fromkeys(needs, 0.0)
        for lists, count in groups.items():
            total = sum(weight[key] for key in lists)
            for key in lists:
                got[key] += count * weight[key] / total
        for key, need in needs.items():
            if got[key] > 0:
                weight[key] *= max(need, 1e-6) / got[key]
        largest = max(weight.values(), default=1.0)
        weight = {key: max(value / largest, 1e-12) for key, value in weight.items()}
    return got


def gaps(short: Mapping[Key, Sequence[float]], *, from_quarter: int) -> list[Gap[Key]]:
    """Return the shortages worth telling, by time; ``short[queue][quarter]`` windows lacking (0: none)."""
    found: list[Gap[Key]] = []
    for key, row in short.items():
        begin = None
        for quarter in range(from_quarter, len(row) + 1):
            lacking = quarter < len(row) and row[quarter] >= SEEN_FROM
            if lacking and begin is None:
                begin = quarter
            if not lacking and begin is not None:
                if quarter - begin >= LEAST_QUARTERS:
                    mean = sum(row[begin:quarter]) / (quarter - begin)
                    found.append(Gap(key, begin, quarter, max(1, ceil(mean - ROUND_UP_FROM)), mean))
                begin = None
    return sorted(found, key=lambda gap: (gap.from_quarter, -gap.windows))


def hints(
    queue: Key, windows: Sequence[PlannedWindow[Key]], fullness: Mapping[Key, float]
) -> list[Hint[Key]]:
    """Return what would take off the pressure of a queue, the emptiest window first.

    ``fullness[queue]``: its need over what it gets. A window helps if it is equipped, may list one more,
    and all of its own queues have slack.
    """
    able = [window for window in windows if queue in window.equipped and queue not in window.lists]
    lenders = [
        (max(fullness[key] for key in window.lists), window)
        for window in able
        if window.lists and len(window.lists) < window.list_limit
    ]
    helping = sorted(
        ((full, window) for full, window in lenders if full < SLACK_BELOW),
        key=lambda lender: (lender[0], lender[1].label),
    )
    found = [Hint("help", window.label, window.lists) for _, window in helping]
    closed = [Hint("open", window.label, window.lists) for window in able if not window.lists]
    return [*found, *closed][:HINTS]
