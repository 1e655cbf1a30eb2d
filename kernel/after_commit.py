"""What a process does once a unit of work has committed: for what it remembers of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlmodel import Session

log = structlog.get_logger(__name__)

AFTERWARDS = "after commit"


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
    """Return what a session carries that will be committed: the parts, and room for what follows."""
    return {**carried, AFTERWARDS: []}


def do_afterwards(waiting: Iterable[Callable[[], None]]) -> None:
    """The work is committed: what follows cannot undo it, and must not end the thread that writes."""
    for done in waiting:
        try:
            done()
        except Exception:
            log.exception("an error of ours after a commit")
