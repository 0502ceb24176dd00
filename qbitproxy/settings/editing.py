"""The settings file, changed by a program instead of an editor."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from qbitproxy.core.ports import ProviderSpec
from qbitproxy.settings.load import examined, written
from qbitproxy.settings.outline import Holds, Key, document, keys
from qbitproxy.settings.problems import Problem, SettingsError
from qbitproxy.settings.reading import Place, Reading
from qbitproxy.settings.saving import save
from qbitproxy.settings.schema import Settings

Document = dict[str, Any]


class Editor:
    """Changes the file only to what would load; what stood there before is kept beside it."""

    def __init__(
        self, path: Path, environ: Mapping[str, str], known_providers: Mapping[str, ProviderSpec]
    ) -> None:
        self._path, self._environ, self._known = path, environ, known_providers

    def merge(self, patch: Document, in_force: Settings) -> list[Problem]:
        """Set what `patch` names and leave the rest; null is a key's default. Return the warnings.

        Source: RFC 7396, JSON merge patch. What equals the redacted settings `in_force` is left as it is,
        so that a hidden secret may come back as it was shown. Blocks; raises SettingsError with everything
        that is wrong, OSError, and then the file is as it was.
        """
        written = self._written()
        return self._save(_merged(Settings, written, in_force.redacted(), patch, written))

    def replace(self, whole: Document, in_force: Settings) -> list[Problem]:
        """Make `whole` the settings: what it does not name gets its default. As `merge` otherwise."""
        return self._save(_merged(Settings, {}, in_force.redacted(), whole, self._written()))

    def _written(self) -> Document:
        """The file as it is, in the usual spelling."""
        reading = Reading()
        settings: Settings = reading.section(Settings, written(self._path, reading), Place())
        if any(problem.fatal for problem in reading.problems):
            raise SettingsError(reading.problems)
        return document(settings, reveal=True)

    def _save(self, wanted: Document) -> list[Problem]:
        reading = Reading()
        settings: Settings = reading.section(Settings, copy.deepcopy(wanted), Place())
        problems = reading.problems or examined(wanted, self._environ, self._known)[1]
        if any(problem.fatal for problem in problems):
            raise SettingsError([problem for problem in problems if problem.fatal])
        save(settings, self._path)
        return problems


def _merged(
    shape: type[Struct], base: Document, seen: Document, patch: Document, before: Document
) -> Document:
    """`base` with `patch` laid over it; what `patch` says as it was `seen` stays as it was `before`."""
    result = dict(base)
    known = {spelling: key for key in keys(shape) for spelling in key.spellings}
    # null first: it takes back the key, not what another spelling of it says in the same breath
    for name, value in sorted(patch.items(), key=lambda item: item[1] is not None):
        key = known.get(name)
        if key is None:
            result[name] = value  # which the reading reports
        elif key.holds is Holds.SECTION and isinstance(value, dict):
            result[name] = _merged(
                key.section, base.get(name, {}), seen.get(name, {}), value, before.get(name, {})
            )
        elif key.holds is Holds.SECTIONS and isinstance(value, dict):
            result[name] = _tables(key, base.get(name, {}), seen.get(name, {}), value, before.get(name, {}))
        else:
            _put(result, key, name, value, seen, before)
    return result


def _tables(key: Key, base: Document, seen: Document, patch: Document, before: Document) -> Document:
    result = dict(base)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            result[name] = _merged(
                key.section, base.get(name, {}), seen.get(name, {}), value, before.get(name, {})
            )
        else:
            result[name] = value
    return result


def _put(result: Document, key: Key, name: str, value: Any, seen: Document, before: Document) -> None:
    """Set one key, whose other spelling goes; what is said as it was shown stays what it was."""
    for spelling in key.spellings:
        result.pop(spelling, None)
    if name in seen and msgspec.json.encode(value) == msgspec.json.encode(seen[name]):  # 0 is not false
        result |= {spelling: before[spelling] for spelling in key.spellings if spelling in before}
    elif value is not None:
        result[name] = value
