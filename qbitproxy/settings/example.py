"""The settings as a commented TOML file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from msgspec import Struct

from qbitproxy.settings.outline import Holds, Key, document, keys
from qbitproxy.settings.schema import Settings

HEADER = """\
The settings of qbitproxy. Every key is optional; those below stand at the value that is in force.
Durations are written "30s", "10m", "2h", "1d"; sizes "300MB", "5MiB", "0".
Any key may also be an environment variable: server.port is QBITPROXY_SERVER__PORT.
Any api_key may stand in a file of its own: api_key_file = "/run/secrets/realdebrid"."""

TRIAL = {
    "arrs": '[arrs.sonarr]\nurl = "http://127.0.0.1:8989"\napi_key = ""',
    "notifications": '[notifications.discord]\nurl = ""\nevents = ["torrent.failed", "account.problem"]',
    "providers": '[providers.realdebrid]\napi_key = ""\nmount = "/mnt/realdebrid/torrents"',
}


def example_toml() -> str:
    """A settings file with every key at its default."""
    return toml(Settings())


def toml(settings: Settings) -> str:
    """`settings` as a file that loads to the same settings; secrets kept elsewhere are left out."""
    lines = [*_comment(HEADER), "", *_section(settings, document(settings, reveal=True), ())]
    return "\n".join(lines) + "\n"


def value_toml(value: Any) -> str:
    """A TOML value on one line."""
    match value:
        case bool() | int():
            return str(value).lower()
        case list():
            return f"[{', '.join(map(value_toml, value))}]"
        case dict():
            return f"{{ {', '.join(f'{name} = {value_toml(each)}' for name, each in value.items())} }}"
        case _:
            return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _section(
    section: Struct, written: dict[str, Any], path: tuple[str, ...], *, told: bool = True
) -> Iterator[str]:
    """The lines of `section`, which `written` spells; `told` explains each key."""
    for key in keys(type(section)):
        here, value = (*path, key.name), getattr(section, key.attribute)
        match key.holds:
            case Holds.SECTION:
                yield from ("", *_comment(value.__class__.__doc__ or ""), f"[{'.'.join(here)}]")
                yield from _section(value, written[key.name], here)
            case Holds.SECTIONS:
                yield from ("", *_comment(f"{key.section.__doc__} One table for each."))
                yield from _tables(key, value, written[key.name], here)
            case _:
                yield from _comment(key.text) if told else ()
                name = next(spelling for spelling in key.spellings if spelling in written)
                yield f"{name} = {value_toml(written[name])}"


def _tables(
    key: Key, sections: dict[str, Struct], written: dict[str, Any], path: tuple[str, ...]
) -> Iterator[str]:
    if not sections:
        yield from _comment(TRIAL[key.name])
    for index, (name, section) in enumerate(sections.items()):
        yield from ("",) if index else ()
        yield f"[{'.'.join((*path, name))}]"
        yield from _section(section, written[name], (*path, name), told=index == 0)


def _comment(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield from (f"# {part}" for part in wrap(line, 100))
