"""Requests and responses of signing in."""

from typing import Self
from uuid import UUID

from pydantic import Field

from kernel.identity import Staff
from kernel.web.schemas import In, Out


class SessionIn(In):
    """A name, a password, and the code of whoever has a second factor."""

    username: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)
    code: str = Field(default="", max_length=32)


class HereIn(In):
    """How many seconds ago the person last touched the page."""

    ago_s: float = Field(default=0.0, ge=0, le=120)


class LeftOut(Out):
    """Seconds until the session ends untouched; ``final``: at the working day's end, touched or not."""

    left_s: float
    final: bool


class MeOut(Out):
    """Who is signed in; ``csrf_token`` goes with every change that a cookie signs."""

    id: UUID
    name: str
    role: str
    hall_id: UUID | None
    csrf_token: str

    @classmethod
    def of(cls, staff: Staff, *, csrf: str) -> Self:
        return cls(
            id=staff.id, name=staff.name, role=staff.role.value, hall_id=staff.hall_id, csrf_token=csrf
        )
