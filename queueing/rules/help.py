"""The lifecycle of a call for help, and when one still stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from queueing.rules.notices import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from uuid import UUID

LONGEST_WORDS = 60  # characters: read in passing, between two citizens


class HelpStatus(StrEnum):
    """Where a call for help stands."""

    ASKED = "asked"
    TAKEN = "taken"
    ENDED = "ended"


class HelpAction(StrEnum):
    """What can be done about a call for help."""

    TAKE = "take"
    WORD = "word"  # a few words more
    END = "end"


_S, _A = HelpStatus, HelpAction

HELP_TRANSITIONS: Mapping[tuple[HelpStatus, HelpAction], HelpStatus] = MappingProxyType(
    {
        (_S.ASKED, _A.TAKE): _S.TAKEN,
        (_S.ASKED, _A.WORD): _S.ASKED,
        (_S.ASKED, _A.END): _S.ENDED,
        (_S.TAKEN, _A.WORD): _S.TAKEN,
        (_S.TAKEN, _A.END): _S.ENDED,
    }
)


@dataclass(frozen=True, slots=True)
class Asking:
    """A call for help that nobody ended: by whom, when, on which local day."""

    asked_by: UUID
    asked_at: datetime
    day: date


def stands(own: Asking, *, sits_there: UUID | None, signed_in_since: datetime | None, today: date) -> bool:
    """Return whether a call for help still stands.

    It ends by itself with its local day, when the person who asked no longer sits at the window, and when
    the session ended in which it was asked: who signs in again has to ask again.
    """
    return (
        own.day == today
        and own.asked_by == sits_there
        and signed_in_since is not None
        and signed_in_since <= own.asked_at
    )


def plain_words(text: str) -> str:
    """Return a few words on one line.

    >>> plain_words("  printer  jams\\n")
    'printer jams'
    """
    return plain_text(text)
