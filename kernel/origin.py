"""From where somebody acts: the address and the session of whoever asked, for the trail alone.

It is set around a request (``app.middleware``), completed where a session is found (``kernel.web.access``)
and handed to each unit of work in ``session.info`` (``Database.write``). Rounds and jobs have none.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlmodel import Session

ADDRESS_LIMIT = 45  # the longest text of an IPv6 address
MARK_LENGTH = 12  # of a session's keyed hash: tells sessions apart and opens none


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """An address as the front server tells it, and the mark of a session; empty where there is none."""

    address: str = ""
    session: str = ""


NOWHERE = Origin()
AT_THE_MACHINE = Origin(session="machine")  # an operator's command
_origin: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def origin() -> Origin:
    """Return from where the work of this context is asked for."""
    return _origin.get()


def set_origin(own: Origin) -> None:
    """Say from where the rest of this context is asked for."""
    _origin.set(own)


@contextmanager
def coming_from(own: Origin) -> Iterator[None]:
    """Let what is asked for in the block come from there."""
    before = _origin.set(own)
    try:
        yield
    finally:
        _origin.reset(before)


def session_mark(token_hash: bytes) -> str:
    """Return what tells this session from others in the trail.

    >>> session_mark(bytes(range(32)))
    '000102030405'
    """
    return token_hash.hex()[:MARK_LENGTH]


def told_from(session: Session, own: Origin) -> Session:
    """Return a unit of work that knows from where it is asked for."""
    session.info["origin"] = own
    return session


def origin_of(session: Session) -> Origin:
    """Return from where a unit of work is asked for."""
    found: Origin = session.info.get("origin", NOWHERE)
    return found
