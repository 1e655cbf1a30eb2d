"""Webhooks: what can be subscribed to, the lives of an endpoint and of a delivery, and when to try again.

A delivery is claimed before it goes out, under a lease; whoever claims it after a sender died sends it again
under the same id, by which the receiver knows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class WebhookKind(StrEnum):
    """What happened, as receivers read it in ``type``."""

    APPOINTMENT_BOOKED = "appointment.booked"
    APPOINTMENT_CHANGED = "appointment.changed"
    APPOINTMENT_CANCELLED = "appointment.cancelled"
    APPOINTMENT_CHECKED_IN = "appointment.checked_in"
    APPOINTMENT_NO_SHOW = "appointment.no_show"
    TICKET_ISSUED = "ticket.issued"
    TICKET_CALLED = "ticket.called"
    TICKET_STARTED = "ticket.started"
    TICKET_SERVED = "ticket.served"
    TICKET_MISSED = "ticket.missed"
    TICKET_PARKED = "ticket.parked"
    TICKET_WAITING_AGAIN = "ticket.waiting_again"
    TICKET_BACK_AT_WINDOW = "ticket.back_at_window"
    TICKET_ENDED = "ticket.ended"
    PLAN_APPLIED = "plan.applied"
    NOTICES_CHANGED = "notices.changed"


PING = "ping"  # nobody subscribes to it: it is sent by hand, to whoever is to be tried


class EndpointStatus(StrEnum):
    """Where an endpoint stands."""

    ACTIVE = "active"
    PAUSED = "paused"  # by a person
    FAILING = "failing"  # paused because it failed for too long, or said that it is gone


class EndpointAction(StrEnum):
    PAUSE = "pause"
    RESUME = "resume"
    GIVE_UP = "give_up"


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    SENDING = "sending"  # claimed by a sender, for as long as its lease
    DELIVERED = "delivered"  # answered with 2xx
    SET_ASIDE = "set_aside"  # tried for a day, or its endpoint is gone; kept to be sent again by hand


class DeliveryAction(StrEnum):
    CLAIM = "claim"
    ACCEPT = "accept"
    RETRY = "retry"
    SET_ASIDE = "set_aside"
    REDELIVER = "redeliver"


_E, _F = EndpointStatus, EndpointAction
ENDPOINT_TRANSITIONS: Mapping[tuple[EndpointStatus, EndpointAction], EndpointStatus] = MappingProxyType(
    {
        (_E.ACTIVE, _F.PAUSE): _E.PAUSED,
        (_E.ACTIVE, _F.GIVE_UP): _E.FAILING,
        (_E.PAUSED, _F.RESUME): _E.ACTIVE,
        (_E.FAILING, _F.RESUME): _E.ACTIVE,
        (_E.FAILING, _F.PAUSE): _E.PAUSED,  # somebody has seen it: it is told no more
    }
)
_S, _A = DeliveryStatus, DeliveryAction
DELIVERY_TRANSITIONS: Mapping[tuple[DeliveryStatus, DeliveryAction], DeliveryStatus] = MappingProxyType(
    {
        (_S.WAITING, _A.CLAIM): _S.SENDING,
        (_S.WAITING, _A.SET_ASIDE): _S.SET_ASIDE,
        (_S.SENDING, _A.CLAIM): _S.SENDING,  # its sender died: the lease is over
        (_S.SENDING, _A.ACCEPT): _S.DELIVERED,
        (_S.SENDING, _A.RETRY): _S.WAITING,
        (_S.SENDING, _A.SET_ASIDE): _S.SET_ASIDE,
        (_S.SET_ASIDE, _A.REDELIVER): _S.WAITING,
        (_S.DELIVERED, _A.REDELIVER): _S.WAITING,
    }
)
OPEN = frozenset({_S.WAITING, _S.SENDING})

LEASE = timedelta(seconds=60)  # a sender gives up on a receiver after a quarter of it
TRIED_FOR = timedelta(hours=24)
_S5, _H = timedelta(seconds=5), timedelta(hours=1)
# A restart, a deployment, an outage, a night: eleven tries within the day.
PAUSES = (_S5, 6 * _S5, 24 * _S5, _H / 6, _H / 2, _H, 2 * _H, 4 * _H)
JITTER = 0.2  # of the pause, either way: what failed together is not tried together

GIVES_UP_AFTER = timedelta(hours=24)  # without a single 2xx since the first failure
REST_AFTER = 3  # failures in a row: one lost packet is chance, three are a receiver that is away
FIRST_REST, LONGEST_REST = timedelta(seconds=10), timedelta(minutes=10)
AT_ONCE = 8  # deliveries on their way to one endpoint: a slow one keeps no room from the others

LINE_TRIES, LINE_TRIES_AT_MOST = 4, 7  # 2 min 35 s of pauses; 1 h 45 min
SECRET_UNREADABLE = "secret-unreadable"  # the key that seals it is not there, or its row was damaged
OUR_FAULT = "our-error"  # no fault of the receiver: it counts for nothing
GONE = 410  # the receiver says that it wants nothing more

KEPT_DELIVERED = timedelta(days=2)  # a receiver that looks for a gap does so the next day
KEPT_SET_ASIDE = timedelta(days=14)
OLD_SECRET_LASTS = timedelta(hours=24)
MOST_ENDPOINTS = 20
ANSWER_KEPT = 200  # characters of what a receiver answered


@dataclass(frozen=True, slots=True)
class Answered:
    """What a receiver said: its HTTP status, None where none came, then ``error`` says why in a short code.

    ``answer`` is the beginning of its body; ``took_ms`` how long all of it took.
    """

    status: int | None
    error: str = ""
    answer: str = ""
    took_ms: int | None = None


def again_at(attempts: int, *, now: datetime, not_after: datetime, share: float) -> datetime | None:
    """Return when to try again after so many attempts, or None when its time would be over.

    ``share`` in 0 to 1, drawn by the caller, spreads the pause by ``JITTER`` either way.
    """
    pause = PAUSES[min(attempts, len(PAUSES)) - 1]
    at = now + pause * (1 + JITTER * (2 * share - 1))
    return at if at <= not_after else None


def rest_after(failures: int) -> timedelta | None:
    """Return how long an endpoint is left alone after so many failures in a row; None: not at all.

    >>> [str(rest_after(n)) for n in (2, 3, 4, 30)]
    ['None', '0:00:10', '0:00:20', '0:10:00']
    """
    if failures < REST_AFTER:
        return None
    doublings: int = min(failures - REST_AFTER, 10)
    return min(FIRST_REST * (1 << doublings), LONGEST_REST)


def leaves_line(attempts: int, *, refused: bool, others_taken: bool) -> bool:
    """Return whether a delivery that failed lets those of its hall that come after it go first.

    A receiver that is away gets everything in order when it is back. One that refuses this delivery
    (``refused``: an answer of 4xx), or has taken others since it was first tried, shall not wait for it.
    """
    if attempts >= LINE_TRIES_AT_MOST:
        return True
    return attempts >= LINE_TRIES and (refused or others_taken)


def is_taken(status: int | None) -> bool:
    """Return whether an answer says that the receiver has it: any 2xx, nothing else.

    >>> is_taken(204), is_taken(302), is_taken(None)
    (True, False, False)
    """
    return status is not None and 200 <= status < 300
