"""Finding and loading the settings, every problem at once."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from qbitproxy.core.ports import ProviderSpec
from qbitproxy.settings.checks import examine
from qbitproxy.settings.forms import SECRET
from qbitproxy.settings.outline import Holds, keys
from qbitproxy.settings.overrides import CONFIG, STATE, overlay
from qbitproxy.settings.problems import Problem, SettingsError
from qbitproxy.settings.reading import Place, Reading
from qbitproxy.settings.saving import save
from qbitproxy.settings.schema import Settings

FILE_NAME = "qbitproxy.toml"


class Loaded(Struct, frozen=True):
    """Settings that can be used, and what a person may want to look at all the same."""

    settings: Settings
    warnings: tuple[Problem, ...]


def config_path(environ: Mapping[str, str]) -> Path:
    """Where the settings file is, or would be."""
    if environ.get(CONFIG):
        return Path(environ[CONFIG])
    if folders := environ.get("CONFIGURATION_DIRECTORY"):
        return Path(folders.partition(":")[0], FILE_NAME)
    return _xdg(environ, "XDG_CONFIG_HOME", ".config") / FILE_NAME


def state_directory(environ: Mapping[str, str]) -> Path:
    """Where everything is kept that has to survive a restart."""
    if environ.get(STATE):
        return Path(environ[STATE]).absolute()
    if folders := environ.get("STATE_DIRECTORY"):
        return Path(folders.partition(":")[0])
    return _xdg(environ, "XDG_STATE_HOME", ".local/state")


def load(
    path: Path, environ: Mapping[str, str], *, known_providers: Mapping[str, ProviderSpec] | None = None
) -> Loaded:
    """The settings in the file at `path`, with credentials and variables of `environ` laid over it.

    `known_providers` are the kinds of provider there are; None accepts any. Blocks, since it looks at
    files and folders. Raises SettingsError with everything that is wrong.
    """
    return _usable(*examined(path, environ, known_providers))


def load_or_create(
    path: Path, environ: Mapping[str, str], *, known_providers: Mapping[str, ProviderSpec] | None = None
) -> Loaded:
    """As `load`, but a missing file is first written with every key at its default."""
    if path.exists():
        return load(path, environ, known_providers=known_providers)
    try:
        save(Settings(), path)
    except OSError as error:
        unwritten = Problem(str(path), f"cannot be written: {error.strerror}", "", fatal=False)
    else:
        return load(path, environ, known_providers=known_providers)
    loaded = _usable(*_with(Reading(), {}, environ, known_providers))
    return replace(loaded, warnings=(unwritten, *loaded.warnings))


def check(
    path: Path, environ: Mapping[str, str], *, known_providers: Mapping[str, ProviderSpec] | None = None
) -> list[Problem]:
    """Everything that is wrong or doubtful; `Problem.fatal` tells the two apart."""
    return examined(path, environ, known_providers)[1]


def _usable(settings: Settings, problems: Sequence[Problem]) -> Loaded:
    fatal = [problem for problem in problems if problem.fatal]
    if fatal:
        raise SettingsError(fatal)
    return Loaded(settings, tuple(problems))


def examined(
    source: Path | dict[str, Any],
    environ: Mapping[str, str],
    known_providers: Mapping[str, ProviderSpec] | None,
) -> tuple[Settings, list[Problem]]:
    """The settings in a file or in what a file would say, with everything that is wrong with them.

    Where something is wrong they are at their default. Blocks; a given document is changed.
    """
    reading = Reading()
    document = written(source, reading) if isinstance(source, Path) else source
    return _with(reading, document, environ, known_providers)


def _with(
    reading: Reading,
    document: dict[str, Any],
    environ: Mapping[str, str],
    known: Mapping[str, ProviderSpec] | None,
) -> tuple[Settings, list[Problem]]:
    overlay(document, environ, reading)
    settings: Settings = reading.section(Settings, document, Place())
    if not settings.files.download_root:
        root = str(state_directory(environ) / "downloads")
        settings = replace(settings, files=replace(settings.files, download_root=root))
    examine(settings, known, reading)
    return settings, reading.problems


def written(path: Path, reading: Reading) -> dict[str, Any]:
    """The tables of the file at `path`; empty, with a problem reported, when it cannot be read."""
    place = Place(label=str(path))
    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        everybody = path.stat().st_mode & stat.S_IROTH
    except OSError as error:
        hint = "write one with: qbitproxy config example"
        reading.report(place, f"cannot be read: {error.strerror}", hint)
        return {}
    except UnicodeDecodeError:
        reading.report(place, "is not UTF-8 text", "save it as UTF-8")
        return {}
    except ValueError as error:
        reading.report(place, f"is not TOML: {error}", "text stands in quotes, a table's name in [brackets]")
        return {}
    if everybody and any(_inline_secrets(Settings, document)):
        reading.report(place, "holds a key, but everybody may read it", "chmod 600 it", fatal=False)
    return document


def _inline_secrets(shape: type[Struct], node: Any) -> Iterator[bool]:
    """Of each secret whether it stands in a table of `shape`, as it is written."""
    for key in keys(shape) if isinstance(node, dict) else ():
        below = node.get(key.name)
        match key.holds:
            case Holds.SECTION:
                yield from _inline_secrets(key.section, below)
            case Holds.SECTIONS if isinstance(below, dict):
                for each in below.values():
                    yield from _inline_secrets(key.section, each)
            case _:
                yield key.form is SECRET and bool(below)


def _xdg(environ: Mapping[str, str], variable: str, usual: str) -> Path:
    """Source: XDG Base Directory Specification 0.8: a relative path in such a variable is ignored."""
    chosen = Path(environ.get(variable, ""))
    if chosen.is_absolute():
        return chosen / "qbitproxy"
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    return home / usual / "qbitproxy"
