"""Responses about screens."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from kernel.web.schemas import Out
from queueing.rules.screens import ScreenState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from queueing.rules.screens import ToldScreen


class ScreenOut(Out):
    """A screen: ``voice``, ``chime`` alone, ``failing``, ``silent``, ``away`` or ``none``, and since when.

    ``none``: a window's screen, which has no sound. ``drift_s``: its own clock less the server's in seconds,
    only where that is more than two.
    """

    name: str
    kind: str
    state: ScreenState
    since: datetime
    drift_s: float | None


class ScreensOut(Out):
    """The registered screens of a hall that were there within a week."""

    screens: list[ScreenOut]

    @classmethod
    def of(cls, told: Iterable[ToldScreen]) -> Self:
        """Return the response for a hall's screens."""
        return cls(screens=[_out(each) for each in told])


def _out(own: ToldScreen) -> ScreenOut:
    drift = None if own.drift is None else round(own.drift.total_seconds(), 1)
    return ScreenOut(name=own.name, kind=own.kind, state=own.state, since=own.since, drift_s=drift)
