"""The settings explained in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import NODEFAULT, Struct

from qbitproxy.settings.example import value_toml
from qbitproxy.settings.forms import said
from qbitproxy.settings.outline import Holds, Key, keys
from qbitproxy.settings.schema import Settings

INTRODUCTION = """\
# Settings

This page is written by `qbitproxy config reference`; `qbitproxy config example` prints a file to start from.

The settings are one TOML file: `$QBITPROXY_CONFIG`, else `$CONFIGURATION_DIRECTORY/qbitproxy.toml`, else
`$XDG_CONFIG_HOME/qbitproxy/qbitproxy.toml`, else `~/.config/qbitproxy/qbitproxy.toml`. What qbitproxy
remembers is kept in `$QBITPROXY_STATE`, else `$STATE_DIRECTORY`, else `$XDG_STATE_HOME/qbitproxy`, else
`~/.local/state/qbitproxy`.

- Every key is optional, apart from the API key of a provider. An unknown key is an error.
- Durations are written `"30s"`, `"10m"`, `"2h"`, `"1d"`; sizes `"300MB"`, `"5MiB"`, `"0"`; file modes
  `"0644"`.
- Any key may be an environment variable, with two underscores between the parts:
  `QBITPROXY_SERVER__PORT=8282`, `QBITPROXY_PROVIDERS__REALDEBRID__API_KEY=…`. Lists or whole tables are
  written as JSON or TOML. A `-` in a name becomes `_`. A variable wins over a credential, a credential over
  the file.
- Any `api_key` may be kept in a file of its own: `api_key_file = "/run/secrets/realdebrid"`, or
  `QBITPROXY_PROVIDERS__REALDEBRID__API_KEY_FILE`. A systemd credential is called like the key:
  `LoadCredential=providers.realdebrid.api_key:/etc/qbitproxy/realdebrid.key`.
"""


def reference_markdown() -> str:
    """Every key with its form, default and meaning."""
    return "\n".join([INTRODUCTION, *_section(Settings, "", "The top of the file, above every table.")])


def _section(shape: type[Struct], title: str, about: str) -> Iterator[str]:
    yield from (f"## `[{title}]`", "") if title else ("## At the top", "")
    yield from (about, "", "| Key | Write | Default | Meaning |", "| --- | --- | --- | --- |")
    below = [key for key in keys(shape) if key.holds in (Holds.SECTION, Holds.SECTIONS)]
    yield from (_row(key) for key in keys(shape) if key not in below)
    yield ""
    for key in below:
        name = f"{title}.{key.name}".lstrip(".") + (".<name>" if key.holds is Holds.SECTIONS else "")
        yield from _section(key.section, name, key.section.__doc__ or "")


def _row(key: Key) -> str:
    cells = (f"`{key.name}`", _form(key), _default(key), key.text)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _form(key: Key) -> str:
    match key.holds:
        case Holds.ROWS:
            return "a list of tables"
        case Holds.VALUES:
            return f"a list, each {key.form.says}"
        case _:
            return said(key.form, key.bounds)


def _default(key: Key) -> str:
    if key.default is NODEFAULT:
        return ""
    written = [key.form.write(each) for each in key.default] if key.holds is Holds.VALUES else key.default
    return f"`{value_toml(key.form.write(written) if key.holds is Holds.VALUE else list(written))}`"
