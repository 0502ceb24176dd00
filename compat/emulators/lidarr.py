"""Lidarr, by release.

Source: Lidarr develop 0501e6156, read 2026-08.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Unpack

from compat.emulators.arr import Arr, Options
from compat.emulators.arr_cli import run
from compat.emulators.arr_flavour import ARTIST, AUDIO, Flavour

LIDARR_V2 = Flavour(
    name="Lidarr",
    version="2.14.5.4836",
    api="v1",
    medium=ARTIST,
    category="lidarr",
    field_stem="music",
    media=AUDIO,
    exact_ok=True,
    import_failure_is_final=True,
)
FLAVOURS = {"v2": LIDARR_V2}


class Lidarr(Arr):
    """A Lidarr."""

    def __init__(self, root: Path, flavour: Flavour = LIDARR_V2, **options: Unpack[Options]) -> None:
        super().__init__(root=root, flavour=flavour, **options)


if __name__ == "__main__":
    sys.exit(run(Lidarr, FLAVOURS, "v2"))
