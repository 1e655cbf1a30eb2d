"""A unit of work that waits for its turn at the database."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Protocol

from kernel.clock import monotonic
from kernel.errors import Busy

if TYPE_CHECKING:
    from sqlmodel import Session

LOCK_TIMEOUT_MS = 3_000  # a unit that waits longer for a lock is refused as Busy
WAITS_FOR_S = 3.0  # for its turn; the lock comes after it, and a request may need two turns


class Work(Protocol):
    def __call__(self, session: Session, /) -> Any: ...


class Unit:
    """A use case waiting for its turn, and the future its caller waits on."""

    __slots__ = ("asked_at", "future", "work")

    def __init__(self, work: Work) -> None:
        self.work = work
        self.future: Future[Any] = Future()
        self.asked_at = monotonic()

    def begins(self) -> bool:
        """Return whether it is to be done.

        A caller that went away before its turn gets nothing done, and from here on cannot cancel; one that
        waited too long is told so.
        """
        if not self.future.set_running_or_notify_cancel():
            return False
        late = is_late(self.asked_at)
        if late:
            self.future.set_exception(Busy())
        return not late


def is_late(asked_at: float) -> bool:
    return monotonic() - asked_at > WAITS_FOR_S


def nothing() -> None:
    """What happens after a commit before anyone asked for more."""
