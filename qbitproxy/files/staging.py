"""Folders that appear all at once, each owned by one torrent."""

from __future__ import annotations

import ctypes
import errno
import grp
import os
import stat
import threading
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from msgspec import Struct

from qbitproxy.core.layout import folder_of
from qbitproxy.core.release import numbered
from qbitproxy.core.torrent import Content, Torrent
from qbitproxy.files.problems import DiskProblem, explained
from qbitproxy.files.removal import CLAIMS, drop_empty, drop_empty_above, remove
from qbitproxy.files.walk import walk

NAMESAKES = 99  # torrents of one name in one save path
AT_FDCWD = -100
RENAME_EXCHANGE = 2
"""Source: Linux renameat2(2), man-pages 6.7."""


class Modes(Struct, frozen=True, kw_only=True):
    """How what we create looks."""

    file: int = 0o644
    folder: int = 0o755
    umask: int = 0  # bits taken from both
    group: int | None = None  # None leaves it to the file system

    def settle(self, path: Path) -> None:
        """Give a file, folder or link that we made its group and mode; a link's target is left alone."""
        status = os.lstat(path)
        if self.group is not None and status.st_gid != self.group:
            os.chown(path, -1, self.group, follow_symlinks=False)
        if stat.S_ISLNK(status.st_mode):
            return
        mode = (self.folder if stat.S_ISDIR(status.st_mode) else self.file) & ~self.umask
        mode |= status.st_mode & stat.S_ISGID  # a folder may hand its group down
        if stat.S_IMODE(status.st_mode) != mode:
            path.chmod(mode)

    def make_folder(self, folder: Path) -> None:
        """Create a folder with those above it; the ones that exist stay as they are."""
        if folder.is_dir():
            return
        self.make_folder(folder.parent)
        try:
            folder.mkdir()
        except FileExistsError:
            if not folder.is_dir():
                raise
            return
        self.settle(folder)


def group_id(group: str) -> int | None:
    """The number of a group given by name or number; None for "". Raises DiskProblem."""
    if not group or group.isdecimal():
        return int(group) if group else None
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise DiskProblem(f"files.group: there is no group called {group}") from None


class Staging:
    """Builds torrents' folders beside their place, then moves them there in one step.

    Who owns a folder is written down before it appears, so a torrent finds its own again after a crash
    and never takes or deletes another's. Blocking; safe to call from several threads.
    """

    def __init__(self, modes: Modes) -> None:
        self.modes = modes
        self.lock = threading.Lock()  # owning a name and moving to it are one step

    def begin(self, torrent: Torrent, keep: Collection[PurePosixPath] = ()) -> Path:
        """The folder to build in; of an interrupted attempt only the files to `keep` are still there.

        Raises DiskProblem.
        """
        folder = self._beside(torrent, "new")
        with explained(folder):
            self.modes.make_folder(folder)
            for at, _, names in reversed(list(walk(folder))):
                for path in (at / name for name in names):
                    if PurePosixPath(path.relative_to(folder)) not in keep:
                        remove(folder, path)
                if at != folder:
                    drop_empty(at)
        return folder

    def notes(self, torrent: Torrent) -> Path:
        """A folder for notes on the building, gone once it is finished. Raises DiskProblem."""
        folder = self._beside(torrent, "notes")
        with explained(folder):
            self.modes.make_folder(folder)
        return folder

    def placed(self, torrent: Torrent) -> Path | None:
        """The torrent's folder in its place, if it stands there. Raises DiskProblem."""
        owned = self._owned(torrent)
        return owned if owned is not None and os.path.lexists(owned) else None

    def finish(self, torrent: Torrent) -> Path:
        """Move what was built to its place; a former folder of the same torrent is swapped out.

        A name that something else bears gets " (2)". Raises DiskProblem.
        """
        built = self._beside(torrent, "new")
        with explained(built), self.lock:
            place = self._owned(torrent) or self._claim(torrent)
            if os.path.lexists(place):
                _exchange(built, place)
            else:
                built.rename(place)
            sync_folder(place.parent)
        self.clear_staging(torrent)
        return place

    def fill(
        self, torrent: Torrent, content: Content, built: Collection[PurePosixPath], whole: Collection[str]
    ) -> Path:
        """Move what was built into the torrent's folder, which stands; of `content` only `whole` stays there.

        Raises DiskProblem, also when somebody else's file bears a name.
        """
        stage, own = self._beside(torrent, "new"), {file.at for file in content.places}
        with self.lock:
            place = self._owned(torrent) or self._claim(torrent)
            with explained(place):
                for path in built:
                    goal = place / path
                    if str(path) not in own and os.path.lexists(goal):
                        raise DiskProblem(f"{goal} is in the way: move it away")
                    if not goal.parent.resolve().is_relative_to(place.resolve()):
                        raise DiskProblem(f"{goal.parent} leads out of {place}")
                    self.modes.make_folder(goal.parent)
                    (stage / path).replace(goal)
                    sync_folder(goal.parent)
                for at in own.difference(whole):
                    remove(place, place / at)
                    drop_empty_above(place, at)
        self.clear_staging(torrent)
        return place

    def adopt(self, torrent: Torrent, content: Path) -> None:
        """Own a folder that stands and is nobody's. Raises DiskProblem when it is another's."""
        with explained(content), self.lock:
            if self.owns(torrent, content) or not os.path.lexists(content):
                return
            if os.path.lexists(_claim_of(content)):
                raise DiskProblem(f"{content} belongs to another torrent")
            self._own(torrent, content)

    def clear(self, torrent: Torrent, content: Path | None) -> bool:
        """Delete all that was made for a torrent; say whether `content` was among it, or gone already.

        `content` is left alone when the torrent does not own it. Raises DiskProblem.
        """
        self.clear_staging(torrent)
        with self.lock:
            for folder in self._all_owned(torrent, content):
                remove(folder.parent, folder)
                self.disown(folder)
        return content is None or not os.path.lexists(content)

    def forget(self, torrent: Torrent, content: Path | None = None) -> None:
        """Delete what is half made; finished content stays, nobody's from now on. Raises DiskProblem."""
        self.clear_staging(torrent)
        with self.lock:
            for folder in self._all_owned(torrent, content):
                self.disown(folder)

    def clear_staging(self, torrent: Torrent) -> None:
        """Delete what was built or swapped out, with the notes on it; content stays. Raises DiskProblem."""
        for save_path in (torrent.save_path, *torrent.former):
            for what in ("new", "old", "notes"):
                remove(Path(save_path), _staged(torrent, Path(save_path), what))

    def home(self, torrent: Torrent) -> Path:
        """The folder that is to be the torrent's, there and its own from now on. Raises DiskProblem."""
        with explained(_save_path(torrent)), self.lock:
            home = self._owned(torrent) or self._claim(torrent)
            self.modes.make_folder(home)  # a name that nothing bears is anybody's
            return home

    def _beside(self, torrent: Torrent, what: str) -> Path:
        return _staged(torrent, _save_path(torrent), what)

    def _all_owned(self, torrent: Torrent, content: Path | None) -> list[Path]:
        """The torrent's folders: while it moves there are two."""
        homes = {content, Path(torrent.round.home) if torrent.round is not None else None}
        return [home for home in {self._owned(torrent), *homes} if home and self.owns(torrent, home)]

    def _owned(self, torrent: Torrent) -> Path | None:
        return next((place for place in _places(torrent) if self.owns(torrent, place)), None)

    def owns(self, torrent: Torrent, place: Path) -> bool:
        """Whether the folder at `place`, if there is one, is the torrent's. Raises DiskProblem."""
        claim = _claim_of(place)
        with explained(claim):
            try:
                return claim.read_text() == _owner(torrent)
            except (FileNotFoundError, NotADirectoryError, ValueError):
                return False

    def _claim(self, torrent: Torrent) -> Path:
        """Own the first name that nothing bears; what another once owned there is gone."""
        for place in _places(torrent):
            if not os.path.lexists(place):
                self._own(torrent, place)
                return place
        raise DiskProblem(f"{_save_path(torrent)} holds {NAMESAKES} folders of the same name already")

    def _own(self, torrent: Torrent, place: Path) -> None:
        claim = _claim_of(place)
        self.modes.make_folder(claim.parent)
        claim.write_text(_owner(torrent))

    def disown(self, place: Path) -> None:
        """Let the folder at `place` be nobody's."""
        remove(place.parent, _claim_of(place))
        drop_empty(place.parent / CLAIMS)


def _save_path(torrent: Torrent) -> Path:
    return Path(torrent.save_path)


def _staged(torrent: Torrent, save_path: Path, what: str) -> Path:
    return save_path / f"{CLAIMS}-{torrent.id}-{torrent.infohash[:12]}-{what}"


def place_of(torrent: Torrent, number: int = 1) -> Path:
    """Where the torrent's folder stands when it is the `number`-th of its name."""
    return _save_path(torrent) / numbered(folder_of(torrent), number)


def _places(torrent: Torrent) -> Iterator[Path]:
    return (place_of(torrent, number) for number in range(1, NAMESAKES + 1))


def _claim_of(place: Path) -> Path:
    return place.parent / CLAIMS / place.name


def _owner(torrent: Torrent) -> str:
    return f"{torrent.id} {torrent.infohash}"


def _exchange(one: Path, other: Path) -> None:
    """Swap two folders in one step; where the file system cannot, in three."""
    swap = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if swap is not None:
        if swap(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0:
            return
        failure = ctypes.get_errno()
        if failure not in {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}:
            raise OSError(failure, os.strerror(failure), str(other))
    exchange_by_turns(one, other)


def exchange_by_turns(one: Path, other: Path) -> None:
    """Swap two folders through a third name, ending in "old" where `one` ends in "new"."""
    aside = one.with_name(one.name.removesuffix("new") + "old")
    other.rename(aside)
    one.rename(other)
    aside.rename(one)


def sync_folder(folder: Path) -> None:
    """Make a rename outlast a power cut, where the file system knows how."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # source: Linux fsync(2), man-pages 6.7
            raise
    finally:
        os.close(handle)
