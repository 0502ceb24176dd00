"""Laying environment variables or systemd credentials over what the settings file says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from qbitproxy.settings.forms import kind_of, parsed
from qbitproxy.settings.outline import Holds, Key, keys, names
from qbitproxy.settings.problems import suggestion
from qbitproxy.settings.reading import Given, Place, Reading, folded
from qbitproxy.settings.schema import Settings

PREFIX = "QBITPROXY_"
CONFIG = "QBITPROXY_CONFIG"
STATE = "QBITPROXY_STATE"

Document = dict[str, Any]


def overlay(document: Document, environ: Mapping[str, str], reading: Reading) -> None:
    """Put credentials, then variables into `document`; what fits nowhere is a problem."""
    for name, given in _credentials(environ, reading):
        if not _graft(document, Settings, tuple(name.split(".")), given, reading):
            known = [path for path in _paths(document) if path.endswith("api_key")]
            reading.report(Place(label=given.label), "there is no such secret", suggestion(name, known))
    variables = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
    for name in sorted(variables.keys() - {CONFIG, STATE}, key=lambda name: (name.count("__"), name)):
        parts = tuple(name.removeprefix(PREFIX).lower().split("__"))
        if not _graft(document, Settings, parts, Given(variables[name], name), reading):
            known = [PREFIX + path.upper().replace(".", "__").replace("-", "_") for path in _paths(document)]
            reading.report(Place(label=name), "there is no such setting", suggestion(name, known))


def _credentials(environ: Mapping[str, str], reading: Reading) -> Iterator[tuple[str, Given]]:
    """The credentials that are named like a setting; others are none of our business.

    Source: systemd.exec(5), "Credentials": one file for each, below $CREDENTIALS_DIRECTORY.
    """
    folder = environ.get("CREDENTIALS_DIRECTORY", "")
    if not folder:
        return
    try:
        files = sorted(Path(folder).iterdir())
    except OSError as error:
        label = Place(label="$CREDENTIALS_DIRECTORY")
        reading.report(label, f"cannot be read: {error.strerror}", "start through systemd, or unset it")
        return
    sections = {key.name for key in keys(Settings)}
    for file in files:
        if file.name.partition(".")[0] in sections and "." in file.name:
            yield file.name, Given(str(file), f"credential {file.name}", file=True)


def _graft(
    node: Document, shape: type[Struct], parts: tuple[str, ...], given: Given, reading: Reading
) -> bool:
    """Put `given` where `parts` lead below `node`; False when there is no such place."""
    key = _key_called(parts[0], shape)
    if key is None:
        return False
    if key.holds in (Holds.SECTION, Holds.SECTIONS):
        below = node.setdefault(key.name, {})
        if not isinstance(below, dict):
            return True  # already wrong in the file, which is reported there
        into = _into if key.holds is Holds.SECTION else _into_named
        return into(below, key.section, parts[1:], given, reading)
    if len(parts) > 1 or (given.file and not key.secret):
        return False
    _set(node, key, parts[0], given)
    return True


def _key_called(name: str, shape: type[Struct]) -> Key | None:
    return next((key for key in keys(shape) if name in key.spellings), None)


def _set(node: Document, key: Key, name: str, given: Given) -> None:
    """Replace every weaker spelling of `key`; two variables for it are left for the reading to report."""
    for spelling in key.spellings:
        before = node.get(spelling)
        if not isinstance(before, Given) or before.file:
            node.pop(spelling, None)
    node[name] = given


def _into(
    node: Document, shape: type[Struct], parts: tuple[str, ...], given: Given, reading: Reading
) -> bool:
    if parts:
        return _graft(node, shape, parts, given, reading)
    for name, value in _table(given, reading).items():
        if not _graft(node, shape, (name,), Given(value, given.label), reading):
            place = Place(label=f"{given.label}.{name}")
            reading.report(place, "there is no such setting", suggestion(name, names(shape)))
    return not given.file


def _into_named(
    node: Document, shape: type[Struct], parts: tuple[str, ...], given: Given, reading: Reading
) -> bool:
    if not parts:
        for name, value in _table(given, reading).items():
            _into_named(node, shape, (name,), Given(value, given.label), reading)
        return not given.file
    name = next((name for name in node if folded(name) == folded(parts[0])), parts[0])
    below = node.get(name, {})
    if not isinstance(below, dict):
        return True
    fits = _into(below, shape, parts[1:], given, reading)
    if fits:
        node[name] = below
    return fits


def _table(given: Given, reading: Reading) -> Document:
    value = given.value
    if given.file:
        return {}
    if isinstance(value, str):
        try:
            value = parsed(value)
        except ValueError as error:
            reading.report(Place(label=given.label), str(error), "write a table in JSON or TOML")
            return {}
    if isinstance(value, dict):
        return value
    reading.report(
        Place(label=given.label), f"is {kind_of(value)} where a table is expected", "write a table"
    )
    return {}


def _paths(document: Document, shape: type[Struct] = Settings, before: str = "") -> Iterator[str]:
    """The path of everything that can be set, with the names that `document` has."""
    for key in keys(shape):
        match key.holds:
            case Holds.SECTION:
                yield from _paths(document, key.section, f"{before}{key.name}.")
            case Holds.SECTIONS:
                there = document.get(key.name)
                for name in there if isinstance(there, dict) else ():
                    yield from _paths(document, key.section, f"{before}{key.name}.{name}.")
            case _:
                yield from (f"{before}{name}" for name in key.spellings)
