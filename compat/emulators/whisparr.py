"""Whisparr, by release.

Source: Whisparr develop a85a59122 (version 2, a Sonarr), eros 4fd34c0da (version 3, a Radarr), read 2026-08.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Unpack

from compat.emulators.arr import Arr, Options
from compat.emulators.arr_cli import run
from compat.emulators.arr_flavour import MOVIE, SERIES, VIDEO, Flavour

WHISPARR_V2 = Flavour(
    name="Whisparr",
    version="2.0.0.548",
    api="v3",
    medium=SERIES,
    category="tv-whisparr",
    field_stem="tv",
    media=VIDEO | {".f4v"},
    exact_ok=True,
    sends_stopped=False,
    knows_stopped=False,
    knows_forced_meta=False,
    knows_inactive_limit=False,
    knows_content_layout=False,
    ratio_slack=0.0,
    history_knows_files=False,
    setting_gates_removal=False,
    forgives_long_seeding=False,
)
WHISPARR_V3 = replace(
    WHISPARR_V2,
    version="3.0.0.695",
    medium=MOVIE,
    category="whisparr",
    field_stem="movie",
    knows_inactive_limit=True,
    knows_content_layout=True,
    forgives_long_seeding=True,
)
FLAVOURS = {"v2": WHISPARR_V2, "v3": WHISPARR_V3}


class Whisparr(Arr):
    """A Whisparr, version 2 unless told."""

    def __init__(self, root: Path, flavour: Flavour = WHISPARR_V2, **options: Unpack[Options]) -> None:
        super().__init__(root=root, flavour=flavour, **options)


if __name__ == "__main__":
    sys.exit(run(Whisparr, FLAVOURS, "v2"))
