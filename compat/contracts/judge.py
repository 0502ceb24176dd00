"""What the published interface of an Arr says to a call with its answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

FOLDER = Path(__file__).parent


class Operation(Struct, frozen=True, forbid_unknown_fields=True):
    """One way to call an Arr."""

    query: dict[str, str]  # name of a parameter -> word
    body: str  # word, "" for none
    answer: str  # word, "" where none is published


class Contract(Struct, frozen=True, forbid_unknown_fields=True):
    """The interface of one Arr."""

    source: str
    operations: dict[str, Operation]  # by method and path: "DELETE /api/v3/queue/{id}"
    types: dict[str, dict[str, str]]  # name of a member -> word
    stands_for: dict[str, str] = {}  # a type that has no members after all -> word


@dataclass(frozen=True)
class Exchange:
    """One call with its answer."""

    method: str
    path: str  # without the URL base of the Arr
    query: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    status: int = 200
    answer: bytes = field(default=b"", repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def names() -> list[str]:
    """The Arrs there is a contract of."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def published(name: str) -> Contract:
    """The contract of one Arr, as it was published."""
    return msgspec.json.decode((FOLDER / f"{name}.json").read_bytes(), type=Contract)


def complaints(contract: Contract, exchange: Exchange) -> list[str]:
    """All that does not fit, each complaint once. Of an answer that is no success only the call is judged."""
    name = operation_of(contract, exchange.method, exchange.path)
    if not name:
        return [f"{exchange}: no such operation"]
    operation = contract.operations[name]
    found = [*_asked(operation, exchange.query), *_sent(contract, operation, exchange.body)]
    if operation.answer and 200 <= exchange.status < 300:
        found += _told(contract, operation.answer, exchange.answer, "the answer")
    return [f"{name}: {complaint}" for complaint in dict.fromkeys(found)]


def operation_of(contract: Contract, method: str, path: str) -> str:
    """The name of the operation, "" when there is none; a path to the letter goes before one with an id."""
    wanted = f"{method} {path}"
    if wanted in contract.operations:
        return wanted
    return next((name for name in contract.operations if _pattern(name).fullmatch(wanted)), "")


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(re.escape(part) for part in re.split(r"\{[^}]*\}", name)))


def _asked(operation: Operation, query: Sequence[tuple[str, str]]) -> Iterator[str]:
    given = [name for name, _ in query]
    for name, value in query:
        word = operation.query.get(name)
        if word is None:
            yield f"no query parameter {name!r}"
        elif not word.startswith("array ") and given.count(name) > 1:
            yield f"query parameter {name!r} more than once"
        elif not _reads_as(word.removeprefix("array "), value):
            yield f"query parameter {name!r} is no {word}: {value!r}"


def _reads_as(word: str, value: str) -> bool:
    match word:
        case "integer":
            return re.fullmatch(r"-?[0-9]+", value) is not None
        case "boolean":
            return value in ("true", "false")
        case "date":
            return _is_date(value)
    return not word.startswith("enum ") or value in _values(word) or value.isdecimal()


def _sent(contract: Contract, operation: Operation, body: bytes) -> Iterator[str]:
    if body and not operation.body:
        yield "no body"
    elif operation.body:
        yield from _told(contract, operation.body, body, "the body")


def _told(contract: Contract, word: str, text: bytes, place: str) -> Iterator[str]:
    try:
        value = json.loads(text)
    except ValueError:
        yield f"{place} is no JSON"
    else:
        yield from _misfits(contract, word, value, place)


def _misfits(contract: Contract, word: str, value: object, place: str) -> Iterator[str]:
    """What is wrong with a value at `place`, which is the answer, the body or a member of a type."""
    if value is None:
        if not word.endswith("?"):
            yield f"{place} is null"
        return
    word = word.removesuffix("?")
    if word.startswith("array "):
        if isinstance(value, list):
            for element in value:
                yield from _misfits(contract, word.removeprefix("array "), element, place)
        else:
            yield f"{place} is no array"
    elif word.startswith("enum "):
        if value not in _values(word):
            yield f"{place} is none of its values: {value!r}"
    elif word in contract.stands_for:
        yield from _misfits(contract, contract.stands_for[word], value, place)
    elif word in contract.types:
        yield from _within(contract, word, value, place)
    elif not PLAIN[word](value):
        yield f"{place} is no {word}: {value!r}"


def _within(contract: Contract, name: str, value: object, place: str) -> Iterator[str]:
    """What is wrong with a value of a type that has members."""
    shape = contract.types[name]
    if isinstance(value, dict):
        for member, held in value.items():
            if member in shape:
                yield from _misfits(contract, shape[member], held, f"{name}.{member}")
            else:
                yield f"{name} has no member {member!r}"
    else:
        yield f"{place} is no {name}: {value!r}"


def _values(word: str) -> list[str]:
    return word.removeprefix("enum ").split("|")


def _is_date(value: object) -> bool:
    if not isinstance(value, str) or "T" not in value:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


PLAIN: Mapping[str, Callable[[object], bool]] = {
    "integer": lambda value: type(value) is int,
    "number": lambda value: type(value) in (int, float),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "date": _is_date,
    "object": lambda value: True,
}
"""The words for what has no members -> whether a value is such."""
