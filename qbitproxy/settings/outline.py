"""What keys a section has, read off its Struct."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from enum import Enum, StrEnum, auto
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT, Meta, Struct

from qbitproxy.settings.forms import INTEGER, SWITCH, TEXT, Between, Form, choice, optional
from qbitproxy.settings.secret import ELSEWHERE, Secret


class Holds(Enum):
    """What stands behind a key."""

    VALUE = auto()
    VALUES = auto()  # a list of values
    SECTION = auto()
    SECTIONS = auto()  # a table of sections by name
    ROWS = auto()  # a list of sections


class Key(Struct, frozen=True, kw_only=True):
    """One key of a section."""

    name: str  # as written in the file
    attribute: str
    holds: Holds
    text: str  # what it means
    form: Form = TEXT  # of the value or of each value
    section: type[Struct] = Struct  # of the section or of each section
    bounds: Between | None = None
    default: Any = NODEFAULT

    @property
    def secret(self) -> bool:
        """Whether it may also be given as `<name>_file`."""
        return isinstance(self.default, Secret)

    @property
    def spellings(self) -> tuple[str, ...]:
        """The names it may be written under."""
        return (self.name, f"{self.name}_file") if self.secret else (self.name,)


@cache
def keys(section: type[Struct]) -> tuple[Key, ...]:
    """The keys of `section`, those that hold plain values first, as TOML wants them."""
    hints = get_type_hints(section, include_extras=True)
    found = [
        _key(field.name, field.encode_name, hints[field.name], _default(field))
        for field in msgspec.structs.fields(section)
    ]
    return tuple(sorted(found, key=lambda key: key.holds in (Holds.SECTION, Holds.SECTIONS)))


def names(section: type[Struct]) -> list[str]:
    """Everything that may be written in `section`."""
    return [name for key in keys(section) for name in key.spellings]


def document(section: Struct, *, reveal: bool) -> dict[str, Any]:
    """`section` as TOML values; without `reveal` fit to be shown to anybody who may see the settings."""
    return dict(_written(section, reveal))


def _written(section: Struct, reveal: bool) -> Iterator[tuple[str, Any]]:
    for key in keys(type(section)):
        value = getattr(section, key.attribute)
        write = key.form.write if reveal or key.form.shown is None else key.form.shown
        match key.holds:
            case Holds.VALUE if reveal and isinstance(value, Secret) and value.kept_in:
                outside = value.kept_in == ELSEWHERE
                yield (key.name, "") if outside else (f"{key.name}_file", value.kept_in)
            case Holds.VALUE:
                yield key.name, write(value)
            case Holds.VALUES:
                yield key.name, [write(each) for each in value]
            case Holds.SECTION:
                yield key.name, document(value, reveal=reveal)
            case Holds.SECTIONS:
                yield key.name, {name: document(each, reveal=reveal) for name, each in value.items()}
            case Holds.ROWS:
                yield key.name, [document(each, reveal=reveal) for each in value]


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default_factory is NODEFAULT else field.default_factory()


def _key(attribute: str, name: str, hint: Any, default: Any) -> Key:
    plain, notes = _unwrapped(hint)
    metas = [note for note in notes if isinstance(note, Meta) and note.description]
    known: dict[str, Any] = {
        "name": name,
        "attribute": attribute,
        "default": default,
        "text": metas[0].description if metas else "",
        "bounds": next((note for note in notes if isinstance(note, Between)), None),
    }
    if get_origin(plain) is dict:
        return Key(holds=Holds.SECTIONS, section=get_args(plain)[1], **known)
    if _is_section(plain):
        return Key(holds=Holds.SECTION, section=plain, **known)
    if get_origin(plain) is tuple:
        each = get_args(plain)[0]
        if _is_section(each):
            return Key(holds=Holds.ROWS, section=each, **known)
        return Key(holds=Holds.VALUES, form=_form(each), **known)
    return Key(holds=Holds.VALUE, form=_form(hint), **known)


def _form(hint: Any) -> Form:
    plain, notes = _unwrapped(hint)
    explicit = next((note for note in notes if isinstance(note, Form)), None)
    if explicit is not None:
        return explicit
    if get_origin(plain) in (Union, types.UnionType):
        return optional(_form(next(arm for arm in get_args(plain) if arm is not type(None))))
    if isinstance(plain, type) and issubclass(plain, StrEnum):
        return choice({str(word): word for word in plain})
    if get_origin(plain) is Literal:
        return choice({word: word for word in get_args(plain)})
    forms: dict[Callable[..., Any], Form] = {bool: SWITCH, int: INTEGER, str: TEXT}
    return forms[plain]


def _unwrapped(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    if get_origin(hint) is Annotated:
        plain, *notes = get_args(hint)
        return plain, tuple(notes)
    return hint, ()


def _is_section(plain: Any) -> bool:
    return isinstance(plain, type) and issubclass(plain, Struct)
