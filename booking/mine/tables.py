"""Rows of citizens' own lists. Nobody is named: a person is a keyed hash, a link lies encrypted for them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field

from kernel.columns import utc
from kernel.database import Row
from kernel.ids import uuid7


class CitizenSessionRow(Row, table=True):
    """A list that is open in a browser or a program; ``person`` is of whom, by the ``way`` they came.

    ``subject_sealed``: what the identity service calls them, while the list is open and only where licences
    can be looked up by it.
    """

    __tablename__ = "citizen_session"

    token_hash: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    way: str = Field(max_length=16)
    person: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    started_at: datetime = utc()
    expires_at: datetime = utc(index=True)
    subject_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))


class CitizenCodeRow(Row, table=True):
    """A code that was asked for; ``token_hash`` is of what the browser that asked for it holds.

    ``phone_hash`` is None where no code was sent: such a row is there so that nobody sees a difference.
    """

    __tablename__ = "citizen_code"

    token_hash: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    id: UUID = Field(default_factory=uuid7, unique=True)
    code_hash: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    phone_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32), nullable=True))
    tries_left: int
    expires_at: datetime = utc(index=True)


class OwnItemRow(Row, table=True):
    """Something on the list of who is signed in; the key is the schema's word that it stands there once."""

    __tablename__ = "own_item"

    person: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    subject: UUID = Field(primary_key=True, index=True)
    about: str = Field(max_length=16)
    hall_id: UUID = Field(foreign_key="hall.id")
    path_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    added_at: datetime = utc()
