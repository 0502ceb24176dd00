"""What is written in a query string or a form, read as exactly what is meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.inspect import BoolType, IntType, Type, UnionType, type_info

T = TypeVar("T", bound=Struct)

WHOLE = re.compile(r"-?[0-9]{1,19}")
SWITCHES = {"true": True, "false": False}
"""Source: Decypharr v1.1.6 takes exactly `true`, any other word for false; we refuse the others."""


def read_text(fields: Mapping[str, str], shape: type[T]) -> T:
    """`fields` as `shape`. Raises msgspec.ValidationError."""
    kinds = _kinds(shape)
    return msgspec.convert({name: _meant(text, kinds.get(name)) for name, text in fields.items()}, shape)


def _meant(text: str, kind: type[Type] | None) -> Any:
    if kind is BoolType:
        return SWITCHES.get(text, text)
    return int(text) if kind is IntType and WHOLE.fullmatch(text) else text


@cache
def _kinds(shape: type[Struct]) -> Mapping[str, type[Type]]:
    """What each field is, as far as it is no text."""
    return {
        field.encode_name: type(kind)
        for field in msgspec.structs.fields(shape)
        for kind in _alternatives(type_info(field.type))
        if isinstance(kind, BoolType | IntType)
    }


def _alternatives(info: Type) -> tuple[Type, ...]:
    return info.types if isinstance(info, UnionType) else (info,)
