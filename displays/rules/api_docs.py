"""The OpenAPI description as a page needs it: operations by tag, fields by schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_METHODS = ("get", "post", "put", "patch", "delete")
_REFERENCE = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class FieldDoc:
    """A parameter or a field; ``schema`` names the schema its type leads to, if any."""

    name: str
    type: str
    schema: str | None
    required: bool
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class AnswerDoc:
    """An answer by status; refusals name their codes in ``text``."""

    status: str
    text: str
    codes: tuple[str, ...]
    type: str
    schema: str | None


@dataclass(frozen=True, slots=True)
class OperationDoc:
    """One method of one path."""

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    fields: tuple[FieldDoc, ...]
    body: tuple[str, str | None] | None
    answers: tuple[AnswerDoc, ...]


@dataclass(frozen=True, slots=True)
class SchemaDoc:
    """A request or response body."""

    name: str
    text: str
    fields: tuple[FieldDoc, ...]


def operations(openapi: Mapping[str, Any]) -> dict[str, list[OperationDoc]]:
    """Return the operations by their first tag, in the order of the description."""
    by_tag: dict[str, list[OperationDoc]] = {}
    for path, methods in openapi.get("paths", {}).items():
        for method in _METHODS:
            if method in methods:
                described = methods[method]
                tag = (described.get("tags") or ["api"])[0]
                by_tag.setdefault(tag, []).append(_operation(path, method, described))
    return by_tag


def _operation(path: str, method: str, described: Mapping[str, Any]) -> OperationDoc:
    body = described.get("requestBody")
    return OperationDoc(
        anchor=f"{method}-{path}".replace("/", "-").replace("{", "").replace("}", ""),
        method=method.upper(),
        path=path,
        summary=described.get("summary", ""),
        text=described.get("description", ""),
        fields=tuple(_parameter(each) for each in described.get("parameters", ())),
        body=_type(_content(body)) if body else None,
        answers=tuple(_answers(described.get("responses", {}))),
    )


def _content(described: Mapping[str, Any]) -> Mapping[str, Any]:
    for content in described.get("content", {}).values():
        schema: Mapping[str, Any] = content.get("schema", {})
        return schema
    return {}


def _parameter(described: Mapping[str, Any]) -> FieldDoc:
    kind, schema = _type(described.get("schema", {}))
    required, text = described.get("required", False), described.get("description", "")
    return FieldDoc(described["name"], kind, schema, required, described["in"], text)


def _answers(responses: Mapping[str, Any]) -> Iterator[AnswerDoc]:
    for status, described in responses.items():
        text = described.get("description", "")
        codes = tuple(part.strip(" `") for part in text.split(";") if part.strip().startswith("`"))
        kind, schema = _type(_content(described)) if not codes else ("", None)
        yield AnswerDoc(status, "" if codes else text, codes, kind, schema)


def schemas(openapi: Mapping[str, Any]) -> list[SchemaDoc]:
    """Return all bodies by name."""
    found = openapi.get("components", {}).get("schemas", {})
    return [
        SchemaDoc(name, schema.get("description", ""), tuple(_fields(schema)))
        for name, schema in sorted(found.items())
    ]


def _fields(schema: Mapping[str, Any]) -> Iterator[FieldDoc]:
    needed = schema.get("required", ())
    for name, described in schema.get("properties", {}).items():
        kind, leads_to = _type(described)
        yield FieldDoc(name, kind, leads_to, name in needed, "", described.get("description", ""))


def _type(schema: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return a type in words and the name of the schema it leads to.

    >>> _type({"type": "array", "items": {"$ref": "#/components/schemas/TicketOut"}})
    ('list of TicketOut', 'TicketOut')
    """
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REFERENCE)
        return name, name
    if "anyOf" in schema:
        parts = [_type(each) for each in schema["anyOf"]]
        return " or ".join(kind for kind, _ in parts), next((name for _, name in parts if name), None)
    if schema.get("type") == "array":
        kind, name = _type(schema.get("items", {}))
        return f"list of {kind}", name
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"]), None
    kind = str(schema.get("type", "any"))
    return (f"{kind} ({schema['format']})" if "format" in schema else kind), None
