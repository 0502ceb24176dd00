"""The settings as JSON Schema, read off the sections that decode them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from qbitproxy.settings import Settings
from qbitproxy.settings.forms import INTEGER, SWITCH, Form, said
from qbitproxy.settings.outline import Holds, Key, keys

Document = dict[str, Any]

TABLE_NAME = "^[a-z0-9][a-z0-9_-]*$"
WRITTEN_AS = {id(INTEGER): "integer", id(SWITCH): "boolean"}
"""The forms that are no text, by what they are in JSON."""


def section_schema(section: type[Struct], *required: str, **more: Document) -> Document:
    """A section with `more` properties; null stands for each key's default."""
    properties = {name: schema for key in keys(section) for name, schema in _properties(key)}
    schema: Document = {"type": "object", "properties": more | properties, "additionalProperties": False}
    return schema | {"required": list(required)} if required else schema


def section_schemas() -> dict[str, Document]:
    """Every section that stands within another one, by the name it is referred to."""
    return {section.__name__: section_schema(section) for section in _within(Settings)}


def _within(section: type[Struct]) -> Iterator[type[Struct]]:
    for key in keys(section):
        if key.holds not in (Holds.VALUE, Holds.VALUES):
            yield key.section
            yield from _within(key.section)


def _properties(key: Key) -> Iterator[tuple[str, Document]]:
    for name in key.spellings:
        of = "" if name == key.name else f"File that holds {key.name}. "
        yield name, _nullable(_schema(key)) | {"description": f"{of}{key.text}".strip()}


def _schema(key: Key) -> Document:
    match key.holds:
        case Holds.VALUE:
            return _value(key.form) | _range(key) | {"title": f"Write {said(key.form, key.bounds)}."}
        case Holds.VALUES:
            return {"type": "array", "items": _value(key.form), "title": f"Each {key.form.says}."}
        case Holds.ROWS:
            return {"type": "array", "items": _reference(key.section)}
        case Holds.SECTIONS:
            return {
                "type": "object",
                "propertyNames": {"pattern": TABLE_NAME},
                "additionalProperties": {"anyOf": [_reference(key.section), {"type": "null"}]},
            }
        case Holds.SECTION:
            return _reference(key.section)


def _value(form: Form) -> Document:
    """What a value is in JSON; of one that may also be "" nothing is said."""
    kind = WRITTEN_AS.get(id(form))
    if kind is None:
        return {} if form.of_text.__name__ == "<lambda>" else {"type": ["string", "integer"]}
    return {"type": kind}


def _range(key: Key) -> Document:
    if key.form is not INTEGER or key.bounds is None:
        return {}
    limits = {"minimum": key.bounds.low, "maximum": key.bounds.high}
    return {name: limit for name, limit in limits.items() if limit is not None}


def _reference(section: type[Struct]) -> Document:
    return {"$ref": f"#/components/schemas/{section.__name__}"}


def _nullable(schema: Document) -> Document:
    if isinstance(kind := schema.get("type"), str):
        return schema | {"type": [kind, "null"]}
    if isinstance(kind, list):
        return schema | {"type": [*kind, "null"]}
    return {"anyOf": [schema, {"type": "null"}]} if "$ref" in schema else schema
