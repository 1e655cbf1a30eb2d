"""Simulated citizens who rate: some of those who were served say how it was, by their own ticket."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sim.live.names import phone_number

if TYPE_CHECKING:
    from random import Random

    from sim.live.hall import Hall

RATED_SHARE = 0.4
LATER_MINUTES = 12.0  # on the way out, or on the way home
LEVELS = ("very_satisfied", "satisfied", "basically_satisfied", "dissatisfied", "very_dissatisfied")
USUAL = (0.62, 0.24, 0.08, 0.04, 0.02)
AFTER_A_LONG_WAIT = (0.28, 0.28, 0.22, 0.14, 0.08)
LONG_WAIT_MINUTES = 25.0
BAD = frozenset(LEVELS[-2:])
REASONS = ("attitude", "skill", "papers", "steps", "place", "machines")
WORDS = {
    True: ("等得太久了", "来回跑了两个窗口", "材料要求没有一次说清"),
    False: ("很耐心", "办得快", "态度很好"),
}
WORDS_SHARE, CALL_BACK_SHARE = 0.25, 0.3
FIRST_CALLER = 3_000_000  # telephone numbers below belong to those who book
_NOT_RATED = ("rating-not-asked", "rating-closed", "rating-final")


def leave(hall: Hall, ticket: Any) -> None:
    """Let a citizen whose ticket was finished go; some rate the visit a little later."""
    token = hall.tokens.pop(ticket["id"], None)
    if token is not None and hall.chance.random() < RATED_SHARE:
        said = opinion(hall.chance, _waited(ticket))
        minutes = hall.chance.expovariate(1 / LATER_MINUTES)
        hall.agenda.within(minutes, lambda: _rate(hall, token, said))


def look_back(hall: Hall, token: str) -> None:
    """Let somebody who was served before the demo began rate it in its first minutes, or not."""
    if hall.chance.random() < RATED_SHARE:
        said = opinion(hall.chance, 0.0)
        hall.agenda.within(hall.chance.uniform(0.1, LATER_MINUTES), lambda: _rate(hall, token, said))


def opinion(chance: Random, waited_minutes: float) -> dict[str, Any]:
    """Draw what somebody says; a long wait is remembered, and ticked."""
    long = waited_minutes > LONG_WAIT_MINUTES
    level = chance.choices(LEVELS, AFTER_A_LONG_WAIT if long else USUAL)[0]
    bad = level in BAD
    said: dict[str, Any] = {"level": level, "reasons": ["wait"] if long and level != LEVELS[0] else []}
    if chance.random() < (0.7 if bad else 0.2):
        said["reasons"] = [*said["reasons"], chance.choice(REASONS)]
    if chance.random() < WORDS_SHARE:
        said["text"] = chance.choice(WORDS[bad])
    if bad and chance.random() < CALL_BACK_SHARE:
        number = phone_number(FIRST_CALLER + chance.randrange(1_000_000))
        said["call_back"] = {"phone": number, "consent": True}
    return said


def _waited(ticket: Any) -> float:
    called = datetime.fromisoformat(ticket["called_at"]) if ticket["called_at"] else None
    arrived = datetime.fromisoformat(ticket["arrived_at"])
    return (called - arrived).total_seconds() / 60 if called else 0.0


async def _rate(hall: Hall, token: str, said: dict[str, Any]) -> None:
    await hall.api.post("/ratings", {"token": token, **said}, expects=_NOT_RATED)
