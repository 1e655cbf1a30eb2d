"""What the caller of a unit of work is told when the database does not take it."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DataError, OperationalError, StatementError

from kernel.errors import Busy, OutOfRange

# Of SQLite's errors those in which the file cannot be used for now; the others are errors of ours.
_UNUSABLE = frozenset(
    {
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
    }
)  # fmt: skip
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def refuse_beyond(failure: Exception) -> None:
    """Raise ``OutOfRange`` for what a value of the request brought about that no field's bounds kept out.

    A date after the last year, a number wider than its column, a NUL in a text: to refuse it here is to
    refuse it on every route.
    """
    cause = failure.orig if isinstance(failure, StatementError) else failure
    if isinstance(failure, DataError) or isinstance(cause, OverflowError):
        raise OutOfRange from failure


def told(failure: Exception) -> Exception:
    """Return what the caller of a unit is told of its failure."""
    if _code(failure) in _UNUSABLE:
        return busy(failure)
    try:
        refuse_beyond(failure)
    except OutOfRange as beyond:
        return beyond
    return failure


def is_locked(failure: BaseException) -> bool:
    """Return whether SQLite says that another program keeps its file."""
    return _code(failure) in _LOCKED


def _code(failure: BaseException) -> int:
    """Return SQLite's code; extended ones carry their kind in the low byte."""
    code = getattr(failure.orig, "sqlite_errorcode", 0) if isinstance(failure, OperationalError) else 0
    return int(code) & 0xFF


def busy(because: BaseException) -> Busy:
    """Return the refusal for a database that cannot be used for now; trying again may help."""
    refused = Busy()
    refused.__cause__ = because
    return refused
