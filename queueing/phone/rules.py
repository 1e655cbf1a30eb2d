"""The code on a hall's screen, by time alone: who can read it stands in the hall, or stood there just now."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

# Long enough to read it and type it in, too short to be worth passing on.
CODE_LASTS = timedelta(minutes=3)
# On any telephone's number pad, read in two halves; one guess in fifty million hits one of two codes.
DIGITS = 8
# How long a scan lets somebody read, choose and look for their papers; bound to the browser that scanned.
MAY_CHOOSE = timedelta(minutes=15)


def step_at(now: datetime) -> int:
    """Return the number of the code that stands on the screens now."""
    return int(now.timestamp() // CODE_LASTS.total_seconds())


def steps_taken(now: datetime) -> tuple[int, int]:
    """Return the codes that are taken: the present one and the one before, so that nobody is too slow.

    >>> steps_taken(datetime(1970, 1, 1, 0, 10, tzinfo=UTC))
    (3, 2)
    """
    return step_at(now), step_at(now) - 1


def step_begins(step: int) -> datetime:
    """Return when a code comes onto the screens."""
    return datetime.fromtimestamp(step * CODE_LASTS.total_seconds(), UTC)


def code_of(digest: bytes) -> str:
    """Return a digest as the digits of a code.

    >>> code_of(bytes(32)), len(code_of(bytes(range(32))))
    ('00000000', 8)
    """
    return f"{int.from_bytes(digest[:8]) % 10**DIGITS:0{DIGITS}d}"


def read_code(typed: str) -> str:
    """Return what was typed as a code: its digits, also full-width ones, without what stands between them.

    >>> read_code(" ４821-7730 ")
    '48217730'
    """
    return "".join(letter for letter in unicodedata.normalize("NFKC", typed) if letter in "0123456789")


def spoken_code(code: str) -> str:
    """Return a code in two halves, as it stands on a screen.

    >>> spoken_code("48217730")
    '4821 7730'
    """
    return f"{code[: DIGITS // 2]} {code[DIGITS // 2 :]}"
