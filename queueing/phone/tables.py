"""The row of a browser that took a number in a hall today."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field

from kernel.database import Row


class PhoneRow(Row, table=True):
    """A browser that took numbers in a hall on a local day, how many, and nothing that leads to a ticket.

    ``browser`` is a keyed hash of a random cookie. The ticket's token is worked out from the cookie, which
    is kept nowhere here (``queueing.phone.proofs``). Rows go with their day.
    """

    __tablename__ = "phone"

    hall_id: UUID = Field(primary_key=True, foreign_key="hall.id")
    browser: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    day: date
    taken: int
