"""Requests and responses about notices."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

from pydantic import Field

from kernel.days import Instant
from kernel.web.schemas import In, Out
from queueing.notices.service import NewNotice

if TYPE_CHECKING:
    from queueing.notices.service import HallNotices
    from queueing.notices.store import KeptNotice

Text = Annotated[str, Field(max_length=500)]  # how long it may be in the end is said by the use case


class NoticeIn(In):
    """One short line in Chinese and, if one likes, in English; ``from_at`` left out is now."""

    text_zh: Text
    text_en: Text = ""
    from_at: Instant | None = None
    until_at: Instant

    def wanted(self) -> NewNotice:
        """Return what the use case asks for."""
        return NewNotice(self.text_zh, self.text_en, self.from_at, self.until_at)


class KeptNoticeOut(Out):
    """A notice with who put it up; ``ended_at`` where somebody took it down before its time."""

    id: UUID
    text_zh: str
    text_en: str
    from_at: datetime
    until_at: datetime
    made_by: str
    made_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, kept: KeptNotice) -> Self:
        """Return the response for a notice."""
        notice = kept.notice
        return cls(
            id=notice.id, text_zh=notice.text_zh, text_en=notice.text_en, from_at=notice.from_at,
            until_at=notice.until_at, made_by=kept.made_by, made_at=kept.made_at, ended_at=kept.ended_at,
        )  # fmt: skip


class NoticesOut(Out):
    """A hall's notices, coming and past ones too, those that end last first."""

    notices: list[KeptNoticeOut]

    @classmethod
    def of(cls, found: HallNotices) -> Self:
        """Return the response for a hall's notices."""
        return cls(notices=[KeptNoticeOut.of(each) for each in found.notices])
