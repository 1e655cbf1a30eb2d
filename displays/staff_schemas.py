"""Requests and responses of signing in."""

from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from kernel.identity import Staff


class SessionIn(BaseModel):
    """A name, a password, and the code of whoever has a second factor."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    username: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)
    code: str = Field(default="", max_length=32)


class HereIn(BaseModel):
    """How many seconds ago the person last touched the page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ago_s: float = Field(default=0.0, ge=0, le=120)


class LeftOut(BaseModel):
    """Seconds until the session ends untouched; ``final``: at the working day's end, touched or not."""

    model_config = ConfigDict(frozen=True)

    left_s: float
    final: bool


class MeOut(BaseModel):
    """Who is signed in; ``csrf_token`` goes with every change that a cookie signs."""

    model_config = ConfigDict(frozen=True)

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
