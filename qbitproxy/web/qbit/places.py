"""The folders of categories, their names and the ways to make them."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from datetime import timedelta
from pathlib import Path

from qbitproxy.core.clock import Clock
from qbitproxy.core.release import OURS
from qbitproxy.settings.sections import FilesSettings
from qbitproxy.web.qbit.bounds import LONGEST_CATEGORY

LOOK_AGAIN = timedelta(seconds=30)
"""Source: qBittorrent 4.6.7, base/bittorrent/sessionimpl.cpp, freeDiskSpaceCheckerTimer."""

LONGEST_PATH, LONGEST_PART = 4000, 255  # bytes; source: PATH_MAX and NAME_MAX of Linux, limits.h

UNFIT = re.compile(r"[\x00-\x1f\x7f\\]|//|^/|/$|(^|/)\.\.?(/|$)")


def is_category_name(name: str) -> bool:
    """Whether a category may be called this.

    Source: qBittorrent 4.6.7, Session::isValidCategoryName, apart from dots and control characters, which it
    takes; they make no folder.
    """
    return len(name) <= LONGEST_CATEGORY and UNFIT.search(name) is None and _is_short(name)


def below(root: str, path: str) -> str | None:
    """`path` made absolute, relative ones below `root`; None when it is not `root` or inside of it.

    None as well for what no file system takes: a path that is too long, or that has a part which is; and for
    a folder of our own notes and half-made content.
    """
    if "\x00" in path or not _is_short(path):
        return None
    whole, top = Path(os.path.normpath(os.path.join(root, path))), os.path.normpath(root)
    if not whole.is_relative_to(top) or any(part.startswith(OURS) for part in whole.relative_to(top).parts):
        return None
    return str(whole)


def _is_short(path: str) -> bool:
    raw = os.fsencode(path)
    return len(raw) <= LONGEST_PATH and all(len(part) <= LONGEST_PART for part in raw.split(b"/"))


def make_folder(path: str, files: FilesSettings) -> None:
    """Create `path` with the folders above it, those that are new as configured. Raises OSError.

    Blocks. A group that does not exist raises LookupError.
    """
    missing = [folder for folder in (Path(path), *Path(path).parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        folder.chmod(files.directory_mode)
        if files.group:
            shutil.chown(folder, group=int(files.group) if files.group.isdecimal() else files.group)


def free_space(path: str) -> int:
    """Free bytes where `path` is or would be, -1 when nobody can say. Blocks."""
    for folder in (Path(path), *Path(path).parents):
        try:
            return shutil.disk_usage(folder).free
        except FileNotFoundError:
            continue
        except OSError:
            break
    return -1


class FreeSpace:
    """Free bytes where a folder is, looked at now and then."""

    def __init__(self, clock: Clock, patience: timedelta = timedelta(seconds=1)) -> None:
        """A disk may hang: it is waited for as long as `patience`, and looked at once at a time."""
        self._clock, self._patience = clock, patience.total_seconds()
        self._path, self._until = "", 0.0  # monotonic seconds
        self._free = -1
        self._look: asyncio.Future[int] | None = None

    async def at(self, path: str) -> int:
        """As it was at most LOOK_AGAIN ago or, while somebody looks, before; -1 when nobody can say."""
        now = self._clock.monotonic()
        if self._look is None and (path != self._path or now >= self._until):
            self._path, self._until = path, now + LOOK_AGAIN.total_seconds()
            self._look = asyncio.get_running_loop().run_in_executor(None, free_space, path)
            self._look.add_done_callback(self._seen)
            await asyncio.wait((self._look,), timeout=self._patience)
        return self._free

    def _seen(self, look: asyncio.Future[int]) -> None:
        self._look = None
        if not look.cancelled():
            self._free = look.result()
