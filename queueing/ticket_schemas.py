"""What takes a ticket, and what proves whose it is."""

from __future__ import annotations

from pydantic import Field

from kernel.web.schemas import In
from queueing.rules.tickets import MOST_SERVICES


class IssueIn(In):
    """The services in the order they are wanted; ``priority`` for the legal priority groups."""

    services: list[str] = Field(min_length=1, max_length=MOST_SERVICES)
    priority: bool = False


class TokenIn(In):
    token: str = Field(min_length=8, max_length=64)
