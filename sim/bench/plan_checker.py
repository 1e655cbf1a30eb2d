"""Checks a window plan minute by minute from its stored entries; shares no code with the optimizer.

Everything is sets and steps of five minutes here: no blocks, no bits, none of the optimizer's rules. Only
``facts_of`` looks into a proposal, to put its hall into plain words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class HallFacts:
    """A hall in plain words: labels, prefixes, minutes."""

    queues: list[str]
    equipped: dict[str, set[str]]
    list_limit: dict[str, int]
    sessions: list[tuple[int, int]]
    clerk_skills: list[set[str]] = field(default_factory=list)
    staffed_at: dict[int, int] = field(default_factory=dict)
    open_minutes: int | None = None
    changes_per_window: int = 2
    changes_per_day: int = 24
    windows_changed: int | None = None
    pinned: set[str] = field(default_factory=set)
    integrated: int = 0
    shifts: list[tuple[int, int] | None] = field(default_factory=list)
    breaks: list[tuple[int, int, int] | None] = field(default_factory=list)  # minutes, from, to


@dataclass
class Entry:
    """One stored entry."""

    window: str
    queue: str
    helping: bool
    start: int
    end: int


def entries_in_words(hall: Any, entries: Any) -> list[Entry]:
    """Name the windows and queues of stored entries."""
    labels = {window.id: window.label for window in hall.windows}
    prefixes = {queue.id: queue.prefix for queue in hall.queues}
    return [
        Entry(labels[e.window_id], prefixes[e.queue_id], e.helping, e.from_minute, e.to_minute)
        for e in entries
    ]


def served(entries: list[Entry], window: str, minute: int) -> tuple[frozenset[str], frozenset[str]]:
    """Return (primary, helping) queues of a window at a minute."""
    now = [e for e in entries if e.window == window and e.start <= minute < e.end]
    own = frozenset(e.queue for e in now if not e.helping)
    return own, frozenset(e.queue for e in now if e.helping) - own


def complaints(
    facts: HallFacts, entries: list[Entry], present: list[Entry], seats: dict[str, int | None]
) -> list[str]:
    """Return everything that is wrong with a plan, in words; an empty list means that it may hold."""
    found: list[str] = []
    minutes = [minute for start, end in facts.sessions for minute in range(start, end, 5)]
    lists = {window: [served(entries, window, minute) for minute in minutes] for window in facts.equipped}
    for window, by_minute in lists.items():
        found += _window_complaints(facts, window, by_minute, seats.get(window))
        found += _clerk_complaints(
            facts, window, dict(zip(minutes, by_minute, strict=True)), seats.get(window)
        )
        now = [served(present, window, minute) for minute in minutes]
        if window in facts.pinned and now != by_minute:
            found.append(f"{window} is pinned and moved")
    for place, minute in enumerate(minutes):
        covered = {queue for by_minute in lists.values() for queue in by_minute[place][0]}
        found += [f"{queue} has no window at {minute}" for queue in facts.queues if queue not in covered]
        staffed = sum(1 for by_minute in lists.values() if any(by_minute[place]))
        wide = [w for w, now in lists.items() if len(now[place][0] | now[place][1]) > facts.list_limit[w]]
        if facts.integrated and len(wide) > facts.integrated:
            found.append(f"{sorted(wide)} are integrated at {minute}")
        if staffed > facts.staffed_at.get(minute, len(facts.equipped)):
            found.append(f"{staffed} windows staffed at {minute}")
    worked = 5 * sum(1 for by_minute in lists.values() for own, helped in by_minute if own | helped)
    if facts.open_minutes is not None and worked > facts.open_minutes:
        found.append(f"windows are open for {worked} minutes in all")
    found += _hall_complaints(facts, lists, present, minutes, seats)
    return found


def _window_complaints(
    facts: HallFacts, window: str, by_minute: list[tuple[frozenset[str], frozenset[str]]], seat: int | None
) -> list[str]:
    found = []
    for own, helped in set(by_minute):
        if not own | helped:
            continue
        if not own | helped <= facts.equipped[window]:
            found.append(f"{window} is not equipped for {sorted(own | helped)}")
        if len(own | helped) > facts.list_limit[window] and not facts.integrated:
            found.append(f"{window} lists {len(own | helped)}")
        if facts.clerk_skills:
            if seat is None:
                found.append(f"{window} is open without a clerk")
            elif not own | helped <= facts.clerk_skills[seat]:
                found.append(f"{window}'s clerk cannot serve {sorted(own | helped)}")
    if _changes(by_minute) > facts.changes_per_window:
        found.append(f"{window} changes {_changes(by_minute)} times")
    return found


def _clerk_complaints(
    facts: HallFacts,
    window: str,
    lists: dict[int, tuple[frozenset[str], frozenset[str]]],
    seat: int | None,
) -> list[str]:
    """Minute by minute: nobody serves outside their shift, and everybody gets their break in one piece."""
    if seat is None or not facts.clerk_skills:
        return []
    found = []
    busy = [minute for minute, (own, helped) in lists.items() if own or helped]
    shift, rest = facts.shifts[seat], facts.breaks[seat]
    if shift is not None and any(not shift[0] <= minute < shift[1] for minute in busy):
        found.append(f"{window} is open outside its clerk's shift")
    if rest is not None:
        length, start, end = rest
        working, run, best = set(busy), 0, 0
        for minute in range(start, end, 5):
            run = 0 if minute in working else run + 5
            best = max(best, run)
        if best < length:
            found.append(f"{window}'s clerk has {best} minutes of break, not {length}")
    return found


def _changes(by_minute: list[tuple[frozenset[str], frozenset[str]]]) -> int:
    changes, last = 0, None
    for lists in by_minute:
        if any(lists):
            changes += last is not None and lists != last
            last = lists
    return changes


def _hall_complaints(
    facts: HallFacts,
    lists: dict[str, list[tuple[frozenset[str], frozenset[str]]]],
    present: list[Entry],
    minutes: list[int],
    seats: dict[str, int | None],
) -> list[str]:
    found = []
    if sum(_changes(by_minute) for by_minute in lists.values()) > facts.changes_per_day:
        found.append("too many changes in the day")
    if facts.windows_changed is not None:
        moved = [w for w, now in lists.items() if now != [served(present, w, minute) for minute in minutes]]
        if len(moved) > facts.windows_changed:
            found.append(f"{len(moved)} windows differ from the present plan")
    sitting = [seat for seat in seats.values() if seat is not None]
    if len(sitting) != len(set(sitting)):
        found.append("a clerk sits at two windows")
    return found


def facts_of(proposal: Any, sessions: Sequence[tuple[int, int]]) -> HallFacts:
    """Put a proposal's hall into plain words."""
    hall = proposal.hall
    prefixes = [queue.prefix for queue in hall.queues]

    def names(bits: int) -> set[str]:
        return {prefix for place, prefix in enumerate(prefixes) if bits >> place & 1}

    return HallFacts(
        queues=prefixes,
        equipped={window.label: names(window.equipped) for window in hall.windows},
        list_limit={window.label: window.list_limit for window in hall.windows},
        sessions=list(sessions),
        clerk_skills=[names(clerk.skills) for clerk in hall.clerks],
        staffed_at={
            minute: staffed
            for block, staffed in zip(hall.blocks, hall.staffed, strict=True)
            for minute in range(block.from_minute, block.to_minute)
        },
        open_minutes=hall.open_minutes,
        changes_per_window=hall.limits.changes_per_window,
        changes_per_day=hall.limits.changes_per_day,
        windows_changed=hall.limits.windows_changed,
        pinned=set(hall.limits.pinned),
        integrated=hall.limits.integrated,
        shifts=[clerk.shift for clerk in hall.clerks],
        breaks=[
            (clerk.rest.minutes, clerk.rest.from_minute, clerk.rest.to_minute) if clerk.rest else None
            for clerk in hall.clerks
        ],
    )


def what_is_wrong(proposal: Any, present_entries: Any, sessions: Sequence[tuple[int, int]]) -> list[str]:
    """Return the complaints about a proposal whose hall has ``present_entries`` now."""
    return complaints(
        facts_of(proposal, sessions),
        entries_in_words(proposal.hall, proposal.entries),
        entries_in_words(proposal.hall, present_entries),
        {w.label: seat for w, seat in zip(proposal.hall.windows, proposal.layout.seats, strict=True)},
    )
