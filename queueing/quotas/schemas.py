"""Requests and responses about ticket quotas. Minutes are local, from midnight."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from pydantic import Field

from kernel.web.schemas import In, Out
from queueing.rules.quotas import DAY_MINUTES

if TYPE_CHECKING:
    from queueing.quotas.service import HallQuotas
    from queueing.quotas.store import KeptQuota


class QuotaIn(In):
    """``queue`` (its letter) or ``service`` (its code); the whole day where no band is named."""

    queue: str | None = Field(default=None, max_length=8)
    service: str | None = Field(default=None, max_length=64)
    from_minute: int = 0
    to_minute: int = DAY_MINUTES
    most: int


class QuotaChangeIn(In):
    """``before``: the number that was shown when it was decided."""

    most: int
    before: int


class QuotaOut(Out):
    """``given`` and ``left`` today; who set it reads staff."""

    id: UUID
    queue: str | None
    service: str | None
    name_zh: str
    name_en: str
    from_minute: int
    to_minute: int
    most: int
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
        given=kept.now.given,
        left=kept.now.left,
    )
