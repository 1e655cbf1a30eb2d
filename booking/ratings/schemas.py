"""Requests and responses of ratings and their cases."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from booking.ratings.case_views import CaseView
from booking.ratings.cases import CaseList, CaseTally
from booking.ratings.report import Cell, RatingReport
from booking.ratings.service import RatingView, Said
from booking.rules.rating_cases import LONGEST_NOTE, SHORTEST_NOTE, CaseAction, CaseStatus
from booking.rules.ratings import LONGEST_TEXT, MOST_REASONS, Level, RatingSums, Reason
from kernel.web.schemas import In, Out
from queueing.promises.schemas import ShareOut

Token = Field(min_length=8, max_length=64)
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TEXT)]
Note = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=SHORTEST_NOTE, max_length=LONGEST_NOTE)
]


# --- rating ------------------------------------------------------------------------------------------


class HeldVisitIn(In):
    """The token of the visit's ticket, or of its appointment."""

    token: str = Token


class CallBackIn(In):
    """A number to call back about a bad rating; it is taken only with consent, and erased with the case."""

    phone: str = Field(max_length=32)
    consent: Literal[True]


class RatingIn(HeldVisitIn):
    """A rating; a further one within the published time takes its place. No personal data in ``text``."""

    level: Level
    reasons: list[Reason] = Field(default=[], max_length=MOST_REASONS)
    text: Words = ""
    call_back: CallBackIn | None = None

    def said(self) -> Said:
        phone = self.call_back.phone if self.call_back else None
        return Said(self.level, tuple(self.reasons), self.text, phone)


class RatingOut(Out):
    """How a visit's rating stands; from ``until`` on it can no longer be given or changed.

    ``call_back``: whether a number is kept. The number itself is never in an answer that is stored.
    """

    asked: bool
    may_rate: bool
    until: datetime | None
    level: Level | None
    reasons: list[Reason]
    text: str
    call_back: bool

    @classmethod
    def of(cls, own: RatingView) -> Self:
        return cls(
            asked=own.asked,
            may_rate=own.may_rate,
            until=own.until,
            level=own.level,
            reasons=list(own.reasons),
            text=own.text,
            call_back=own.phone_masked is not None,
        )


# --- the report --------------------------------------------------------------------------------------


class RatingSumsOut(Out):
    """``levels`` and ``reasons`` (ticks at bad ratings) are null where there are fewer than five of them.

    ``unrated``: nobody rated in time. ``open``: not rated, and may still be.
    """

    visits: int
    rated: int
    unrated: int
    open: int
    levels: dict[Level, int] | None
    satisfied: ShareOut
    rated_share: ShareOut
    reasons: dict[Reason, int] | None

    @classmethod
    def told(cls, own: RatingSums) -> Self:
        levels = {level: own.told(level) for level in Level}
        return cls(
            visits=own.visits,
            rated=own.rated,
            unrated=own.unrated,
            open=own.open,
            levels={level: n for level, n in levels.items() if n is not None} or None,
            satisfied=ShareOut.told(own.satisfied),
            rated_share=ShareOut.told(own.rated_share),
            reasons=dict(own.reasons_told()) or None,
        )


class RatingCellOut(RatingSumsOut):
    """``queue`` is its prefix letter, ``service`` its code, ``week`` its Monday; null where not cut so."""

    hall: str
    queue: str | None
    service: str | None
    week: date | None

    @classmethod
    def cell(cls, own: Cell) -> Self:
        return cls(
            **dict(RatingSumsOut.told(own.sums)),
            hall=own.hall.code,
            queue=own.queue.prefix if own.queue else None,
            service=own.service.code if own.service else None,
            week=own.week,
        )


class CaseTallyOut(Out):
    unanswered: int
    overdue: int
    to_review: int
    accepted: int
    withdrawn: int

    @classmethod
    def of(cls, own: CaseTally) -> Self:
        return cls.model_validate(own)


class RatingReportOut(Out):
    """Local dates, both inclusive; cells by hall code, queue or service, and week, never by how good."""

    first_day: date
    last_day: date
    made_at: datetime
    whole: RatingSumsOut
    cells: list[RatingCellOut]
    cases: CaseTallyOut

    @classmethod
    def of(cls, report: RatingReport) -> Self:
        return cls(
            first_day=report.first_day,
            last_day=report.last_day,
            made_at=report.made_at,
            whole=RatingSumsOut.told(report.whole),
            cells=[RatingCellOut.cell(own) for own in report.cells],
            cases=CaseTallyOut.of(report.all_cases),
        )


# --- cases -------------------------------------------------------------------------------------------


class NoteIn(In):
    """What was done, or what is still missing; no personal data."""

    note: Note


class StepOut(Out):
    """``who`` is empty where it was the citizen; then ``at`` is null too, since a minute would tell who."""

    what: str
    on: date
    at: datetime | None
    who: str
    note: str


class CaseOut(Out):
    """A case for staff; nothing in it tells who rated. ``call_back``: whether a number is kept."""

    id: UUID
    hall: str
    queue: str
    service: str
    day: date
    level: Level
    reasons: list[Reason]
    text: str
    status: CaseStatus
    due_at: datetime
    overdue: bool
    late: bool
    handler: str
    call_back: bool
    steps: list[StepOut]
    may: list[CaseAction]

    @classmethod
    def of(cls, own: CaseView) -> Self:
        return cls(
            id=own.id,
            hall=own.hall.code,
            queue=own.queue.prefix,
            service=own.service.code,
            day=own.day,
            level=own.level,
            reasons=list(own.reasons),
            text=own.text,
            status=own.status,
            due_at=own.due_at,
            overdue=own.overdue,
            late=own.late,
            handler=own.handler,
            call_back=own.phone_masked is not None,
            steps=[StepOut.model_validate(step) for step in own.steps],
            may=sorted(own.may),
        )


class CasesOut(Out):
    tally: CaseTallyOut
    cases: list[CaseOut]

    @classmethod
    def of(cls, own: CaseList) -> Self:
        return cls(tally=CaseTallyOut.of(own.tally), cases=[CaseOut.of(case) for case in own.cases])


class NumberOut(Out):
    """A number to call back; each look at it is a step of the case."""

    phone: str
