"""What a screen tells of itself, and what staff are told: sound, chime alone, silence, gone, its clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

# Two reports missed and a slow one (displays/static/js/lobby/main.js sends one a minute): a dead link
# ends in no farewell.
AWAY_AFTER = timedelta(seconds=150)
BACK_WITHIN = timedelta(seconds=20)  # a reload or a short break of the line is nothing to tell
CLOCK_OFF_BY = timedelta(seconds=2)  # pages take the server's time, but what else runs there does not
MOST_DRIFT = timedelta(days=24)  # what four bytes of milliseconds hold; a clock that never ran is off by more
FORGOTTEN_AFTER = timedelta(days=7)  # a screen that was taken away is not told for ever


class Sound(StrEnum):
    """What a screen says that it can do: speak; chime only, as this server has no voice; chime only, as the
    voice does not come; nothing, as nobody has allowed it sound; ``none``: a window's screen, which has none.
    """

    NONE = "none"
    VOICE = "voice"
    CHIME = "chime"
    FAILING = "failing"
    SILENT = "silent"


class ScreenState(StrEnum):
    """How staff are told of a screen; ``away``: nothing is known, as it is not connected."""

    NONE = "none"
    VOICE = "voice"
    CHIME = "chime"
    FAILING = "failing"
    SILENT = "silent"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Screen:
    """A registered screen; ``left_at`` is when its line ended and no other came.

    ``kind``: lobby or window. ``drift``: its own clock less the server's, None where it did not say.
    """

    name: str
    sound: Sound
    sound_since: datetime
    heard_at: datetime
    left_at: datetime | None
    kind: str = "lobby"
    drift: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ToldScreen:
    """A screen as staff are told of it, and since when it is so; ``drift`` only where its clock is off."""

    name: str
    state: ScreenState
    since: datetime
    kind: str = "lobby"
    drift: timedelta | None = None


def drift_of(milliseconds: object) -> timedelta | None:
    """Return what a screen says of its clock; None for what says nothing, at most 24 days either way.

    >>> drift_of(2500), drift_of("soon"), drift_of(-1e300) == -MOST_DRIFT
    (datetime.timedelta(seconds=2, microseconds=500000), None, True)
    """
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, (int, float)):
        return None
    if isinstance(milliseconds, float) and not isfinite(milliseconds):
        return None
    most = MOST_DRIFT / timedelta(milliseconds=1)
    return timedelta(milliseconds=round(max(-most, min(most, milliseconds))))


def is_off(drift: timedelta | None) -> bool:
    """Return whether a screen's clock is so far off that staff are told.

    >>> is_off(timedelta(seconds=-3)), is_off(timedelta(seconds=2)), is_off(None)
    (True, False, False)
    """
    return drift is not None and abs(drift) > CLOCK_OFF_BY


def told_screen(screen: Screen, *, now: datetime, speed: float = 1.0) -> ToldScreen | None:
    """Return how staff are told of a screen, None for one that has been gone so long that it is no more.

    ``speed``: how fast the clock of a demo runs; screens report in real time.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 11, 18, 9, tzinfo=UTC)
    >>> told_screen(Screen("door", Sound.SILENT, at, at, None), now=at).state.value
    'silent'
    """
    gone_at = screen.left_at or screen.heard_at
    patience = (BACK_WITHIN if screen.left_at else AWAY_AFTER) * speed
    if now - gone_at > FORGOTTEN_AFTER:
        return None
    if now - gone_at > patience:
        return ToldScreen(screen.name, ScreenState.AWAY, gone_at, screen.kind)
    drift = screen.drift if is_off(screen.drift) else None
    return ToldScreen(screen.name, ScreenState(screen.sound.value), screen.sound_since, screen.kind, drift)
