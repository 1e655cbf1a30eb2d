"""What goes to the screens of a hall: the board once as JSON, with its waits already in words."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from displays.rendering import assets_digest
from displays.rules.wording import ToldSince, steadily_told, told_text
from kernel.i18n import LOCALES
from queueing.schemas import BoardOut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from kernel.events import EventFrame
    from queueing.rules.board import Board


@dataclass(frozen=True, slots=True)
class EncodedBoard:
    """A board as the JSON that all its frames share; encoded once, however many screens there are."""

    seq: int
    board: str
    told: str

    @classmethod
    def of(cls, board: Board, waits: Mapping[UUID, ToldSince], *, made_at: datetime) -> EncodedBoard:
        """Encode a board; ``told`` holds each queue's wait in every language."""
        words = {
            str(queue_id): {locale: told_text(wait.told, locale=locale) for locale in LOCALES}
            for queue_id, wait in waits.items()
        }
        return cls(
            board.seq,
            BoardOut.of(board, made_at=made_at).model_dump_json(),
            json.dumps(words, ensure_ascii=False, separators=(",", ":")),
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


def told_waits(board: Board, before: Mapping[UUID, ToldSince], *, now: datetime) -> dict[UUID, ToldSince]:
    """Return each queue's wait as it is told now, no less steady than UX 21 asks."""
    return {
        line.queue_id: steadily_told(before.get(line.queue_id), line.wait, line.waiting, now=now)
        for line in board.queues
    }


def looks_alike(one: Board, other: Board) -> bool:
    """Return whether two boards look the same; waits are told apart, in steadier words than they have."""
    plain = [
        replace(board, at=one.at, queues=tuple(replace(line, wait=None) for line in board.queues))
        for board in (one, other)
    ]
    return plain[0] == plain[1]


def beat(*, age_s: float, now: datetime) -> str:
    """Return the frame that tells how old the data is while nothing happens."""
    return f'{{"type":"beat",{_freshness(age_s, now)}}}'


def _freshness(age_s: float, now: datetime) -> str:
    """Age of the data in real seconds; ``pages`` changes with an upgrade, so screens reload themselves."""
    return f'"at":"{now.isoformat()}","age_s":{age_s:.2f},"pages":"{assets_digest()}"'
