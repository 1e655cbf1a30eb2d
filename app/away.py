"""Why the database did not take what was asked: in the log, since who asked is told only to come again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from kernel.clock import monotonic

if TYPE_CHECKING:
    from kernel.errors import Refusal

log = structlog.get_logger("database")

SAID_EVERY_S = 30.0  # of one reason: a full disk refuses hundreds of requests a second

_said_at: dict[str, float] = {}


def say_why(refused: Refusal) -> None:
    """Log the database's own code for a refusal that came of it, now and then; no values, no statement."""
    if refused.__cause__ is None:
        return
    reason = _reason(refused.__cause__)
    if monotonic() - _said_at.get(reason, float("-inf")) >= SAID_EVERY_S:
        _said_at[reason] = monotonic()
        log.warning("the database does not take what is asked", reason=reason)


def _reason(failure: BaseException) -> str:
    """Return SQLITE_FULL and the like, a SQLSTATE, or the kind of error where there is neither."""
    driver = getattr(failure, "orig", None) or failure.__cause__ or failure
    driver = getattr(driver, "orig", None) or driver
    code = getattr(driver, "sqlite_errorname", None) or getattr(driver, "sqlstate", None)
    return str(code or type(driver).__name__)
