"""What goes to the screens of a hall: the board once as JSON, with its waits already in words."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from displays.rendering import assets_digest
from displays.rules.dates import CITY_ZONE
from displays.rules.wording import reason_text, told_band, told_text
from kernel.i18n import LOCALES
from queueing.board_schemas import BoardOut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kernel.events import EventFrame
    from queueing.rules.board import Board


@dataclass(frozen=True, slots=True)
class EncodedBoard:
    """A board as the JSON that all its frames share; encoded once, however many screens there are."""

    seq: int
    board: str
    told: str

    @classmethod
    def of(cls, board: Board, *, made_at: datetime, zone: str = CITY_ZONE) -> EncodedBoard:
        """Encode a board; ``told`` holds each queue's wait, and why it rose, in every language."""
        return cls(
            board.seq,
            BoardOut.of(board, made_at=made_at).model_dump_json(),
            json.dumps(told_waits(board, zone), ensure_ascii=False, separators=(",", ":")),
        )

    def whole(self, *, age_s: float, now: datetime) -> str:
        """Return the frame that a screen begins with, and that the safety-net poll answers."""
        return (
            f'{{"type":"board","seq":{self.seq},{_freshness(age_s, now)},'
            f'"board":{self.board},"told":{self.told}}}'
        )

    def change(self, events: Sequence[EventFrame], *, now: datetime) -> str:
        """Return the frame of a change: what happened, and the board after it."""
        happened = ",".join(event.model_dump_json(exclude={"hall_id"}) for event in events)
        return (
            f'{{"type":"events","seq":{self.seq},{_freshness(0.0, now)},"events":[{happened}],'
            f'"board":{self.board},"told":{self.told}}}'
        )


def told_waits(board: Board, zone: str) -> dict[str, dict[str, str]]:
    """Return each queue's wait in words, and the reason of a rise under ``why_`` and the language."""
    told: dict[str, dict[str, str]] = {}
    for line in board.queues:
        words = told[str(line.queue_id)] = {}
        for locale in LOCALES:
            words[locale] = told_text(told_band(line.band, line.waiting), locale=locale)
            words[f"why_{locale}"] = reason_text(line.reason, zone, locale=locale)
    return told


def looks_alike(one: Board, other: Board) -> bool:
    """Return whether two boards look the same; a wait counts as it is read, which is steadier than it is."""
    plain = [
        (
            replace(board, at=one.at, queues=tuple(replace(line, wait=None) for line in board.queues)),
            [line.band for line in board.queues],
        )
        for board in (one, other)
    ]
    return plain[0] == plain[1]


def beat(*, age_s: float, now: datetime) -> str:
    """Return the frame that tells how old the data is while nothing happens."""
    return f'{{"type":"beat",{_freshness(age_s, now)}}}'


def _freshness(age_s: float, now: datetime) -> str:
    """Age of the data in real seconds; ``pages`` changes with an upgrade, so screens reload themselves."""
    return f'"at":"{now.isoformat()}","age_s":{age_s:.2f},"pages":"{assets_digest()}"'
