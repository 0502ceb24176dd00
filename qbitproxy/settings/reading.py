"""Turning what was written into Settings without stopping at the first problem."""

from __future__ import annotations

import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec import NODEFAULT, Struct

from qbitproxy.settings.forms import SECRET, kind_of, parsed, said
from qbitproxy.settings.outline import Holds, Key, keys, names
from qbitproxy.settings.peers import ArrKind, ArrSettings, ProviderSettings
from qbitproxy.settings.problems import Problem, suggestion
from qbitproxy.settings.secret import ELSEWHERE, Secret

LONGEST_SECRET = 65536  # bytes of a secret's file


class Given(Struct, frozen=True):
    """A value that did not come from the settings file."""

    value: Any  # text, or what a text spelled
    label: str  # where to mend it
    file: bool = False  # a credential: `value` is the path of the file that holds the secret


class Place(Struct, frozen=True):
    """Where a value stands: its TOML path, and where it came from if that is not the settings file."""

    path: str = ""
    label: str = ""

    def key(self, name: str) -> Place:
        """The place of `name` below this one."""
        return Place(f"{self.path}.{name}".lstrip("."), self.label and f"{self.label}.{name}")

    def item(self, index: int) -> Place:
        """The place of a list's element."""
        return Place(f"{self.path}[{index}]", self.label and f"{self.label}[{index}]")


class Reading:
    """One pass over everything that was written, collecting what is wrong with it."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._faulty: set[str] = set()

    def report(self, place: Place, message: str, hint: str = "", *, fatal: bool = True) -> None:
        """Note a problem, unless the value at that place is already known to be wrong."""
        if not any(
            place.path == path or place.path.startswith((f"{path}.", f"{path}[")) for path in self._faulty
        ):
            self.problems.append(Problem(place.label or place.path, message, hint, fatal))
        if fatal and place.path:
            self._faulty.add(place.path)

    def section(self, shape: type[Struct], raw: Any, place: Place) -> Any:
        """An instance of `shape`, with defaults where something is wrong; None when that is impossible."""
        if not isinstance(raw, dict):
            self.report(
                place, f"is {kind_of(raw)} where a table is expected", "write one key per line below it"
            )
            raw = {}
        known = names(shape)
        for name in raw:
            if name not in known:
                self.report(place.key(name), "there is no such setting", suggestion(name, known))
        values = {}
        for key in keys(shape):
            value = self._secret(key, raw, place) if key.secret else self._value(key, raw, place)
            if value is not NODEFAULT:
                values[key.attribute] = value
            elif key.default is NODEFAULT:
                self.report(place.key(key.name), "is missing", f"write {key.form.says}")
        complete = all(key.attribute in values or key.default is not NODEFAULT for key in keys(shape))
        return shape(**values) if complete else None

    def _value(self, key: Key, raw: dict[str, Any], place: Place) -> Any:
        """What `key` is set to; NODEFAULT when it is not set or wrong."""
        if key.name not in raw:
            return NODEFAULT
        value, here = raw[key.name], place.key(key.name)
        if isinstance(value, Given):
            value, here = value.value, Place(here.path, value.label)
            if isinstance(value, str):
                value = self._attempt(*_of_text(key), value, here)
        if value is NODEFAULT:
            return NODEFAULT
        match key.holds:
            case Holds.VALUE:
                return self._leaf(key, value, here)
            case Holds.VALUES:
                return self._list(key, value, here)
            case Holds.SECTION:
                return self.section(key.section, value, here)
            case Holds.SECTIONS:
                return self._named(key.section, value, here)
            case Holds.ROWS:
                rows = self._elements(value, here)
                read = [self.section(key.section, row, here.item(index)) for index, row in enumerate(rows)]
                return tuple(row for row in read if row is not None)

    def _leaf(self, key: Key, raw: Any, place: Place) -> Any:
        hint = said(key.form, key.bounds)
        value = self._attempt(key.form.read, hint, raw, place)
        if value in (NODEFAULT, None) or key.bounds is None or key.bounds.admits(value):
            return value
        self.report(place, "is out of range", f"write {hint}")
        return NODEFAULT

    def _list(self, key: Key, raw: Any, place: Place) -> tuple[Any, ...]:
        found: list[Any] = []
        for index, each in enumerate(self._elements(raw, place)):
            value = self._leaf(key, each, place.item(index))
            if value in found:
                self.report(place.item(index), "is listed twice", "name it once")
            elif value is not NODEFAULT:
                found.append(value)
        return tuple(found)

    def _elements(self, raw: Any, place: Place) -> Sequence[Any]:
        if isinstance(raw, list):
            return raw
        self.report(place, f"is {kind_of(raw)} where a list is expected", "write it in square brackets")
        return []

    def _named(self, shape: type[Struct], raw: Any, place: Place) -> dict[str, Any]:
        if not isinstance(raw, dict):
            self.report(
                place, f"is {kind_of(raw)} where a table is expected", "write one table for each name"
            )
            return {}
        found: dict[str, Any] = {}
        for name, each in raw.items():
            here = place.key(name)
            if not _is_name(name):
                hint = "use lower-case letters, digits and single - or _ between them"
                self.report(here, "is not a usable name", hint)
            elif folded(name) in map(folded, found):
                self.report(here, "is the same name as another one above", "- and _ count as the same")
            elif (section := self.section(shape, _with_kind(shape, name, each), here)) is not None:
                found[name] = section
        return found

    def _secret(self, key: Key, raw: dict[str, Any], place: Place) -> Any:
        file = f"{key.name}_file"
        if key.name in raw and file in raw:
            other = raw[file]
            told = other.label if isinstance(other, Given) else place.key(file).path
            self.report(
                Place(place.key(key.name).path, told), f"stands beside {key.name}", "keep one of the two"
            )
            return NODEFAULT
        given = raw.get(key.name)
        if isinstance(given, Given) and given.file:
            return self._from_file(given.value, Place(place.key(key.name).path, given.label), ELSEWHERE)
        if file in raw:
            given, here = raw[file], place.key(file)
            if isinstance(given, Given):
                return self._from_file(given.value, Place(here.path, given.label), ELSEWHERE)
            return self._from_file(given, here, "")
        value = self._value(key, raw, place)
        if isinstance(given, Given) and isinstance(value, Secret):
            return Secret(value.reveal(), kept_in=ELSEWHERE)
        return value

    def _from_file(self, path: Any, place: Place, kept_in: str) -> Any:
        """The secret in the file at `path`; a file that everybody may read is worth a warning."""
        if not isinstance(path, str) or not path.startswith("/"):
            self.report(place, "is not an absolute path", 'write a path such as "/run/secrets/key"')
            return NODEFAULT
        try:
            with Path(path).open("rb") as file:
                text = file.read(LONGEST_SECRET).decode().strip()
            if Path(path).stat().st_mode & stat.S_IROTH:
                self.report(place, "is a file that everybody may read", "chmod o-r it", fatal=False)
        except OSError as error:
            self.report(place, f"cannot be read: {error.strerror}", "check the path and its permissions")
            return NODEFAULT
        except ValueError:
            self.report(place, "is not a text file", "put the key alone into it")
            return NODEFAULT
        if not text:
            self.report(place, "is an empty file", "put the key alone into it")
            return NODEFAULT
        secret = self._attempt(SECRET.read, "the key alone into the file", text, place)
        return secret if secret is NODEFAULT else Secret(secret.reveal(), kept_in=kept_in or path)

    def _attempt(self, read: Callable[[Any], Any], hint: str, raw: Any, place: Place) -> Any:
        try:
            return read(raw)
        except ValueError as error:
            self.report(place, str(error), f"write {hint}")
            return NODEFAULT


def folded(name: str) -> str:
    """`name` as the environment can spell it, where "-" is not allowed."""
    return name.lower().replace("-", "_")


def _of_text(key: Key) -> tuple[Callable[[str], Any], str]:
    """How text from the environment becomes a value of `key`, and what to write there."""
    if key.holds is Holds.VALUE:
        return key.form.of_text, said(key.form, key.bounds)
    return parsed, "a list in JSON or TOML"


def _is_name(name: str) -> bool:
    parts = folded(name).split("_")
    return name == name.lower() and name.isascii() and all(part.isalnum() for part in parts)


def _with_kind(shape: type[Struct], name: str, raw: Any) -> Any:
    """A table that does not say its kind is of the kind it is called."""
    takes_name = shape is ProviderSettings or (shape is ArrSettings and name in list(ArrKind))
    return {"kind": name, **raw} if takes_name and isinstance(raw, dict) else raw
