"""What a look at one thing found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN = 5  # of a list; the rest is counted


class Level(StrEnum):
    """How it stands: well, worth a look, broken."""

    OK = "ok"
    LOOK = "look"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """``what`` was looked at, how it stands, what was ``seen`` and what would help; never a secret."""

    what: str
    level: Level
    seen: str
    helps: str = ""


def ok(what: str, seen: str) -> Finding:
    return Finding(what, Level.OK, seen)


def look(what: str, seen: str, helps: str) -> Finding:
    return Finding(what, Level.LOOK, seen, helps)


def broken(what: str, seen: str, helps: str) -> Finding:
    return Finding(what, Level.BROKEN, seen, helps)


def exit_code(findings: Iterable[Finding]) -> int:
    """Return 0 where all is well, 1 where something is worth a look, 2 where something is broken.

    >>> exit_code([ok("disk", ""), look("clock", "", "")])
    1
    """
    return max((list(Level).index(own.level) for own in findings), default=0)


def some(names: Iterable[str]) -> str:
    """Return the first of some names, and how many more there are.

    >>> some("abcdefg")
    'a, b, c, d, e and 2 more'
    """
    every = list(names)
    more = f" and {len(every) - SHOWN} more" if len(every) > SHOWN else ""
    return ", ".join(every[:SHOWN]) + more
