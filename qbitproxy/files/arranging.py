"""What stands, changed towards the layout that clients wish."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

from qbitproxy.core.torrent import Content, Round, Torrent
from qbitproxy.files.blocking import to_its_end
from qbitproxy.files.copies import copy
from qbitproxy.files.problems import DiskProblem, explained
from qbitproxy.files.removal import CLAIMS, drop_empty, drop_empty_above, remove
from qbitproxy.files.staging import AT_FDCWD, Staging, sync_folder

PARTIAL = ".qbitproxy-partial"
"""How the name begins that a file has in its new folder until all of its bytes are there."""

RENAME_NOREPLACE = 1
"""Source: Linux renameat2(2), man-pages 6.7."""


class Arranging:
    """Carries out rounds, file by file; a round that was interrupted at any moment goes on where it was.

    Only what the torrent owns is touched, nothing is ever overwritten, no link is followed.
    """

    def __init__(self, staging: Staging, root: Path, promise: Callable[[Path, int], None]) -> None:
        """`promise` raises DiskProblem when a folder cannot take so many bytes."""
        self._staging, self._root, self._promise = staging, root, promise

    def home(self, torrent: Torrent, content: Content, moving: Iterable[str]) -> Path:
        """The folder that the content is to be in, the torrent's own from now on. Blocks.

        Raises DiskProblem when it would lead out of the root, or has no room for the files below it, given
        by their paths.
        """
        save_path = Path(torrent.save_path)
        with explained(save_path):
            self._inside(save_path)
            self._staging.modes.make_folder(save_path)
            elsewhere = [
                status.st_size
                for path in moving
                if (status := _status(Path(content.path, path))) is not None
                and status.st_dev != save_path.stat().st_dev
            ]
        self._promise(save_path, sum(elsewhere))
        self._staging.adopt(torrent, Path(content.path))
        return self._staging.home(torrent)

    async def carry_out(self, torrent: Torrent, content: Content, changes: Round) -> None:
        """Bring a round to its end; what is done already is left alone. Raises DiskProblem."""
        now, home = Path(content.path), Path(changes.home)
        await to_its_end(self._take_away, torrent, now, changes.gone)
        for at, goal in changes.moves:
            if not await to_its_end(self._move, torrent, now / at, home / goal, home):
                await self._carry_over(torrent, now / at, home / goal, home)
        await to_its_end(self._tidy, torrent, now, changes)

    def _take_away(self, torrent: Torrent, now: Path, gone: Iterable[str]) -> None:
        with self._staging.lock:
            if self._staging.owns(torrent, now):
                for at in gone:
                    remove(now, now / at)

    def _move(self, torrent: Torrent, old: Path, new: Path, home: Path) -> bool:
        """Rename one file, unless that is done; False when it has to be copied to another file system."""
        with explained(new), self._staging.lock:
            if not self._staging.owns(torrent, home) or not os.path.lexists(old):
                return True
            self._inside(old.parent)
            self._inside(new.parent)
            self._staging.modes.make_folder(new.parent)
            try:
                rename_to_free(old, new)
            except OSError as error:
                if error.errno not in {errno.EXDEV, errno.EEXIST}:
                    raise
                if not os.path.lexists(new):
                    return False
                apart = error.errno == errno.EXDEV or os.lstat(old).st_dev != os.lstat(new).st_dev
                if not (apart and _same(old, new)):
                    raise DiskProblem(f"{new} is in the way of {old}: move it away") from None
                remove(old.parent, old)  # copied; it remained to let go of this one
            return True

    async def _carry_over(self, torrent: Torrent, old: Path, new: Path, home: Path) -> None:
        """Copy one file, durable under a hidden name before it takes the place of the old one."""
        part = new.parent / f"{PARTIAL}-{sha256(new.name.encode()).hexdigest()[:16]}"
        with explained(new):
            if not await to_its_end(self._link_over, old, part):
                await copy(old, part, self._staging.modes, lambda _: None)
            await to_its_end(self._replace, torrent, part, old, new, home)

    def _link_over(self, old: Path, part: Path) -> bool:
        """Make `part` the same link as `old`; False when that is a file of its own."""
        remove(part.parent, part)
        if not old.is_symlink():
            return False
        part.symlink_to(old.readlink())
        self._staging.modes.settle(part)
        return True

    def _replace(self, torrent: Torrent, part: Path, old: Path, new: Path, home: Path) -> None:
        with self._staging.lock:
            if self._staging.owns(torrent, home):
                rename_to_free(part, new)
                sync_folder(new.parent)
                remove(old.parent, old)

    def _tidy(self, torrent: Torrent, now: Path, changes: Round) -> None:
        """Let go of folders that are empty now, make the changes outlast a power cut."""
        home = Path(changes.home)
        with explained(home), self._staging.lock:
            for folder in {(home / goal).parent for _, goal in changes.moves}:
                if folder.is_dir():
                    sync_folder(folder)
            for at in (*changes.gone, *(at for at, _ in changes.moves)):
                drop_empty_above(now, at)
            drop_empty(home)
            if now != home:
                if self._staging.owns(torrent, now):
                    self._staging.disown(now)
                drop_empty(now.parent / CLAIMS)

    def _inside(self, folder: Path) -> None:
        if not folder.resolve().is_relative_to(self._root.resolve()):
            raise DiskProblem(f"{folder} leads out of files.download_root, {self._root}")


def rename_to_free(old: Path, new: Path) -> None:
    """Rename a file to a name that nothing bears. Raises OSError, FileExistsError among it."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is not None:
        if rename(AT_FDCWD, os.fsencode(old), AT_FDCWD, os.fsencode(new), RENAME_NOREPLACE) == 0:
            return
        failure = ctypes.get_errno()
        if failure not in {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}:
            raise OSError(failure, os.strerror(failure), str(new))
    rename_after_a_look(old, new)


def rename_after_a_look(old: Path, new: Path) -> None:
    """The same where the file system knows no such step: somebody quicker than us may be overwritten."""
    if os.path.lexists(new):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new))
    old.rename(new)


def _status(path: Path) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _same(old: Path, new: Path) -> bool:
    """Whether the file at `new`, where no rename leads to, is the copy of that at `old`."""
    if old.is_symlink() or new.is_symlink():
        return old.is_symlink() and new.is_symlink() and old.readlink() == new.readlink()
    return os.lstat(old).st_size == os.lstat(new).st_size
