"""What renaming a file or a folder of a torrent comes to.

Every path here is that of torrents/files: below the save path, the content's own folder first.
Source: qBittorrent 4.6.7, base/bittorrent/abstractfilestorage.cpp.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import PurePosixPath

from qbitproxy.core.release import UnsafePath, safe_path


class NotRenamed(Exception):
    """The client asked for what cannot be; the text is what qBittorrent says then."""


def rename_file(shown: Mapping[str, str], old: str, new: str, no_name: str) -> dict[str, str]:
    """`shown`, paths by file, once the file at `old` is at `new`. Raises NotRenamed.

    `no_name` is said of a `new` that is none; "" is for the words of 4.x.
    """
    before, after = _paths(old, new, no_name)
    if before == after:
        return dict(shown)
    others = [path for path in shown.values() if path != before]
    if after in others or any(_is_below(path, after) or _is_below(after, path) for path in others):
        raise NotRenamed(f"The file already exists: '{new}'.")
    if before not in shown.values():
        raise NotRenamed(f"No such file: '{old}'.")
    return _checked({file: after if path == before else path for file, path in shown.items()}, new)


def rename_folder(shown: Mapping[str, str], old: str, new: str, no_name: str) -> dict[str, str]:
    """`shown` once what is below `old` is below `new`. Raises NotRenamed like `rename_file`."""
    before, after = _paths(old, new, no_name)
    if before == after:
        return dict(shown)
    moved = {file: after + path[len(before) :] for file, path in shown.items() if _is_below(path, before)}
    others = [path for file, path in shown.items() if file not in moved]
    if any(path == after or _is_below(path, after) or _is_below(after, path) for path in others):
        raise NotRenamed(f"The folder already exists: '{new}'.")
    if not moved:
        raise NotRenamed(f"No such folder: '{old}'.")
    return _checked({**shown, **moved}, new)


def _paths(old: str, new: str, no_name: str) -> tuple[str, str]:
    before, after = _cleaned(old), _cleaned(new)
    if not before:
        raise NotRenamed(f"The old path is invalid: '{old}'.")
    if new.startswith("/"):
        raise NotRenamed(f"Absolute path isn't allowed: '{new}'.")
    if not _is_fit(after):
        raise NotRenamed(no_name or f"The new path is invalid: '{new}'.")
    return before, after


def _checked(shown: dict[str, str], new: str) -> dict[str, str]:
    """All of it stays in one folder, since that is what an Arr imports. Raises NotRenamed."""
    parts = [PurePosixPath(path).parts for path in shown.values()]
    if len({path[0] for path in parts}) > 1 or any(len(path) < 2 for path in parts):
        raise NotRenamed(f"The new path is invalid: '{new}'.")
    return shown


def _cleaned(path: str) -> str:
    return "/".join(part for part in unicodedata.normalize("NFC", path).split("/") if part not in {"", "."})


def _is_fit(path: str) -> bool:
    """Whether files may have this path as it is, without one of its parts being made safe first."""
    try:
        safe = safe_path(path)
    except UnsafePath:
        return False
    return str(safe) == path


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/")
