"""What requests and responses of every ``schemas.py`` inherit."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Out(BaseModel):
    """Base of responses; ``model_validate`` also takes a view with attributes of the same names."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class In(BaseModel):
    """Base of requests; unknown fields are refused, so a typo is never silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
