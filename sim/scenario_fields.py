"""Reading a scenario's fields strictly: every mistake names its file, line and reason."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, NoReturn

from queueing.engine import Distribution, constant, empirical, exponential, lognormal, normal
from sim.scenario_lines import Path, line_numbers, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path as FilePath


class BadScenario(ValueError):
    """The scenario is refused; the message reads ``file:line: reason``."""


@dataclass(frozen=True, slots=True)
class Fields:
    """One table of the file; ``path`` is where it stands, for messages."""

    file: str
    lines: dict[Path, int]
    path: Path
    values: dict[str, Any]

    def refuse(self, reason: str, key: str | None = None) -> NoReturn:
        """Refuse the scenario because of ``key``, or of the table as a whole."""
        path = self.path if key is None else (*self.path, key)
        raise BadScenario(f"{self.file}:{line_of(self.lines, path)}: {reason}")

    def only(self, *known: str) -> Fields:
        """Refuse fields that nobody reads."""
        for key in self.values:
            if key not in known:
                self.refuse(f"unknown field {key!r}; known here: {', '.join(known)}", key)
        return self

    def number(self, key: str, default: float | None = None, *, low: float = 0.0, high: float = 1e9) -> float:
        """Return a finite number between ``low`` and ``high``."""
        value = self.values.get(key, default)
        if value is None:
            self.refuse(f"{key!r} is missing")
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            self.refuse(f"{key!r} must be a number, not {value!r}", key)
        if not low <= value <= high:
            self.refuse(f"{key!r} must lie between {low:g} and {high:g}, not {value:g}", key)
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            self.refuse(f"{key!r} must be true or false", key)
        return value

    def text(self, key: str, default: str | None = None) -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str) or not value:
            self.refuse(f"{key!r} must be text", key)
        return value

    def names(self, key: str, known: dict[str, int]) -> list[int]:
        """Return the indices of the queues named in a list."""
        listed = self.values.get(key, [])
        if not isinstance(listed, list):
            self.refuse(f"{key!r} must be a list of queue names", key)
        for name in listed:
            if name not in known:
                self.refuse(f"{key!r} names queue {name!r}, which does not exist", key)
        return [known[name] for name in listed]

    def numbers(self, key: str) -> tuple[float, ...]:
        listed = self.values.get(key, [])
        good = isinstance(listed, list) and all(
            isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
            for value in listed
        )
        if not good:
            self.refuse(f"{key!r} must be a list of numbers", key)
        if any(value < 0 for value in listed):
            self.refuse(f"{key!r} must not be negative", key)
        return tuple(map(float, listed))

    def clock(self, key: str) -> float:
        """Return a time of day such as "08:30" as minutes since midnight."""
        return self.clock_text(self.values.get(key), key)

    def clock_text(self, value: object, key: str) -> float:
        parts = value.split(":") if isinstance(value, str) else []
        if (
            len(parts) != 2
            or not all(part.isdigit() for part in parts)
            or int(parts[0]) > 47
            or int(parts[1]) > 59
        ):
            self.refuse(f'{key!r} must be a time such as "08:30", not {value!r}', key)
        return 60.0 * int(parts[0]) + int(parts[1])

    def spans(self, key: str) -> list[tuple[float, float]]:
        """Return a list of (from, to) in minutes."""
        listed = self.values.get(key, [])
        if not isinstance(listed, list) or not all(
            isinstance(span, list) and len(span) == 2 for span in listed
        ):
            self.refuse(f"{key!r} must be a list of pairs of times", key)
        spans = [(self.clock_text(begins, key), self.clock_text(ends, key)) for begins, ends in listed]
        for begins, ends in spans:
            if begins >= ends:
                self.refuse(f"{key!r} has a span that ends before it begins", key)
        return spans

    def distribution(self, key: str, default: Distribution | None) -> Distribution | None:
        """Return a distribution written as a table such as {mean = 8, cv = 0.8}."""
        value = self.values.get(key)
        if value is None:
            return default
        if not isinstance(value, dict):
            self.refuse(f"{key!r} must be a table such as {{mean = 8, cv = 0.8}}", key)
        inner = Fields(self.file, self.lines, (*self.path, key), value)
        inner.only(
            "mean", "cv", "exponential", "constant", "values", "normal_mean", "normal_sd", "zero_share"
        )
        return _distribution(inner)

    def table(self, key: str) -> Fields:
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            self.refuse(f"{key!r} must be a table", key)
        return Fields(self.file, self.lines, (*self.path, key), value)

    def tables(self, key: str) -> Iterator[Fields]:
        listed = self.values.get(key, [])
        if not isinstance(listed, list) or not all(isinstance(value, dict) for value in listed):
            self.refuse(f"{key!r} must be an array of tables ([[{key}]])", key)
        for index, value in enumerate(listed):
            yield Fields(self.file, self.lines, (*self.path, key, index), value)


def _distribution(fields: Fields) -> Distribution:
    zero_share = fields.number("zero_share", 0.0, high=1.0)
    if "exponential" in fields.values:
        return exponential(fields.number("exponential", low=1e-9), zero_share=zero_share)
    if "constant" in fields.values:
        return constant(fields.number("constant"))
    if "values" in fields.values:
        values = fields.numbers("values")
        return empirical(values) if values else fields.refuse("'values' is empty", "values")
    if "normal_sd" in fields.values:
        return normal(fields.number("normal_mean", 0.0, low=-1e6), fields.number("normal_sd"))
    return lognormal(fields.number("mean", low=1e-9), fields.number("cv", low=1e-9))


def read_fields(path: FilePath) -> Fields:
    """Return the whole file as fields; raises BadScenario for a file that is not TOML."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadScenario(f"{path.name}: not UTF-8 text: {error}") from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadScenario(f"{path.name}: not TOML: {error}") from error
    return Fields(path.name, line_numbers(text), (), values)
