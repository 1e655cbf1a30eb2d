"""The public board of a hall, as the API and the screens get it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from kernel.web.schemas import Out
from queueing.schemas import QueueLineOut, ShownOut, WaitOut

if TYPE_CHECKING:
    from queueing.rules.board import Board


class CallOut(Out):
    number: str
    window: str
    at: datetime
    times: int


class WindowSignOut(Out):
    """A window as its sign shows it; ``serving``: whether the person with that number has come."""

    label: str
    status: str
    number: str | None
    serves: list[str]
    serving: bool
    meant_for: list[str]


class NoticeOut(Out):
    """A word of the hall that stands from one instant until another; ``text_en`` may be empty."""

    text_zh: str
    text_en: str
    from_at: datetime
    until_at: datetime


class AnnouncingOut(Out):
    """How the hall's screens speak and write; ``languages`` in the order in which they are spoken.

    ``digit_share``: the least height of a called number's digits, as a share of the picture's height.
    """

    languages: list[str]
    one: str
    digit_share: float


class OpeningOut(Out):
    """An opening of a local day."""

    opens_at: datetime
    closes_at: datetime


class DoorsOut(Out):
    """The openings of the board's local day, in order, and the first one of a later day.

    ``today`` is empty on a day off; ``then_at`` is null where none is known within 30 days.
    """

    today: list[OpeningOut]
    then_at: datetime | None


class BoardOut(Out):
    """The public board: ticket numbers only. ``made_at`` tells how old the data is."""

    hall_id: UUID
    seq: int
    at: datetime
    made_at: datetime
    plan_version: int
    queues: list[QueueLineOut]
    windows: list[WindowSignOut]
    calls: list[CallOut]
    notices: list[NoticeOut]
    announcing: AnnouncingOut
    doors: DoorsOut

    @classmethod
    def of(cls, board: Board, *, made_at: datetime) -> Self:
        return cls(
            hall_id=board.hall_id,
            seq=board.seq,
            at=board.at,
            made_at=made_at,
            plan_version=board.plan_version,
            queues=[
                QueueLineOut(
                    queue_id=line.queue_id,
                    prefix=line.prefix,
                    name_zh=line.name_zh,
                    name_en=line.name_en,
                    waiting=line.waiting,
                    wait=WaitOut.of(line.wait),
                    shown=ShownOut.of(line.shown),
                )
                for line in board.queues
            ],
            windows=[WindowSignOut.model_validate(sign) for sign in board.windows],
            calls=[CallOut.model_validate(call) for call in board.calls],
            notices=[NoticeOut.model_validate(own) for own in board.notices],
            announcing=AnnouncingOut.model_validate(board.announcing),
            doors=DoorsOut.model_validate(board.doors),
        )
