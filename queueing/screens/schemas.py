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
    """A lobby screen: ``voice``, ``chime`` alone, ``failing``, ``silent`` or ``away``, and since when."""

    name: str
    state: ScreenState
    since: datetime


class ScreensOut(Out):
    """The registered lobby screens of a hall that were there within a week."""

    screens: list[ScreenOut]

    @classmethod
    def of(cls, told: Iterable[ToldScreen]) -> Self:
        """Return the response for a hall's screens."""
        return cls(screens=[ScreenOut.model_validate(each) for each in told])
