"""Writing the settings file so that a crash leaves the old one or the new one."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from qbitproxy.settings.example import toml
from qbitproxy.settings.schema import Settings


def save(settings: Settings, path: Path) -> None:
    """Write `settings` to `path`, readable by its owner alone; what stood there is kept as `<path>.bak`.

    A link at `path` stays one: the file it points at is replaced. Blocks; raises OSError, and then the
    file at `path` is as it was.
    """
    target = path.resolve()
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if target.exists():
        _replace(target.with_name(f"{target.name}.bak"), target.read_bytes())
    _replace(target, toml(settings).encode())


def _replace(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # created with mode 0600
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
