"""Radarr, by release.

Source: Radarr develop 1b9662d58 with the releases at which it changed, read 2026-08.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Unpack

from compat.emulators.arr import Arr, Options
from compat.emulators.arr_cli import run
from compat.emulators.arr_flavour import MOVIE, VIDEO, Flavour

RADARR_V6 = Flavour(
    name="Radarr",
    version="6.1.0.10293",
    api="v3",
    medium=MOVIE,
    category="radarr",
    field_stem="movie",
    media=VIDEO | {".mk3d"},
)
RADARR_V5 = replace(RADARR_V6, version="5.28.0.10274", exact_ok=True)
FLAVOURS = {"v5": RADARR_V5, "v6": RADARR_V6}


class Radarr(Arr):
    """A Radarr, version 6 unless told."""

    def __init__(self, root: Path, flavour: Flavour = RADARR_V6, **options: Unpack[Options]) -> None:
        super().__init__(root=root, flavour=flavour, **options)


if __name__ == "__main__":
    sys.exit(run(Radarr, FLAVOURS, "v6"))
