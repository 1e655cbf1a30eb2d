"""What a process remembers of the database: since when a session may see it, and what follows a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from kernel.clock import monotonic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlmodel import Session

log = structlog.get_logger(__name__)

AFTERWARDS, BEGAN_AT = "after commit", "began at"


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


def beginning(carried: dict[str, Any]) -> dict[str, Any]:
    """Return what a session carries from its beginning on: the parts, and when that was."""
    return {**carried, BEGAN_AT: monotonic()}


def began_at(session: Session) -> float:
    """Return an instant of ``monotonic`` from which on, or later, a session sees what was committed."""
    found: float | None = session.info.get(BEGAN_AT)
    return monotonic() if found is None else found


def carrying(carried: dict[str, Any]) -> dict[str, Any]:
    """Return what a session carries that will be committed: the same, and room for what follows."""
    return {**beginning(carried), AFTERWARDS: []}


def do_afterwards(waiting: Iterable[Callable[[], None]]) -> None:
    """The work is committed: what follows cannot undo it, and must not end the thread that writes."""
    for done in waiting:
        try:
            done()
        except Exception:
            log.exception("an error of ours after a commit")
