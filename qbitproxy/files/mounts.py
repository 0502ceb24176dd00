"""Where a provider's mount shows the files of a torrent."""

from __future__ import annotations

import asyncio
import errno
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path, PurePosixPath
from queue import SimpleQueue
from typing import Any, TypeVar

from qbitproxy.core.release import LONGEST_NAME, suffix, without_suffix
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.core.trail import ROOTS
from qbitproxy.files.problems import DiskProblem, NotYet, explained

MOST_STALLED = 4  # looks at one mount that may hang at the same time
MOST_IDLE = 8  # threads that are kept for the next looks: starting one takes longer than most looks

T = TypeVar("T")
R = TypeVar("R")


Task = tuple[Callable[[], Any], "asyncio.Future[Any]"]
"""What a thread is to find out, where the answer goes."""


class Looks:
    """Asks mounts on threads of their own: a mount that hangs holds up neither us nor other mounts."""

    def __init__(self, deadline: timedelta) -> None:
        self._deadline = deadline
        self._stalled: Counter[Path] = Counter()
        self._idle: list[SimpleQueue[Task | None]] = []  # of threads that wait for something to do
        weakref.finalize(self, _dismiss, self._idle)

    async def ask(self, mount: Path, question: Callable[[], T]) -> T:
        """What `question` gives. Raises DiskProblem when `mount` does not answer within the deadline."""
        if self._stalled[mount] >= MOST_STALLED:
            raise DiskProblem(f"the mount {mount} hangs: {MOST_STALLED} looks at it have not come back")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        tasks = self._idle.pop() if self._idle else _hired()
        answer.add_done_callback(lambda _: self._rest(tasks))
        tasks.put((question, answer))
        try:
            await asyncio.wait((answer,), timeout=self._deadline.total_seconds())
        finally:
            if not answer.done():
                self._stalled[mount] += 1
                answer.add_done_callback(lambda _: self._stalled.subtract((mount,)))
        if not answer.done():
            raise DiskProblem(f"the mount {mount} did not answer in {self._deadline.total_seconds():g} s")
        return answer.result()

    def _rest(self, tasks: SimpleQueue[Task | None]) -> None:
        if len(self._idle) < MOST_IDLE:
            self._idle.append(tasks)
        else:
            tasks.put(None)


def shown(mount: Path, folder: str, name: str, files: Sequence[RemoteFile]) -> list[Path]:
    """Where `mount` shows each of `files`, of a torrent the provider calls `folder` and others `name`.

    The folder may lie several parts deep. Raises NotYet with the first path that is missing, DiskProblem
    when the mount itself is not there or shows something that lies elsewhere.
    """
    with explained(mount):
        if not mount.is_dir():
            raise DiskProblem(f"the mount {mount} is not there: mount it, or correct providers.*.mount")
        found, missing = _found(mount, folder, name, files)
        for place in found:
            if mount.resolve() not in place.resolve().parents:
                raise DiskProblem(f"{place} leads out of the mount {mount}, so it is not linked")
        if found:
            return found
    raise NotYet(missing or mount / folder / files[0].path, "the mount does not show it yet")


def readable(path: Path, size: int) -> None:
    """Read a first byte. Raises NotYet when there is none, DiskProblem when we are not allowed to."""
    try:
        with path.open("rb") as file:
            if not file.read(1) and size:
                raise NotYet(path, "it is shown, but empty")
    except PermissionError:
        with explained(path):
            raise
    except OSError as error:
        raise NotYet(path, f"it cannot be read: {error.strerror}") from error


def _found(
    mount: Path, folder: str, name: str, files: Sequence[RemoteFile]
) -> tuple[list[Path], Path | None]:
    """Every file's place, or nothing but the first place where one is missed."""
    missing: Path | None = None
    for base in _folders(mount, folder, name, files):
        places = [place for file in files if (place := _place(base, file, files))]
        if len(places) == len(files):
            return places, None
        absent = next(file for file in files if _place(base, file, files) is None)
        missing = missing or base / absent.path
    alone = _alone(mount, folder, name, files[0]) if len(files) == 1 else None
    return [alone] if alone else [], missing


def _folders(mount: Path, folder: str, name: str, files: Sequence[RemoteFile]) -> Iterator[Path]:
    named = [folder, without_suffix(folder)]
    names = [name, without_suffix(name)]
    if len(files) == 1:
        names.append(_last(files[0]))
    candidates = [*filter(_is_below, named), *filter(_is_one_part, names)]
    for root in ROOTS:
        for candidate in dict.fromkeys(candidates):
            if (mount / root / candidate).is_dir():
                yield mount / root / candidate


def _alone(mount: Path, folder: str, name: str, file: RemoteFile) -> Path | None:
    """A single file that lies directly in a root, by one of its names; its size tells it from others'."""
    names = [_last(file), *(n for n in (folder, name) if suffix(n) == suffix(file.path))]
    places = (mount / root / n for root in ROOTS for n in dict.fromkeys(filter(_is_one_part, names)))
    return next((place for place in places if _is_file(place, file.size)), None)


def _place(base: Path, file: RemoteFile, files: Sequence[RemoteFile]) -> Path | None:
    """The file at its path; some mounts drop the folders of a torrent, so else by its own name."""
    if _is_file(base / file.path):
        return base / file.path
    namesakes = [other for other in files if _last(other) == _last(file)]
    flat = base / _last(file)
    return flat if len(namesakes) == 1 and _is_file(flat, file.size) else None


def _is_file(path: Path, size: int = 0) -> bool:
    try:
        return path.is_file() and size in (0, path.stat().st_size)
    except FileNotFoundError:  # gone since
        return False
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:  # no mount shows it under this name
            return False
        raise


def _last(file: RemoteFile) -> str:
    return file.path.rpartition("/")[2]


def _is_below(folder: str) -> bool:
    """Whether the provider's own word for a folder stays below the mount, however deep."""
    return not folder.startswith("/") and all(map(_is_one_part, PurePosixPath(folder).parts or ("",)))


def _is_one_part(name: str) -> bool:
    return name not in {"", ".", ".."} and not {"/", "\0"} & set(name) and len(name.encode()) <= LONGEST_NAME


def _hired() -> SimpleQueue[Task | None]:
    """The tasks of a new thread."""
    tasks: SimpleQueue[Task | None] = SimpleQueue()
    threading.Thread(target=_work, args=(tasks,), name="look at mounts", daemon=True).start()
    return tasks


def _dismiss(idle: Iterable[SimpleQueue[Task | None]]) -> None:
    for tasks in idle:
        tasks.put(None)


def _work(tasks: SimpleQueue[Task | None]) -> None:
    """Look at what is asked for, until dismissed, or until the loop that asked has ended."""
    while True:
        task = tasks.get()
        if task is None or not _look(*task):
            return
        del task  # with all that the question holds


def _look(question: Callable[[], T], answer: asyncio.Future[T]) -> bool:
    """Answer; whether that was heard."""
    try:
        found = question()
    except BaseException as error:
        return _report(answer, answer.set_exception, error)
    return _report(answer, answer.set_result, found)


def _report(answer: asyncio.Future[T], how: Callable[[R], None], what: R) -> bool:
    def settle() -> None:
        how(what)
        answer.exception()  # seen: nobody may be waiting any more

    try:
        answer.get_loop().call_soon_threadsafe(settle)
    except RuntimeError:  # the loop has ended meanwhile
        return False
    return True
