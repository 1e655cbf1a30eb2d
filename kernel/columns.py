"""Kinds of columns that the tables of all packages are made of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, false
from sqlmodel import Field

from kernel.database import UtcDateTime

# SQLite gives only INTEGER primary keys a rising number of their own.
BigSerial = BigInteger().with_variant(Integer, "sqlite")


def utc(*, nullable: bool = False, index: bool = False) -> Any:
    """A column for an aware instant."""
    return Field(default=None if nullable else ..., sa_type=UtcDateTime, nullable=nullable, index=index)


def json_column(**more: Any) -> Any:
    """A column for plain JSON values."""
    return Field(sa_column=Column(JSON, nullable=False, **more))


def json_or_none() -> Any:
    """A column for plain JSON values that is NULL where there is none."""
    return Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))


def flag() -> Any:
    """A column that is false unless somebody says otherwise."""
    return Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
