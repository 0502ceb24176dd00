"""What is seen of a library's file: where it leads, whether a mount that is proved to be up shows it."""

from __future__ import annotations

import os
import stat
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path

from msgspec import Struct

from qbitproxy.core.trail import ROOTS, Place, Trail, is_strm
from qbitproxy.core.verdict import Look
from qbitproxy.files.following import followed
from qbitproxy.files.mounts import Looks
from qbitproxy.files.problems import DiskProblem

TASTE = 1024  # bytes read at head and tail
WITNESSES = 4  # files that a mount has shown, remembered to prove that it is up
LOOKS_AROUND = 50  # folders that are searched for a file where none is remembered


class Sight(Struct, frozen=True):
    """What is seen of one file."""

    look: Look
    trail: Trail | None = None  # where it leads, None when it lies in the library or in no place we know
    detail: str = ""  # why it is not seen


class Down(Exception):
    """A mount is not proved to be up."""


class Sights:
    """Looks at the files of a library, on threads of their own, in the course of one run."""

    def __init__(self, looks: Looks, places: Sequence[Place], mounts: Mapping[str, str]) -> None:
        """`mounts` are those places that must be there, each with a file that it always shows, or ""."""
        self._looks, self._places, self._mounts = looks, places, mounts
        self._devices: dict[str, int] = {}  # place -> the file system that lay there at first
        self._shown: dict[str, deque[Path]] = defaultdict(lambda: deque(maxlen=WITNESSES))

    async def see(self, path: str, size: int) -> Sight:
        """What is seen of the library's file at `path`, which the Arr knows to have `size` bytes (0: any)."""
        try:
            seen = await self._looks.ask(_root(path), lambda: _seen(Path(path), self._places))
            if isinstance(seen, Trail):
                return await self._beyond(seen, _media_size(path, size))
            flaw = _flaw(seen, size)
            return Sight(Look.UNSURE if flaw else Look.SHOWN, detail=flaw)
        except DiskProblem as problem:
            return Sight(Look.UNSURE, detail=problem.detail)
        except OSError as error:
            return Sight(Look.UNSURE, detail=f"{path}: {error.strerror}")

    async def taste(self, path: str, size: int, leads: Trail | None) -> Sight:
        """Read a few bytes at head and tail of a file that was seen to lead there, and to be shown."""
        mount = Path(leads.place.path) if leads is not None else _root(path)
        at = leads.target if leads is not None else path
        try:
            if await self._looks.ask(mount, lambda: _tasted(Path(at), _media_size(path, size))):
                return Sight(Look.READ, leads)
            detail = f"{at} gives no bytes"
        except DiskProblem as problem:
            detail = problem.detail
        except OSError as error:
            detail = f"{at} cannot be read: {error.strerror}"
        return await self._blank(leads, detail) if leads is not None else Sight(Look.UNSURE, detail=detail)

    async def _beyond(self, leads: Trail, size: int) -> Sight:
        """What the place shows where the file leads."""
        if leads.place.is_address:
            return Sight(Look.UNASKED, leads)
        mount, target = Path(leads.place.path), Path(leads.target)
        try:
            there = await self._looks.ask(mount, lambda: _stat(target))
            if there is None:
                return await self._absent(mount, target, leads)
        except DiskProblem as problem:
            return Sight(Look.UNSURE, leads, problem.detail)
        except OSError as error:
            return Sight(Look.UNSURE, leads, f"{target}: {error.strerror}")
        if flaw := _flaw(there, size):
            return await self._blank(leads, flaw)
        self._shown[leads.place.path].append(target)
        return Sight(Look.SHOWN, leads)

    async def _absent(self, mount: Path, target: Path, leads: Trail) -> Sight:
        """Absent only between two proofs that the same file system is there, and up.

        Raises DiskProblem or OSError when the mount does not let itself be looked at.
        """
        place = leads.place.path
        if place not in self._mounts and await self._looks.ask(mount, lambda: _stat(mount)) is None:
            return Sight(Look.UNASKED, leads, f"{mount} is not to be seen from here")
        try:
            await self._prove(leads)
            there = await self._looks.ask(mount, lambda: _stat(target))
            await self._prove(leads)
        except Down as down:
            return Sight(Look.UNSURE, leads, str(down))
        if there is not None:
            return Sight(Look.UNSURE, leads, f"{target} comes and goes")
        return Sight(Look.ABSENT, leads, f"{target} is not there, while {mount} shows other files")

    async def _blank(self, leads: Trail, detail: str) -> Sight:
        """What is there without its bytes: that is its own fault once the mount gives those of others."""
        try:
            await self._prove(leads)
        except (Down, DiskProblem, OSError) as problem:
            return Sight(Look.UNSURE, leads, f"{detail}; {problem}")
        return Sight(Look.BLANK, leads, detail)

    async def _prove(self, leads: Trail) -> None:
        """Raises Down, DiskProblem or OSError unless the file system of before lies there, and is up.

        What is looked for proves nothing.
        """
        place, target = leads.place.path, Path(leads.target)
        mount, canary = Path(place), self._mounts.get(place, "")
        witnesses = tuple(self._shown[place])
        device = await self._looks.ask(mount, lambda: _proved(mount, canary, witnesses, target))
        if device != self._devices.setdefault(place, device):
            raise Down(f"another file system lies at {mount} than before")


def _seen(path: Path, places: Sequence[Place]) -> Trail | os.stat_result:
    """Where a file leads, what is there when it leads to no place that we know. Raises OSError."""
    leads = followed(path, places)
    return leads if isinstance(leads, Trail) else path.stat()


def _stat(path: Path) -> os.stat_result | None:
    """What is at `path`, None when nothing is. Raises OSError when that cannot be told."""
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _flaw(seen: os.stat_result, size: int) -> str:
    """Why what is there is not the file, "" when it may be."""
    if not stat.S_ISREG(seen.st_mode):
        return "it is no file"
    return f"it has {seen.st_size} bytes instead of {size}" if size and seen.st_size != size else ""


def _tasted(path: Path, size: int) -> bool:
    with path.open("rb", buffering=0) as file:
        head = file.read(TASTE)
        file.seek(max(size - TASTE, 0))
        return bool(head and file.read(TASTE))


def _proved(mount: Path, canary: str, witnesses: Iterable[Path], apart: Path) -> int:
    """The file system at `mount`, once a file other than `apart` proves it up. Raises Down or OSError.

    A mount that has just started shows its own files before anybody's, so a canary alone proves nothing.
    """
    device = mount.stat().st_dev
    if canary and not _gives(mount / canary):
        raise Down(f"{mount} does not show its canary {canary}")
    candidates: list[Callable[[], Iterable[Path]]] = [lambda: witnesses, lambda: _around(mount, canary)]
    others = (path for found in candidates for path in islice(found(), WITNESSES) if path != apart)
    if not any(map(_gives, others)):
        raise Down(f"{mount} shows no file that can be read")
    return device


def _gives(path: Path) -> bool:
    try:
        with path.open("rb", buffering=0) as file:
            return bool(file.read(1))
    except OSError:
        return False


def _around(mount: Path, canary: str) -> Iterable[Path]:
    """Some files in the folders of the mount."""
    for root in ROOTS:
        if not (mount / root).is_dir():
            continue
        for folder in islice((mount / root).iterdir(), LOOKS_AROUND):
            if folder.name != canary and folder.is_dir():
                yield from islice((path for path in folder.iterdir() if path.is_file()), 1)


def _media_size(path: str, size: int) -> int:
    """The bytes of what a file of the library leads to, 0 when an Arr knows those of its .strm file alone."""
    return 0 if is_strm(path) else size


def _root(path: str) -> Path:
    """What a file of the library is taken to be mounted with: its outermost folder."""
    return Path(*Path(path).parts[:2])
