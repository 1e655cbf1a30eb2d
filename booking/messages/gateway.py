"""The port to whoever carries messages, and the two that carry none: a log line, a stand-in for demos."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import structlog

from booking.rules.people import masked_phone

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from booking.messages.sending import Outgoing
    from kernel.settings import MessageSettings

log = structlog.get_logger(__name__)

BATCH = 20  # at once: as a gateway takes them well, and as many as a dead sender repeats
KEPT = 200  # messages of a stand-in; a page shows no more


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a gateway said: it has taken the message over, or why not; ``for_good``: trying again is no use.

    ``reason`` is a short code that goes into the database, never what the gateway wrote.
    """

    accepted: bool
    reason: str = ""
    for_good: bool = False


ACCEPTED = Delivery(accepted=True)


class Gateway(Protocol):
    """Carries a message to a telephone.

    ``send`` never raises for a gateway that is away and returns within a quarter of the lease. A gateway
    must drop what comes a second time under the same key. ``room`` says how many may be claimed for it now:
    none while it is left alone after failures, then one to try.
    """

    @property
    def room(self) -> int: ...

    async def send(self, message: Outgoing) -> Delivery: ...

    async def aclose(self) -> None: ...


class LogGateway:
    """Sends nothing and says in the log that it would: no number and no text."""

    room = BATCH

    async def send(self, message: Outgoing) -> Delivery:
        log.info("message not sent: no gateway is set up", key=str(message.key), parts=message.parts)
        return ACCEPTED

    async def aclose(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """A message as a demo shows it."""

    at: datetime
    phone_masked: str
    text: str
    parts: int


class StandIn:
    """Keeps the latest messages in this process's memory, for the page of a demo; nothing leaves it."""

    room = BATCH

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._kept: deque[KeptMessage] = deque(maxlen=KEPT)
        self._keys: set[str] = set()

    async def send(self, message: Outgoing) -> Delivery:
        if str(message.key) not in self._keys:
            self._keys.add(str(message.key))
            shown = KeptMessage(self._now(), masked_phone(message.phone), message.text, message.parts)
            self._kept.appendleft(shown)
        return ACCEPTED

    def latest(self) -> list[KeptMessage]:
        """Return what is kept, newest first."""
        return list(self._kept)

    async def aclose(self) -> None:
        return None


def gateway_of(settings: MessageSettings | None, now: Callable[[], datetime]) -> Gateway | None:
    """Return the gateway that the settings ask for; None where no messages are sent."""
    if settings is None:
        return None
    if settings.kind == "log":
        return LogGateway()
    if settings.kind == "stand_in":
        return StandIn(now)
    from booking.messages.http_gateway import HttpGateway  # noqa: PLC0415 - a client that most do without

    secret = settings.secret.get_secret_value() if settings.secret else None
    return HttpGateway(settings.url or "", secret, now=now)
