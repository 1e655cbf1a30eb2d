"""How many rows a change met: a conditional update says by it whether its condition held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from sqlalchemy import CursorResult, Delete, Update
    from sqlmodel import Session


def touched(session: Session, change: Update | Delete) -> int:
    """Update or delete, and return how many rows the condition met."""
    return cast("CursorResult[Any]", session.execute(change)).rowcount
