"""Where the files of a library lead, read from its own disk alone: no mount that we know is touched."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from posixpath import normpath

from msgspec import Struct

from qbitproxy.core.trail import Place, Trail, is_strm, trail
from qbitproxy.files.walk import walk

MOST_HOPS = 16  # links that lead to links
LONGEST_ADDRESS = 4096  # bytes of a .strm file that are read


def followed(path: Path, places: Sequence[Place]) -> Trail | str:
    """Where the file at `path` leads, else what its last link points at: `path` itself when it is none.

    Raises OSError when it is not there.
    """
    path.lstat()
    at = str(path)
    for _ in range(MOST_HOPS):
        target = _target(Path(at))
        if target is None:
            break
        leads = trail(target, places)
        if leads is not None:
            return leads
        at = target
    return at


class Lead(Struct, frozen=True):
    """What a file of a library leads to, as far as it matters to who counts references."""

    path: str  # of the file itself, as we see it
    trail: Trail | None = None  # where it leads, None when that is in no place that we know
    within: Trail | None = None  # where it is when it is no link, None when that is in no place that we know
    elsewhere: str = ""  # what it leads to when that is on another file system, "" when it stands here
    missing: bool = False  # nothing is there under its name
    unseen: str = ""  # why it is not to be seen from here, "" when it is, or is missing


def lead(path: Path, places: Sequence[Place]) -> Lead:
    """Where the file at `path` leads."""
    try:
        found = followed(path, places)
        if isinstance(found, Trail):
            return Lead(str(path), found)
        if found == str(path):
            real = os.path.join(os.path.realpath(path.parent), path.name)
            return Lead(str(path), within=trail(found, places) or trail(real, places))
        return Lead(str(path), elsewhere="" if _is_at(found, path.lstat().st_dev) else found)
    except (FileNotFoundError, NotADirectoryError):
        away = next((folder for folder in path.parents if folder.is_symlink() and not folder.exists()), None)
        return Lead(str(path), missing=away is None, unseen=f"{away} leads to nothing" if away else "")
    except OSError as error:
        return Lead(str(path), unseen=str(error))


def links_below(root: Path, besides: Container[str] = ()) -> Iterator[list[Path]]:
    """The links and .strm files in a folder that are not among `besides`, one folder below it at a time.

    Links to folders are not followed, hidden folders are left out. Raises OSError for what cannot be looked
    into.
    """
    for folder, folders, names in walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = (folder / name for name in names)
        yield [path for path in paths if str(path) not in besides and _leads(path)]


def _leads(path: Path) -> bool:
    return path.is_symlink() or (is_strm(path.name) and path.is_file())


def _target(path: Path) -> str | None:
    """What a link or .strm file points at, None for any other file, also for one that is not there."""
    if path.is_symlink():
        return normpath(path.parent / path.readlink())
    return _address(path) if is_strm(path.name) and path.is_file() else None


def _address(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(LONGEST_ADDRESS).decode(errors="replace").strip().partition("\n")[0].strip()


def _is_at(target: str, device: int) -> bool:
    """Whether something stands there on the same file system."""
    try:
        return os.lstat(target).st_dev == device
    except (OSError, ValueError):  # ValueError: a .strm file may hold anything, zeros too
        return False
