"""What stands in our own download folders although no torrent placed it, or not any more."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from qbitproxy.files.problems import explained
from qbitproxy.files.removal import CLAIMS, drop_empty, remove
from qbitproxy.files.walk import walk


class Leftover(Struct, frozen=True):
    """One folder or file directly in a save path."""

    path: str
    size: int  # bytes of the files in it
    at: datetime  # when it was last changed
    claimed: bool  # a torrent that is no more had made it
    only_links: bool


def leftovers(
    save_paths: Collection[Path], standing: Collection[str], lives: Callable[[int], bool]
) -> list[Leftover]:
    """Everything in `save_paths` that is none of them, not `standing`, and claimed by no torrent that lives.

    `lives` tells whether there is a torrent of that id. Blocking. Raises DiskProblem.
    """
    above = {parent for path in save_paths for parent in (path, *path.parents)}
    found = []
    for save_path in sorted(save_paths):
        with explained(save_path):
            for entry in _entries(save_path):
                claimant = _claimant(entry)
                if entry in above or str(entry) in standing or (claimant is not None and lives(claimant)):
                    continue
                found.append(_leftover(entry, claimant is not None))
    return found


def remove_links(path: Path) -> bool:
    """Remove a leftover of nothing but links; False when it holds a file by now. Raises DiskProblem."""
    with explained(path):
        if not os.path.lexists(path):
            return True
        if not _leftover(path, claimed=False).only_links:
            return False
        remove(path.parent, path)
        remove(path.parent, path.parent / CLAIMS / path.name)
        drop_empty(path.parent / CLAIMS)
    return True


def _entries(save_path: Path) -> Iterable[Path]:
    if not save_path.is_dir():
        return []
    return sorted(path for path in save_path.iterdir() if not path.name.startswith("."))


def _claimant(path: Path) -> int | None:
    """The id of the torrent that made the folder at `path`, None when it is nobody's."""
    try:
        owner = (path.parent / CLAIMS / path.name).read_text().partition(" ")[0]
    except (OSError, ValueError):
        return None
    return int(owner) if owner.isdecimal() else None


def _leftover(path: Path, claimed: bool) -> Leftover:
    seen, size = path.lstat(), _size(path)
    return Leftover(
        path=str(path),
        size=size or 0,
        at=datetime.fromtimestamp(seen.st_mtime, UTC),
        claimed=claimed,
        only_links=size is None,
    )


def _size(path: Path) -> int | None:
    """The bytes of the files at `path`, None where links are all there is; what is not seen may be a file."""
    try:
        files = [file for file in _files(path) if not file.is_symlink()]
        return sum(file.lstat().st_size for file in files) if files else None
    except OSError:
        return 0


def _files(path: Path) -> Iterator[Path]:
    if path.is_symlink() or not path.is_dir():
        yield path
        return
    for folder, _, names in walk(path):
        yield from (folder / name for name in names)
