"""Requests and responses about ticket quotas. Minutes are local, from midnight."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from kernel.web.schemas import In, Out
from queueing.rules.quotas import DAY_MINUTES

if TYPE_CHECKING:
    from queueing.quotas.service import HallQuotas
    from queueing.quotas.store import KeptQuota


class WeekdayNumberIn(In):
    """A weekday, 0 for Monday, and its number."""

    weekday: Annotated[int, Field(ge=0, le=6)]
    most: int


class WeekdayNumberOut(Out):
    weekday: int
    most: int


ByWeekday = Annotated[list[WeekdayNumberIn], Field(max_length=7)]


class QuotaIn(In):
    """``queue`` (its letter) or ``service`` (its code); the whole day where no band is named.

    ``by_weekday``: on which weekdays (0 for Monday) it is another number than ``most``.
    """

    queue: str | None = Field(default=None, max_length=8)
    service: str | None = Field(default=None, max_length=64)
    from_minute: int = 0
    to_minute: int = DAY_MINUTES
    most: int
    by_weekday: ByWeekday = Field(default_factory=list)

    def wanted(self) -> dict[str, Any]:
        """Return what ``add_quota`` is asked for."""
        return {**self.model_dump(), "by_weekday": _numbers(self.by_weekday)}


class QuotaChangeIn(In):
    """``before``, ``by_weekday_before``: what was shown when it was decided.

    Without ``by_weekday`` weekdays with a number of their own keep it.
    """

    most: int
    before: int
    by_weekday: ByWeekday | None = None
    by_weekday_before: ByWeekday = Field(default_factory=list)

    def wanted(self) -> dict[str, Any]:
        """Return what ``change_quota`` is asked for."""
        new = None if self.by_weekday is None else _numbers(self.by_weekday)
        before = _numbers(self.by_weekday_before)
        return {**self.model_dump(), "by_weekday": new, "by_weekday_before": before}


class QuotaOut(Out):
    """``most_today``, ``given`` and ``left`` are today's; who set it reads staff.

    ``by_weekday`` has the weekdays (0 for Monday) on which it is another number than ``most``. A make-up
    workday has the number of the weekday whose hours it has.
    """

    id: UUID
    queue: str | None
    service: str | None
    name_zh: str
    name_en: str
    from_minute: int
    to_minute: int
    most: int
    by_weekday: list[WeekdayNumberOut]
    most_today: int
    given: int
    left: int


class QuotasOut(Out):
    """A hall's ticket quotas, by queue, service and band."""

    quotas: list[QuotaOut]

    @classmethod
    def of(cls, found: HallQuotas) -> Self:
        """Return the response for a hall's quotas."""
        return cls(quotas=[_quota_out(found, each) for each in found.quotas])


class KeptQuotaOut(QuotaOut):
    set_by: str
    set_at: datetime


class KeptQuotasOut(Out):
    """The same with who set each, for staff."""

    quotas: list[KeptQuotaOut]

    @classmethod
    def of(cls, found: HallQuotas) -> Self:
        """Return the response for a hall's quotas."""
        return cls(
            quotas=[
                KeptQuotaOut(**_quota_out(found, each).model_dump(), set_by=each.set_by, set_at=each.set_at)
                for each in found.quotas
            ]
        )


def _numbers(own: list[WeekdayNumberIn]) -> dict[int, int]:
    return {each.weekday: each.most for each in own}


def _quota_out(found: HallQuotas, kept: KeptQuota) -> QuotaOut:
    own, subject = kept.now.quota, found.subject(kept.now.quota)
    return QuotaOut(
        id=own.id,
        queue=getattr(subject, "prefix", None),
        service=getattr(subject, "code", None),
        name_zh=subject.name_zh if subject else "",
        name_en=subject.name_en if subject else "",
        from_minute=own.from_minute,
        to_minute=own.to_minute,
        most=own.most,
        by_weekday=[WeekdayNumberOut(weekday=weekday, most=most) for weekday, most in own.by_weekday.items()],
        most_today=own.most_on(found.weekday),
        given=kept.now.given,
        left=found.left(kept),
    )
