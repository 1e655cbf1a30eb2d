"""What shows that somebody stands in a hall: the code on its screen, and the mark of whoever scanned it.

Everything is worked out under the token key: there is no table of codes, and a restart changes none. A code
says where and when, a mark binds that to one browser for the time it takes to choose: passed on to somebody
at home, a link with an old code opens nothing, and a mark is no good in another browser.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, Self

from queueing.phone.rules import MAY_CHOOSE, code_of, read_code, step_at, steps_taken

if TYPE_CHECKING:
    from datetime import date

    from kernel.ids import HallId
    from kernel.secrets import Vault

TOKEN_BYTES = 16  # as many as a token that is drawn


class Proof(Protocol):
    """Something that says that a browser is in a hall."""

    def holds(self, hall_id: HallId, browser: str, *, now: datetime, vault: Vault) -> bool:
        """Return whether it says so of this hall, of this browser, and still now."""
        ...


@dataclass(frozen=True, slots=True)
class Code:
    """The digits on the screen, as somebody typed or scanned them."""

    typed: str

    def holds(self, hall_id: HallId, browser: str, *, now: datetime, vault: Vault) -> bool:  # noqa: ARG002
        """Return whether it is the hall's present code or the one before."""
        typed = read_code(self.typed).encode()
        known = [_code(hall_id, step, vault).encode() for step in steps_taken(now)]
        return any([hmac.compare_digest(typed, own) for own in known])


@dataclass(frozen=True, slots=True)
class Seen:
    """A mark that a browser got for the right code: ``until`` when it may choose."""

    until: datetime
    mark: str

    @classmethod
    def now(cls, hall_id: HallId, browser: str, *, now: datetime, vault: Vault) -> Self:
        """Return the mark of a browser that has just shown the right code."""
        until = (now + MAY_CHOOSE).replace(microsecond=0)
        return cls(until, _mark(hall_id, browser, until, vault))

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the mark in a cookie, or None where there is nothing like one."""
        seconds, _, mark = text.partition(".")
        if not (seconds.isascii() and seconds.isdecimal() and len(seconds) <= 11):
            return None
        return cls(datetime.fromtimestamp(int(seconds), UTC), mark)

    def __str__(self) -> str:
        return f"{int(self.until.timestamp())}.{self.mark}"

    def holds(self, hall_id: HallId, browser: str, *, now: datetime, vault: Vault) -> bool:
        """Return whether it was given for this hall to this browser and has not run out."""
        own = _mark(hall_id, browser, self.until, vault)
        return now < self.until and hmac.compare_digest(self.mark.encode(), own.encode())


def present_code(hall_id: HallId, *, now: datetime, vault: Vault) -> str:
    """Return the code that stands on the hall's screens now."""
    return _code(hall_id, step_at(now), vault)


def browser_hash(browser: str, vault: Vault) -> bytes:
    """Return what is kept of a browser."""
    return vault.digest(browser, field="phone.browser")


def number_token(hall_id: HallId, browser: str, day: date, place: int, vault: Vault) -> str:
    """Return the token of the browser's ``place``-th ticket of the day: the same cookie leads to it again."""
    said = f"{hall_id}\x00{browser}\x00{day.isoformat()}\x00{place}"
    secret = vault.digest(said, field="phone.ticket")[:TOKEN_BYTES]
    return base64.urlsafe_b64encode(secret).rstrip(b"=").decode()


def _code(hall_id: HallId, step: int, vault: Vault) -> str:
    return code_of(vault.digest(f"{hall_id}\x00{step}", field="phone.code"))


def _mark(hall_id: HallId, browser: str, until: datetime, vault: Vault) -> str:
    said = f"{hall_id}\x00{browser}\x00{int(until.timestamp())}"
    return vault.digest(said, field="phone.seen").hex()
