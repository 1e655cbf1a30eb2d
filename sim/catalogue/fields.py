"""Strict reading of one table of a data file: every field is asked for by type, none is left over."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, TypeVar

from sim.catalogue.shapes import Bilingual, CatalogueError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from enum import StrEnum

_E = TypeVar("_E", bound="StrEnum")


class Fields:
    """One table on its way into a dataclass.

    Each method takes a field away and refuses a wrong type; `done` refuses what nobody asked for, so a
    misspelt field is an error and not a default.
    """

    def __init__(self, file: str, where: str, table: Mapping[str, object]) -> None:
        self.file = file
        self.where = where
        self._left = dict(table)

    def refuse(self, reason: str) -> CatalogueError:
        return CatalogueError(self.file, f"{self.where}: {reason}")

    def has(self, name: str) -> bool:
        return name in self._left

    def _take(self, name: str) -> object:
        if name not in self._left:
            raise self.refuse(f"'{name}' is missing")
        return self._left.pop(name)

    def text(self, name: str) -> str:
        value = self._take(name)
        if not isinstance(value, str) or not value or value != value.strip():
            raise self.refuse(f"'{name}' must be a text without blanks around it")
        return value

    def flag(self, name: str) -> bool:
        value = self._take(name)
        if not isinstance(value, bool):
            raise self.refuse(f"'{name}' must be true or false")
        return value

    def number(self, name: str, low: float, high: float) -> float:
        return self._in_range(name, self._take(name), low, high)

    def whole(self, name: str, low: int, high: int) -> int:
        value = self._take(name)
        if not isinstance(value, int):
            raise self.refuse(f"'{name}' must be a whole number")
        return int(self._in_range(name, value, low, high))

    def numbers(self, name: str, low: float, high: float) -> tuple[float, ...]:
        value = self._take(name)
        if not isinstance(value, list):
            raise self.refuse(f"'{name}' must be a list of numbers")
        return tuple(self._in_range(name, item, low, high) for item in value)

    def _in_range(self, name: str, value: object, low: float, high: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refuse(f"'{name}' must be a number")
        if not low <= value <= high:
            raise self.refuse(f"'{name}' is {value}, outside {low} to {high}")
        return float(value)

    def wall_time(self, name: str) -> time:
        value = self._take(name)
        if not isinstance(value, time):
            raise self.refuse(f"'{name}' must be a time such as 08:30:00")
        return value

    def texts(self, name: str, *, optional: bool = False) -> tuple[str, ...]:
        if optional and name not in self._left:
            return ()
        value = self._take(name)
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.refuse(f"'{name}' must be a list of texts")
        if len(set(value)) != len(value):
            raise self.refuse(f"'{name}' names something twice")
        return tuple(value)

    def choice(self, name: str, kind: type[_E]) -> _E:
        return self._member(name, kind, self.text(name))

    def choices(self, name: str, kind: type[_E], *, optional: bool = False) -> frozenset[_E]:
        chosen = frozenset(self._member(name, kind, item) for item in self.texts(name, optional=optional))
        if not chosen and not optional:
            raise self.refuse(f"'{name}' is empty")
        return chosen

    def _member(self, name: str, kind: type[_E], value: str) -> _E:
        try:
            return kind(value)
        except ValueError:
            known = ", ".join(kind)
            raise self.refuse(f"'{name}' has '{value}'; known are {known}") from None

    def bilingual(self) -> Bilingual:
        return Bilingual(self.text("zh"), self.text("en"))

    def words(self, name: str) -> Bilingual:
        """Take a sub-table ``{zh, en}``."""
        inner = self.table(name)
        words = inner.bilingual()
        inner.done()
        return words

    def table(self, name: str) -> Fields:
        value = self._take(name)
        if not isinstance(value, dict):
            raise self.refuse(f"'{name}' must be a table")
        return Fields(self.file, f"{self.where} {name}", value)

    def tables(self, name: str) -> tuple[Fields, ...]:
        value = self._take(name)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.refuse(f"'{name}' must be a list of tables")
        return tuple(Fields(self.file, f"{self.where} {name} {n}", item) for n, item in enumerate(value, 1))

    def names(self) -> tuple[str, ...]:
        """Return the fields that are still to be taken."""
        return tuple(self._left)

    def named_tables(self, name: str) -> Mapping[str, Fields]:
        inner = self.table(name)
        return {key: inner.table(key) for key in inner.names()}

    def known(self, codes: Iterable[str], known: Iterable[str], what: str) -> None:
        """Refuse codes that name nothing."""
        missing = sorted(set(codes) - set(known))
        if missing:
            raise self.refuse(f"no {what} is called {', '.join(missing)}")

    def done(self) -> None:
        if self._left:
            raise self.refuse(f"unknown field {', '.join(sorted(self._left))}")
