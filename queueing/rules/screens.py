"""What a lobby screen tells of itself, and what staff are told of it: sound, chime alone, silence, gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

REPORT_EVERY = timedelta(seconds=60)  # displays/static/js/lobby/main.js says so too
AWAY_AFTER = timedelta(seconds=150)  # two reports missed and a slow one: a dead link ends in no farewell
BACK_WITHIN = timedelta(seconds=20)  # a reload or a short break of the line is nothing to tell
FORGOTTEN_AFTER = timedelta(days=7)  # a screen that was taken away is not told for ever


class Sound(StrEnum):
    """What a screen says that it can do: speak; chime only, as this server has no voice; chime only, as the
    voice does not come; nothing, as nobody has allowed it sound.
    """

    VOICE = "voice"
    CHIME = "chime"
    FAILING = "failing"
    SILENT = "silent"


class ScreenState(StrEnum):
    """How staff are told of a screen; ``away``: nothing is known, as it is not connected."""

    VOICE = "voice"
    CHIME = "chime"
    FAILING = "failing"
    SILENT = "silent"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Screen:
    """A registered lobby screen; ``left_at`` is when its line ended and no other came."""

    name: str
    sound: Sound
    sound_since: datetime
    heard_at: datetime
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class ToldScreen:
    """A screen as staff are told of it, and since when it is so."""

    name: str
    state: ScreenState
    since: datetime


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
        return ToldScreen(screen.name, ScreenState.AWAY, gone_at)
    return ToldScreen(screen.name, ScreenState(screen.sound.value), screen.sound_since)
