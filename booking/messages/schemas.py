"""Requests and responses of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field

from booking.rules.message_times import SoonAhead, SoonMinutes
from booking.rules.messages import MessageStatus
from booking.schemas import Token
from kernel.web.schemas import In, Out

if TYPE_CHECKING:
    from booking.messages.report import MessageReport, MessageSums
    from booking.messages.stopping import Messages
    from booking.messages.tickets import TicketWish


class WantedIn(In):
    """Whether messages about an appointment are wanted, by its token."""

    token: str = Token
    wanted: bool


class LinkIn(In):
    """Whether messages are wanted, by the code of the link that each of them carries."""

    code: str = Field(min_length=8, max_length=32)
    wanted: bool = False


class TicketWishIn(In):
    """A number to be told when the ticket is soon due; without one the number left before, or the
    appointment's, is taken.

    ``ahead``, ``minutes``: how soon that is, whichever comes first; one that is left out stays as it was.
    """

    token: str = Token
    phone: str | None = Field(default=None, min_length=3, max_length=32)
    language: Literal["zh", "en"] = "zh"
    ahead: SoonAhead | None = None
    minutes: SoonMinutes | None = None


class TicketTokenIn(In):
    token: str = Token


class MessagesOut(Out):
    """How it stands with messages to a number; ``offered`` is false where nobody is to be reached."""

    offered: bool
    stopped: bool
    phone_masked: str | None

    @classmethod
    def of(cls, own: Messages) -> Self:
        return cls.model_validate(own)


class TicketWishOut(Out):
    """``phone_masked``: who is told; ``known_masked``: the number of the appointment behind the ticket.

    ``ahead``, ``minutes``: when, whichever comes first. ``told``: the gateway has the message.
    ``message``: where it stands, null while it is not yet time for it.
    """

    offered: bool
    phone_masked: str | None
    known_masked: str | None
    told: bool
    message: MessageStatus | None
    ahead: int
    minutes: int

    @classmethod
    def of(cls, wish: TicketWish) -> Self:
        return cls(
            offered=wish.offered,
            phone_masked=wish.phone_masked,
            known_masked=wish.known_masked,
            told=wish.message is MessageStatus.SENT,
            message=wish.message,
            ahead=wish.soon.ahead,
            minutes=wish.soon.minutes,
        )


class SumsOut(Out):
    """Counts; ``parts`` are what operators bill of the messages sent, ``held`` counts by reason."""

    sent: int
    parts: int
    waiting: int
    failed: int
    void: int
    held: dict[str, int]

    @classmethod
    def shown(cls, sums: MessageSums) -> Self:
        return cls(
            **{name: getattr(sums, name) for name in ("sent", "parts", "waiting", "failed", "void")},
            held=dict(sums.held),
        )


class ReportOut(Out):
    """Counts of a hall or the city, by kind of message and together; no number, no text."""

    hall: str | None
    set_up: bool
    kinds: dict[str, SumsOut]
    whole: SumsOut

    @classmethod
    def of(cls, report: MessageReport) -> Self:
        return cls(
            hall=report.hall.code if report.hall else None,
            set_up=report.set_up,
            kinds={kind.value: SumsOut.shown(sums) for kind, sums in report.sums},
            whole=SumsOut.shown(report.whole),
        )
