"""Requests and responses of numbers by telephone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from pydantic import Field

from kernel.web.schemas import Out
from queueing.phone.rules import spoken_code
from queueing.ticket_schemas import IssueIn

if TYPE_CHECKING:
    from queueing.phone.service import ShownCode


class PhoneIssueIn(IssueIn):
    """``code``: the digits on a screen of the hall, with or without a space between them."""

    code: str = Field(min_length=1, max_length=24)


class HallCodeOut(Out):
    """The code for a screen; all but ``on`` is None where the hall gives no numbers by telephone now.

    ``at`` is the server's clock on the wall; from ``holds_until`` on the code is refused.
    """

    on: bool
    at: datetime
    code: str | None = None
    changes_at: datetime | None = None
    holds_until: datetime | None = None

    @classmethod
    def of(cls, shown: ShownCode | None, *, at: datetime) -> Self:
        if shown is None:
            return cls(on=False, at=at)
        return cls(
            on=True,
            at=at,
            code=spoken_code(shown.code),
            changes_at=shown.changes_at,
            holds_until=shown.holds_until,
        )
