"""Readarr in its last shape.

Source: Readarr develop 4fb62c072, read 2026-08, its CompletedDownloadService.cs, ImportDecisionMaker.cs
0411102f5, read 2026-11.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Unpack

from compat.emulators.arr import Arr, Options
from compat.emulators.arr_cli import run
from compat.emulators.arr_flavour import AUTHOR, BOOK, Flavour

READARR = Flavour(
    name="Readarr",
    version="0.3.22.2499",
    api="v1",
    medium=AUTHOR,
    category="readarr",
    field_stem="music",
    priority_stem="Tv",
    media=BOOK,
    exact_ok=True,
    sends_stopped=False,
    knows_stopped=False,
    knows_forced_meta=False,
    knows_inactive_limit=False,
    ratio_slack=0.0,
    import_failure_is_final=True,
    knows_blocked=False,
    history_knows_files=False,
    setting_gates_removal=False,
)
FLAVOURS = {"v0.3": READARR}


class Readarr(Arr):
    """A Readarr."""

    def __init__(self, root: Path, flavour: Flavour = READARR, **options: Unpack[Options]) -> None:
        super().__init__(root=root, flavour=flavour, **options)


if __name__ == "__main__":
    sys.exit(run(Readarr, FLAVOURS, "v0.3"))
