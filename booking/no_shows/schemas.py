"""Requests and responses of the no-show rule, of what counts by it, and of appeals."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from booking.no_shows.appealing import Proof
from booking.no_shows.publishing import Wanted
from booking.rules.no_shows import (
    LEAST_ANSWER,
    LEAST_LIMIT,
    LEAST_PAUSE,
    LEAST_WITHIN,
    LONGEST_WORDS,
    MOST_ANSWER,
    MOST_CANCEL_MINUTES,
    MOST_LIMIT,
    MOST_PAUSE,
    MOST_WITHIN,
    SHORTEST_WORDS,
    AppealStatus,
    NoShowKind,
    NoShowRule,
    NoShowStatus,
)
from kernel.web.schemas import In, Out

if TYPE_CHECKING:
    from booking.no_shows.appealing import AppealView, NoShowView
    from booking.no_shows.publishing import Version
    from booking.no_shows.terms import Terms

Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=SHORTEST_WORDS, max_length=LONGEST_WORDS)
]
WordsOrNone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_WORDS)]


# --- the rule ----------------------------------------------------------------------------------------


class RuleIn(In):
    """A version to publish; ``after`` is the newest version that its author saw, 0 for none."""

    after: int = Field(ge=0, le=1_000_000)
    in_force: bool
    limit: int = Field(ge=LEAST_LIMIT, le=MOST_LIMIT)
    within_days: int = Field(ge=LEAST_WITHIN, le=MOST_WITHIN)
    pause_days: int = Field(ge=LEAST_PAUSE, le=MOST_PAUSE)
    cancel_minutes: int = Field(ge=0, le=MOST_CANCEL_MINUTES)
    answer_days: int = Field(ge=LEAST_ANSWER, le=MOST_ANSWER)

    def wanted(self) -> Wanted:
        return Wanted(**self.model_dump(exclude={"after"}))


class RuleOut(Out):
    """A published version: ``limit`` no-shows within ``within_days`` pause booking for ``pause_days``."""

    version: int
    in_force: bool
    limit: int
    within_days: int
    pause_days: int
    cancel_minutes: int
    answer_days: int
    published_at: datetime

    @classmethod
    def of(cls, rule: NoShowRule) -> Self:
        return cls.model_validate(rule)


class PublishedOut(Out):
    """``rule``: the newest version, in force or not; null before the first."""

    rule: RuleOut | None


class VersionOut(RuleOut):
    by: str

    @classmethod
    def version_of(cls, own: Version) -> Self:
        return cls(**dict(RuleOut.of(own.rule)), by=own.by)


class VersionsOut(Out):
    versions: list[VersionOut]


# --- the citizen -------------------------------------------------------------------------------------


class ProofIn(In):
    """Either the appointment's token, or its reference with the phone number that booked it."""

    token: str | None = Field(default=None, min_length=8, max_length=64)
    phone: str | None = Field(default=None, max_length=32)
    reference: str | None = Field(default=None, max_length=16)

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        if (self.token is None) != (self.phone is not None and self.reference is not None):
            raise ValueError("send either a token, or phone and reference")
        return self

    def proof(self) -> Proof:
        return Proof(self.token, self.phone or "", self.reference or "")


class AppealIn(ProofIn):
    """Why it should not count; no personal data is needed."""

    words: Words


class AppealOut(Out):
    status: AppealStatus
    words: str
    answer: str
    opened_at: datetime
    due_at: datetime
    decided_at: datetime | None

    @classmethod
    def of(cls, own: AppealView) -> Self:
        return cls.model_validate(own)


class OtherOut(Out):
    """Another no-show of the number: its month (the first day) and the hall's code."""

    month: date
    hall: str


class NoShowOut(Out):
    """What counts as not kept. ``paused_until`` and ``counted`` are null where no rule is in force."""

    hall: str
    starts_at: datetime
    kind: NoShowKind
    status: NoShowStatus
    excuse: str
    forget_at: datetime
    paused_until: datetime | None
    counted: int | None
    others: list[OtherOut]
    appeal: AppealOut | None
    may_appeal: bool

    @classmethod
    def of(cls, own: NoShowView) -> Self:
        standing = own.standing
        return cls(
            hall=own.hall.code,
            starts_at=own.starts_at,
            kind=own.kind,
            status=own.status,
            excuse=own.excuse,
            forget_at=own.forget_at,
            paused_until=standing.pause.until if standing and standing.pause else None,
            counted=standing.counted if standing else None,
            others=[OtherOut(month=other.month, hall=other.hall.code) for other in own.others],
            appeal=AppealOut.of(own.appeal) if own.appeal else None,
            may_appeal=own.may_appeal,
        )


class HeldAppointmentIn(In):
    token: str = Field(min_length=8, max_length=64)


class TermsOut(Out):
    """What the rule means for an appointment; all null where none is in force, or it is not confirmed.

    Until ``cancel_by`` cancelling or moving does not count; ``too_late``: now it would.
    """

    rule: RuleOut | None
    cancel_by: datetime | None
    too_late: bool | None

    @classmethod
    def of(cls, own: Terms | None) -> Self:
        if own is None:
            return cls(rule=None, cancel_by=None, too_late=None)
        return cls(rule=RuleOut.of(own.rule), cancel_by=own.cancel_by, too_late=own.too_late)
