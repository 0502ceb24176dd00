"""What lies in a folder of the download root, as app/getDirectoryContent tells it."""

from __future__ import annotations

from pathlib import Path

from msgspec import UNSET, Struct, UnsetType

MODES = {"all": ("dir", "file"), "dirs": ("dir",), "files": ("file",)}
MOST_ROWS = 10_000


class Row(Struct, frozen=True, kw_only=True):
    """A file or folder; times in epoch seconds."""

    creation_date: int
    last_access_date: int
    last_modification_date: int
    name: str
    size: int | UnsetType = UNSET  # bytes, of a file
    type: str


def folder_content(root: str, path: str, mode: str) -> list[Row] | None:
    """At most MOST_ROWS rows by name, of the kinds of MODES[mode]; None for a folder that is not ours.

    Neither hidden names nor links that lead out of `root` are shown. Blocks.
    """
    if "\x00" in path:
        return None
    try:
        return _content(Path(root).resolve(), Path(path).resolve(), mode)
    except (OSError, RuntimeError):  # a name that is too long, a link to itself, a folder closed to us
        return None


def _content(top: Path, folder: Path, mode: str) -> list[Row] | None:
    if not folder.is_relative_to(top) or not folder.is_dir():
        return None
    entries = (entry for entry in sorted(folder.iterdir()) if not entry.name.startswith("."))
    rows = [row for entry in entries if (row := _shown(entry, top)) is not None]
    return [row for row in rows if row.type in MODES[mode]][:MOST_ROWS]


def _shown(entry: Path, top: Path) -> Row | None:
    try:
        return _row(entry, top)
    except (OSError, RuntimeError):  # gone meanwhile, or a link to itself
        return None


def _row(entry: Path, top: Path) -> Row | None:
    """None for what leads nowhere, or elsewhere."""
    if not entry.resolve().is_relative_to(top) or not (entry.is_dir() or entry.is_file()):
        return None
    known, is_file = entry.stat(), entry.is_file()
    return Row(
        creation_date=int(known.st_ctime),
        last_access_date=int(known.st_atime),
        last_modification_date=int(known.st_mtime),
        name=entry.name,
        size=known.st_size if is_file else UNSET,
        type="file" if is_file else "dir",
    )
