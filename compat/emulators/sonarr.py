"""Sonarr, by release.

Source: Sonarr develop 97d24acf0 with the releases at which it changed, v5-develop 49df353fa, read 2026-08.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Unpack

from compat.emulators.arr import Arr, Options
from compat.emulators.arr_cli import run
from compat.emulators.arr_flavour import SERIES, Authorization, Flavour

SONARR_V4 = Flavour(
    name="Sonarr",
    version="4.0.18.2978",
    api="v3",
    medium=SERIES,
    category="tv-sonarr",
    field_stem="tv",
    authorization=Authorization.BASIC_OR_KEY,
)
SONARR_V4_COOKIE_ONLY = replace(SONARR_V4, version="4.0.17.2967", authorization=Authorization.NONE)
SONARR_V4_EXACT_OK = replace(
    SONARR_V4, version="4.0.16.2941", authorization=Authorization.BASIC, exact_ok=True
)
SONARR_V3 = replace(
    SONARR_V4_EXACT_OK,
    version="3.0.10.1567",
    sends_stopped=False,
    knows_stopped=False,
    knows_inactive_limit=False,
    ratio_slack=0.0,
    history_knows_files=False,
)
SONARR_V5 = replace(SONARR_V4, version="5.0.0.1", api="v5", deprecated_apis=("v3",), refusal_waits=True)
FLAVOURS = {
    "v3": SONARR_V3,
    "v4": SONARR_V4,
    "v4-cookie-only": SONARR_V4_COOKIE_ONLY,
    "v4-exact-ok": SONARR_V4_EXACT_OK,
    "v5": SONARR_V5,
}


class Sonarr(Arr):
    """A Sonarr, version 4 unless told."""

    def __init__(self, root: Path, flavour: Flavour = SONARR_V4, **options: Unpack[Options]) -> None:
        super().__init__(root=root, flavour=flavour, **options)


if __name__ == "__main__":
    sys.exit(run(Sonarr, FLAVOURS, "v4"))
