"""Requests made from the description of the API and the list of routes: plausible ones, and odd ones."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ODD_TEXTS = ("", " ", "\x00", "a\x00b", "汉" * 300, "../../etc", "%", "'; --", "-1", "null", "nan")
ODD_DATES = ("0001-01-01", "9999-12-31", "2026-02-29", "2026-11-18", "tomorrow", "")
ODD_INSTANTS = (
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-11-18T10:30:00+08:00"),
    *("2026-11-18T10:30:00", "1e400", "now"),
)
ODD_NUMBERS = (0, -1, 1, 2**31, 2**63, 10**40, 1e308, -1e308, 0.5)
ODD_ANYTHING: tuple[Any, ...] = (None, [], {}, True, "", 0, [[]], {"": None})


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``headers`` go on top of those that say who asks."""

    method: str
    path: str
    pattern: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    form: Mapping[str, Any] | None = None


class Maker:
    """Makes requests; ``known`` are values by a part of the field's name that are there in the database."""

    def __init__(self, description: Mapping[str, Any], known: Mapping[str, Sequence[str]], seed: int) -> None:
        self._description, self._known = description, known
        self._chance = random.Random(seed)

    def of_operations(self, each: int) -> Iterator[tuple[Mapping[str, Any], Request]]:
        """Yield operations of the API with ``each`` requests, plausible and odd by turns."""
        for pattern, item in sorted(self._description["paths"].items()):
            for method, operation in item.items():
                for number in range(each):
                    yield operation, self._request(method.upper(), pattern, operation, odd=number % 2 == 1)

    def _request(self, method: str, pattern: str, operation: Mapping[str, Any], *, odd: bool) -> Request:
        path, query = pattern, {}
        for own in operation.get("parameters", ()):
            value = self._value(own["schema"], own["name"], odd=odd)
            if own["in"] == "path":
                path = path.replace("{" + own["name"] + "}", quote(str(value), safe="") or "-")
            elif own["in"] == "query" and (own.get("required") or self._chance.random() < 0.7):
                query[own["name"]] = value
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        body = self._value(schema, "", odd=odd) if schema is not None else None
        return Request(method, path, pattern, query, body)

    def _value(self, schema: Mapping[str, Any], name: str, *, odd: bool) -> Any:
        if odd and self._chance.random() < 0.1:
            return self._chance.choice(ODD_ANYTHING)
        if "$ref" in schema:
            return self._value(self._resolved(schema["$ref"]), name, odd=odd)
        if "anyOf" in schema:
            return self._value(self._chance.choice(schema["anyOf"]), name, odd=odd)
        if "enum" in schema and not (odd and self._chance.random() < 0.3):
            return self._chance.choice(schema["enum"])
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema, odd=odd)
        if kind == "array":
            length = self._chance.randint(schema.get("minItems", 0), 3)
            return [self._value(schema.get("items", {}), name, odd=odd) for _ in range(length)]
        return self._plain(kind, schema, name, odd=odd)

    def _object(self, schema: Mapping[str, Any], *, odd: bool) -> Any:
        needed = set(schema.get("required", ()))
        found = {
            name: self._value(own, name, odd=odd)
            for name, own in schema.get("properties", {}).items()
            if name in needed or self._chance.random() < 0.6
        }
        more = schema.get("additionalProperties")
        if isinstance(more, dict):
            found |= {self._chance.choice(("0", "6", "9", "x")): self._value(more, "", odd=odd)}
        if odd and found and self._chance.random() < 0.2:
            found.pop(self._chance.choice(sorted(found)))
        return found

    def _plain(self, kind: str | None, schema: Mapping[str, Any], name: str, *, odd: bool) -> Any:
        if kind == "boolean":
            return self._chance.random() < 0.5
        if kind in ("integer", "number"):
            if odd:
                return self._chance.choice(ODD_NUMBERS)
            low, high = schema.get("minimum", 0), schema.get("maximum", 100)
            return self._chance.randint(int(low), int(max(low, high)))
        if kind == "null":
            return None
        return self._text(schema, name, odd=odd)

    def _text(self, schema: Mapping[str, Any], name: str, *, odd: bool) -> str:
        wanted = schema.get("format")
        if wanted == "date":
            return self._chance.choice(ODD_DATES if odd else ODD_DATES[3:4])
        if wanted == "date-time":
            return self._chance.choice(ODD_INSTANTS if odd else ODD_INSTANTS[2:3])
        if odd and self._chance.random() < 0.6:
            return self._chance.choice(ODD_TEXTS)
        known = [value for part, values in self._known.items() if part in name for value in values]
        if known:
            return self._chance.choice(known)
        if wanted == "uuid":
            return str(UUID(int=self._chance.getrandbits(128)))
        return "x" * max(1, schema.get("minLength", 1))

    def _resolved(self, reference: str) -> Mapping[str, Any]:
        found: Any = self._description
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        return found  # type: ignore[no-any-return]
