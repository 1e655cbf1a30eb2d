"""Requests and responses of the no-show rule, of what counts by it, and of appeals."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from booking.no_shows.appealing import Proof
from booking.no_shows.deciding import AppealTally
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
from kernel.days import Instant

if TYPE_CHECKING:
    from booking.no_shows.appealing import AppealView, NoShowView
    from booking.no_shows.deciding import AppealCase, AppealList
    from booking.no_shows.excusing import Declared
    from booking.no_shows.helping import Leave, OfNumber
    from booking.no_shows.publishing import Version
    from booking.no_shows.report import NoShowFigures, NoShowReport
    from booking.no_shows.store.facts import NoShow
    from booking.no_shows.terms import Terms

Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=SHORTEST_WORDS, max_length=LONGEST_WORDS)
]
WordsOrNone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_WORDS)]


class Out(BaseModel):
    """Base of responses."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class In(BaseModel):
    """Base of requests; unknown fields are refused, so a typo is never silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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


# --- staff -------------------------------------------------------------------------------------------


class DecideIn(In):
    """Why; a rejection needs words, which the citizen reads."""

    note: WordsOrNone = ""


class AppealTallyOut(Out):
    open: int
    overdue: int
    upheld: int
    rejected: int
    late: int

    @classmethod
    def of(cls, own: AppealTally) -> Self:
        return cls.model_validate(own)


class AppealCaseOut(Out):
    """An appeal for staff. ``overdue``: open after ``due_at``; ``late``: decided after it."""

    id: UUID
    hall: str
    starts_at: datetime
    kind: NoShowKind
    reference: str | None
    words: str
    status: AppealStatus
    opened_at: datetime
    due_at: datetime
    overdue: bool
    late: bool
    answer: str
    decided_at: datetime | None
    decided_by: str
    may: bool

    @classmethod
    def of(cls, own: AppealCase) -> Self:
        values = {name: getattr(own, name) for name in cls.model_fields if name != "hall"}
        return cls(**values, hall=own.hall.code)


class AppealsOut(Out):
    tally: AppealTallyOut
    appeals: list[AppealCaseOut]

    @classmethod
    def of(cls, own: AppealList) -> Self:
        return cls(
            tally=AppealTallyOut.of(own.tally), appeals=[AppealCaseOut.of(each) for each in own.appeals]
        )


class ReasonIn(In):
    """Why; it stands in the audit trail, and the citizen reads it. No personal data."""

    reason: Words


class OutageIn(ReasonIn):
    begins_at: Instant
    ends_at: Instant


class OutageOut(Out):
    begins_at: datetime
    ends_at: datetime
    reason: str
    excused: int

    @classmethod
    def of(cls, own: Declared) -> Self:
        return cls.model_validate(own)


class ExceptionIn(ReasonIn):
    phone: str = Field(max_length=32)


class ExceptionOut(Out):
    """Leave to book once before ``expires_at``; used up by the booking."""

    phone_masked: str
    paused_until: datetime
    expires_at: datetime

    @classmethod
    def of(cls, own: Leave) -> Self:
        return cls.model_validate(own)


class PhoneIn(In):
    phone: str = Field(max_length=32)


class CountedOut(Out):
    """``reference`` is null once the appointment is erased."""

    hall: str
    starts_at: datetime
    kind: NoShowKind
    reference: str | None


class OfNumberOut(Out):
    """What counts against a number; ``paused_until`` is null where booking is not paused."""

    phone_masked: str
    paused_until: datetime | None
    no_shows: list[CountedOut]

    @classmethod
    def of(cls, own: OfNumber) -> Self:
        pause = own.standing.pause if own.standing else None
        lines = [
            CountedOut(
                hall=line.hall.code, starts_at=line.starts_at, kind=line.kind, reference=line.reference
            )
            for line in own.lines
        ]
        return cls(phone_masked=own.phone_masked, paused_until=pause.until if pause else None, no_shows=lines)


class ExcusedOut(Out):
    id: UUID
    status: NoShowStatus
    excuse: str

    @classmethod
    def of(cls, own: NoShow) -> Self:
        return cls.model_validate(own)


# --- figures -----------------------------------------------------------------------------------------


class FiguresOut(Out):
    """``hall`` is null for the whole. ``came`` and ``not_come`` count whatever the rule, the rest by it."""

    hall: str | None
    came: int
    not_come: int
    absent: int
    late: int
    counting: int
    forgiven: int
    excused: int
    paused: int
    appeals: AppealTallyOut

    @classmethod
    def figures(cls, own: NoShowFigures, hall: str | None) -> Self:
        names = [name for name in cls.model_fields if name not in {"hall", "appeals"}]
        values = {name: getattr(own, name) for name in names}
        return cls(**values, hall=hall, appeals=AppealTallyOut.of(own.appeals))


class ReportOut(Out):
    """Local dates, both inclusive; halls by code, never by how they do."""

    first_day: date
    last_day: date
    made_at: datetime
    whole: FiguresOut
    halls: list[FiguresOut]

    @classmethod
    def of(cls, own: NoShowReport) -> Self:
        return cls(
            first_day=own.first_day,
            last_day=own.last_day,
            made_at=own.made_at,
            whole=FiguresOut.figures(own.whole, None),
            halls=[FiguresOut.figures(figures, hall.code) for hall, figures in own.halls],
        )
