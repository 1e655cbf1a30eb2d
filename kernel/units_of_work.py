"""A unit of work on its way through a database: waiting for its turn, committed, and what follows."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from kernel.clock import monotonic
from kernel.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlmodel import Session

log = structlog.get_logger(__name__)

LOCK_TIMEOUT_MS = 3_000  # a unit that waits longer for a lock is refused as Busy
WAITS_FOR_S = 3.0  # for its turn; the lock comes after it, and a request may need two turns
AFTERWARDS = "after commit"


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


def after_commit(session: Session, done: Callable[[], None]) -> None:
    """Call ``done`` once the unit of work has committed, before its caller is answered; never if it fails.

    For what this process remembers of the database: forgotten earlier, others would remember it once more
    as it was. A session that nobody commits, as of a reader, has nothing to wait for.
    """
    waiting: list[Callable[[], None]] | None = session.info.get(AFTERWARDS)
    if waiting is None:
        done()
    else:
        waiting.append(done)


def carrying(carried: dict[str, Any]) -> dict[str, Any]:
    return {**carried, AFTERWARDS: []}


def do_afterwards(waiting: Iterable[Callable[[], None]]) -> None:
    """The work is committed: what follows cannot undo it, and must not end the thread that writes."""
    for done in waiting:
        try:
            done()
        except Exception:
            log.exception("an error of ours after a commit")


def nothing() -> None:
    """What happens after a commit before anyone asked for more."""
