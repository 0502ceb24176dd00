"""The names below a folder, without a look at what links lead to, as a mount that hangs would hold it up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def walk(top: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Each folder, those above first, with the names of the folders in it, with those of all else.

    A link is no folder, wherever it leads; names that are taken out of the folders are not entered. Raises
    OSError for what cannot be looked into, or has gone meanwhile.
    """
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        folders: list[str] = []
        others: list[str] = []
        with os.scandir(folder) as entries:
            for entry in entries:
                (folders if entry.is_dir(follow_symlinks=False) else others).append(entry.name)
        yield folder, folders, others
        waiting.extend(folder / name for name in reversed(folders))
