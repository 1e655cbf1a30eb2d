"""What staff ask and get about no-shows: appeals, what the hall takes back, leave to book, figures."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from pydantic import Field

from booking.no_shows.schemas import Words, WordsOrNone
from booking.rules.no_shows import AppealStatus, NoShowKind, NoShowStatus
from kernel.days import Instant
from kernel.web.schemas import In, Out

if TYPE_CHECKING:
    from booking.no_shows.deciding import AppealCase, AppealList, AppealTally
    from booking.no_shows.excusing import Declared
    from booking.no_shows.helping import Leave, OfNumber
    from booking.no_shows.report import NoShowFigures, NoShowReport
    from booking.no_shows.store.facts import NoShow


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
    """A manager of its hall takes it back by its ``id``; ``reference`` is null once it is erased."""

    id: UUID
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
                id=line.id,
                hall=line.hall.code,
                starts_at=line.starts_at,
                kind=line.kind,
                reference=line.reference,
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
