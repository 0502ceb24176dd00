"""A file that arrives in pieces, with a note of those that are there."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from qbitproxy.files.staging import Modes

Piece = tuple[int, int]  # first byte, first byte after it


class _Note(Struct, forbid_unknown_fields=True):
    """What is written down beside a partial file."""

    of: str  # which file it is, whatever its name is to be
    size: int  # bytes, of the whole file
    pieces: list[Piece]


class Partial:
    """One file on its way. Blocking, but for `done` and `missing`."""

    def __init__(self, path: Path, note: Path, size: int, of: str) -> None:
        self.path, self.size = path, size
        self._of = of
        self._note = note
        self._pieces: list[Piece] = []
        self._writing = threading.Lock()  # several connections note at the same time

    @classmethod
    def open(cls, path: Path, note: Path, size: int, of: str, modes: Modes) -> Partial:
        """Go on with what is there; begin anew where the note does not fit. Raises OSError.

        `of` tells the files of a torrent apart: clients may give one the name of another meanwhile.
        """
        partial = cls(path, note, size, of)
        partial._pieces = _noted(path, note, size, of)
        if not partial._pieces:
            note.unlink(missing_ok=True)  # it may fit again, when the bytes are others by then
        modes.make_folder(path.parent)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.truncate(handle, size)
        finally:
            os.close(handle)
        modes.settle(path)
        return partial

    @property
    def done(self) -> int:
        """Bytes that are there."""
        return sum(end - start for start, end in self._pieces)

    def missing(self, longest: int) -> list[Piece]:
        """What is still to come, in order, in pieces of at most `longest` bytes."""
        return list(_gaps(self._pieces, self.size, longest))

    def note(self, start: int, end: int) -> None:
        """Write down that the bytes from `start` up to `end` are there; they are on disk by then."""
        handle = os.open(self.path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fdatasync(handle)
        finally:
            os.close(handle)
        with self._writing:
            self._pieces = merged([*self._pieces, (start, end)])
            written = self._note.with_suffix(".new")
            written.write_bytes(msgspec.json.encode(_Note(self._of, self.size, self._pieces)))
            written.replace(self._note)


def merged(pieces: Iterable[Piece]) -> list[Piece]:
    """The same bytes in as few pieces as there can be, in order."""
    result: list[Piece] = []
    for start, end in sorted(piece for piece in pieces if piece[0] < piece[1]):
        if result and start <= result[-1][1]:
            result[-1] = result[-1][0], max(end, result[-1][1])
        else:
            result.append((start, end))
    return result


def _gaps(pieces: list[Piece], size: int, longest: int) -> Iterator[Piece]:
    at = 0
    for start, end in [*pieces, (size, size)]:
        while at < start:
            stop = min(at + longest, start)
            yield at, stop
            at = stop
        at = end


def _noted(path: Path, note: Path, size: int, of: str) -> list[Piece]:
    """What the note says is there, if it is a note on this file."""
    try:
        found = msgspec.json.decode(note.read_bytes(), type=_Note)
        fits = found.of == of and found.size == size == path.stat(follow_symlinks=False).st_size
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return []
    whole = all(0 <= start < end <= size for start, end in found.pieces)
    return merged(found.pieces) if fits and whole else []
