"""The one room that deletes."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path, PurePosixPath

from qbitproxy.files.problems import DiskProblem, explained
from qbitproxy.files.walk import walk

CLAIMS = ".qbitproxy"
"""The folder in a save path that says which torrent owns which folder beside it."""

ATTEMPTS = 3  # somebody else may delete at the same time


def remove(root: Path, content: Path) -> None:
    """Delete a file, a link or a folder that lies strictly below `root`; one already gone is fine.

    No link is followed, neither `content` itself nor one inside it. Raises DiskProblem for anything that
    is not strictly below `root`, that is itself a save path or a mount, or that the disk will not delete.
    """
    with explained(content):
        target = _below(root, content)
        for _ in range(ATTEMPTS):
            try:
                _delete(target)
            except (FileNotFoundError, NotADirectoryError):
                continue
            return


def drop_empty(folder: Path) -> None:
    """Delete a folder if nothing is in it."""
    try:
        folder.rmdir()
    except OSError:
        return


def drop_empty_above(root: Path, path: str) -> None:
    """Delete the folders from that of `path`, below `root`, up to `root` itself, if they are empty."""
    for above in PurePosixPath(path).parents:
        drop_empty(root / above)


def _below(root: Path, content: Path) -> Path:
    """Where `content` really is, its own last part not followed."""
    if not root.is_absolute() or root == Path(root.anchor):
        raise DiskProblem(f"{root} is no folder to delete anything below")
    if not content.is_absolute() or ".." in content.parts or not content.name:
        raise DiskProblem(f"{content} is not deleted: it is no absolute path without '..'")
    real_root = root.resolve()
    target = content.parent.resolve() / content.name
    if real_root not in target.parents:
        raise DiskProblem(f"{content} is not deleted: it is not below {root}")
    return target


def _delete(target: Path) -> None:
    if not stat.S_ISDIR(os.lstat(target).st_mode):
        target.unlink()
        return
    for folder, folders, _ in walk(target):
        if CLAIMS in folders:
            raise DiskProblem(f"{target} is not deleted: {folder} holds folders of other torrents")
        if os.path.ismount(folder):
            raise DiskProblem(f"{target} is not deleted: {folder} is a mount")
    shutil.rmtree(target)
