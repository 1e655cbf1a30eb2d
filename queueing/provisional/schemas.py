"""Requests and responses about provisional numbers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from kernel.days import Day, Instant
from kernel.web.schemas import In, Out
from queueing.board_schemas import NoticeOut
from queueing.provisional.service import Kit
from queueing.provisional.staff import PaperDay, RefusedSlip
from queueing.provisional.store import Block, HandedIn
from queueing.rules.provisional import LETTER, LOW, Reason, Slip, provisional_label
from queueing.schemas import TicketOut

MOST_AT_ONCE = 50  # a kiosk hands in what it printed in parts; each is one unit of work


class KitServiceOut(Out):
    """A service, and the papers that must be brought."""

    code: str
    name_zh: str
    name_en: str
    bring_zh: list[str]
    bring_en: list[str]


class KitQueueOut(Out):
    """A queue with the services that wait in it."""

    prefix: str
    name_zh: str
    name_en: str
    services: list[KitServiceOut]


class KitSpanOut(Out):
    """An opening of the hall, as instants."""

    opens_at: datetime
    closes_at: datetime


class KitOut(Out):
    """What a kiosk keeps for the time without its server.

    ``now`` is the server's clock; ``days`` are the local days for which it should hold numbers, each with at
    least ``low`` of them left; ``letter`` stands before a number. ``notices`` may be still to come.
    """

    now: datetime
    code: str
    name_zh: str
    name_en: str
    timezone: str
    letter: str
    low: int
    days: list[date]
    spans: list[KitSpanOut]
    queues: list[KitQueueOut]
    notices: list[NoticeOut]

    @classmethod
    def of(cls, kit: Kit) -> Self:
        return cls(
            now=kit.now,
            code=kit.hall.code,
            name_zh=kit.hall.name_zh,
            name_en=kit.hall.name_en,
            timezone=kit.hall.timezone,
            letter=LETTER,
            low=LOW,
            days=list(kit.days),
            spans=[KitSpanOut.model_validate(span) for span in kit.spans],
            notices=[NoticeOut.model_validate(own) for own in kit.notices],
            queues=[
                KitQueueOut(
                    prefix=queue.prefix,
                    name_zh=queue.name_zh,
                    name_en=queue.name_en,
                    services=[
                        KitServiceOut(
                            code=service.code,
                            name_zh=service.name_zh,
                            name_en=service.name_en,
                            bring_zh=[paper.name_zh for paper in service.papers if paper.need == "bring"],
                            bring_en=[paper.name_en for paper in service.papers if paper.need == "bring"],
                        )
                        for service in kit.services.get(queue.id, ())
                    ],
                )
                for queue in kit.queues
            ],
        )


class ReserveIn(In):
    """Local days of which a further block of numbers is wanted."""

    days: Annotated[list[Day], Field(min_length=1, max_length=8)]


class BlockOut(Out):
    """Numbers that the kiosk alone gives out, both ends included."""

    day: date
    first: int
    last: int


class BlocksOut(Out):
    blocks: list[BlockOut]

    @classmethod
    def of(cls, blocks: list[Block]) -> Self:
        return cls(blocks=[BlockOut.model_validate(block) for block in blocks])


class SlipIn(In):
    """A number that a kiosk printed without its server; instants are by the server's clock as it knew it."""

    id: UUID
    day: Day
    number: Annotated[int, Field(ge=1, lt=1_000_000)]
    service: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    priority: bool = False
    printed_at: Instant
    heard_at: Instant

    def slip(self) -> Slip:
        return Slip(**self.model_dump())


class HandInIn(In):
    slips: Annotated[list[SlipIn], Field(min_length=1, max_length=MOST_AT_ONCE)]


class HandedInOut(Out):
    """What became of a slip: a ticket that counts from ``arrived_at``, or the reason why it is none."""

    id: UUID
    label: str
    merged: bool
    arrived_at: datetime | None
    reason: Reason | None

    @classmethod
    def of(cls, slip: HandedIn) -> Self:
        return cls(
            id=slip.id,
            label=provisional_label(slip.number),
            merged=slip.ticket_id is not None,
            arrived_at=slip.arrived_at,
            reason=slip.refused,
        )


class HandedInsOut(Out):
    slips: list[HandedInOut]

    @classmethod
    def of(cls, slips: list[HandedIn]) -> Self:
        return cls(slips=[HandedInOut.of(slip) for slip in slips])


class ServedIn(In):
    """Tickets whose holders were served on paper."""

    ticket_ids: Annotated[list[UUID], Field(min_length=1, max_length=400)]


class TakeBackIn(In):
    ticket_id: UUID


class PutAwayIn(In):
    slip_id: UUID


class RefusedOut(Out):
    """A number on paper that became no ticket."""

    id: UUID
    label: str
    day: date
    service: str
    priority: bool
    printed_at: datetime
    reason: Reason | None

    @classmethod
    def of(cls, own: RefusedSlip) -> Self:
        slip = own.slip
        return cls(
            id=slip.id,
            label=own.label,
            day=slip.day,
            service=slip.service,
            priority=slip.priority,
            printed_at=slip.printed_at,
            reason=slip.refused,
        )


class PaperDayOut(Out):
    """A hall's provisional numbers of today, and the refused ones that nobody of the staff put away."""

    tickets: list[TicketOut]
    refused: list[RefusedOut]
    made_at: datetime

    @classmethod
    def of(cls, day: PaperDay) -> Self:
        return cls(
            tickets=[TicketOut.of(ticket) for ticket in day.tickets],
            refused=[RefusedOut.of(own) for own in day.refused],
            made_at=day.made_at,
        )
