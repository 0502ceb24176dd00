"""What of a release is wanted, how its folder is called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Protocol, TypeVar

from msgspec import Struct

LONGEST_NAME = 255
"""Bytes of one path component. Source: NAME_MAX of Linux file systems, limits.h."""

OURS = ".qbitproxy"
"""How the names of what we keep beside content begin."""

LONGEST_SUFFIX = 20  # bytes; whatever follows a dot in a longer one is part of the name
LARGEST_SAMPLE = 300 << 20  # bytes
SAMPLE_RATIO = 5  # the real thing is at least this many times larger than its sample

# fmt: off
VIDEO = frozenset({
    "mkv", "mp4", "m4v", "avi", "mov", "wmv", "ts", "m2ts", "mpg", "mpeg", "webm", "flv", "f4v", "vob", "ogm",
    "ogv", "divx", "xvid", "mk3d", "3gp", "rm", "rmvb", "asf", "m2v", "wtv", "iso", "img",
})
AUDIO = frozenset({
    "mp3", "flac", "m4a", "m4b", "m4p", "mp2", "aac", "ogg", "oga", "opus", "wma", "wav", "wv", "ape", "aif",
    "aiff", "aifc", "alac", "dts", "ac3", "mka",
})
BOOKS = frozenset({"epub", "kepub", "mobi", "azw3", "pdf", "cbz", "cbr"})
# fmt: on
MEDIA = VIDEO | AUDIO | BOOKS

NEVER = frozenset({"arj", "lnk", "lzh", "ps1", "scr", "vbs", "zipx", "bat", "cmd", "com", "exe", "msi", "sh"})
"""One such file makes an Arr fail a whole download.

Source: Sonarr v5-develop of 2026-06-21, FileExtensions: DangerousExtensions, ExecutableExtensions.
"""

_SAMPLE_FOLDERS = frozenset({"sample", "samples", "proof"})
_TRAILER_FOLDERS = frozenset({"trailer", "trailers"})
_SAMPLE_NAME = re.compile(r"^sample(?![^\W_])|(?<![^\W_])sample$", re.IGNORECASE)
_TRAILER_NAME = re.compile(r"-trailer$", re.IGNORECASE)
_SAYS_NOTHING = re.compile(r"[0-9a-f]{32,64}", re.IGNORECASE)
_SLASHES = str.maketrans("/\\", "__")


class ContentRules(Struct, frozen=True, kw_only=True):
    """Which files of a torrent an Arr can use."""

    extensions: frozenset[str]  # lower case, no dot; empty: every file
    minimum_size: int = 0  # bytes
    maximum_size: int = 0  # bytes; 0: no bound
    skip_samples: bool = True
    chosen: frozenset[str] = frozenset()  # paths that are wanted whatever the rest says
    skipped: frozenset[str] = frozenset()  # paths that are not wanted whatever the rest says


class UnsafePath(ValueError):
    """A path from outside leads out of its folder, or cannot be the name of a file."""


class SizedFile(Protocol):
    """A file of a torrent, wherever its listing came from."""

    @property
    def path(self) -> str: ...  # below the torrent's root folder, "/" between parts

    @property
    def size(self) -> int: ...  # bytes, 0 when unknown


F = TypeVar("F", bound=SizedFile)


def wanted(files: Sequence[F], rules: ContentRules) -> list[F]:
    """The files that `rules` ask for, in their order.

    A sample goes only when a video at least five times its size stays; samples and trailers stay when
    nothing else would. What an Arr takes for dangerous is never wanted, not even when it is chosen.
    """
    usable = {file.path for file in _usable(files, rules)} | rules.chosen
    return [
        file
        for file in files
        if file.path in usable and file.path not in rules.skipped and suffix(file.path) not in NEVER
    ]


def _usable(files: Sequence[F], rules: ContentRules) -> list[F]:
    fitting = [file for file in files if _fits(file, rules)]
    if not rules.skip_samples:
        return fitting
    features = [file for file in fitting if suffix(file.path) in VIDEO and not is_extra(file)]
    largest = max((file.size for file in features), default=0)
    return [file for file in fitting if not _is_dispensable(file, largest)] or fitting


def nothing_wanted(files: Sequence[SizedFile]) -> str:
    """That none of `files` is wanted, in words that name the first three."""
    shown = ", ".join(file.path for file in files[:3])
    more = f" and {len(files) - 3} more" if len(files) > 3 else ""
    return f"none of its files is wanted: {shown or 'it has none'}{more}"


def is_extra(file: SizedFile) -> bool:
    """Whether it is a sample or a trailer by its name."""
    return _is_sample(file) or _is_trailer(file)


def suffix(path: str) -> str:
    """The lower-case suffix of a file without its dot; "" when it has none."""
    stem, _, after = path.rpartition("/")[2].rpartition(".")
    return after.lower() if stem else ""


def without_suffix(name: str) -> str:
    """The name without its suffix, where that is one of a media file: ".1080p" stays."""
    return name.rpartition(".")[0] if suffix(name) in MEDIA else name


def folder_name(torrent_name: str, files: Sequence[SizedFile]) -> str:
    """The folder a torrent is placed in: one safe component, never empty, without a media suffix.

    A name that is only a hash says nothing, so the largest file's name is taken when that says more.
    """
    title = without_suffix(torrent_name)
    if says_nothing(title) and files:
        largest = max(files, key=lambda file: file.size).path.rpartition("/")[2]
        title = title if says_nothing(without_suffix(largest)) else without_suffix(largest)
    return safe_name(title)


def says_nothing(title: str) -> bool:
    """Whether a name without its suffix is only a hash."""
    return _SAYS_NOTHING.fullmatch(title) is not None


def safe_name(name: str) -> str:
    """One path component made of `name`: visible, never empty, at most 255 bytes, without slashes."""
    printable = "".join(char for char in _composed(name) if not _is_control(char))
    return _cut(printable.translate(_SLASHES).strip().strip(" .")).strip(" .") or "unnamed"


def numbered(folder: str, number: int) -> str:
    """The `number`-th folder of the same name: "name", "name (2)", "name (3)"."""
    return folder if number == 1 else _cut(folder, f" ({number})", keep_suffix=False)


def safe_path(path: str) -> PurePosixPath:
    """A relative path from outside as one that stays inside its folder.

    Composed to NFC; components are cut at 255 bytes; a backslash becomes an underscore. Raises
    UnsafePath for an empty or absolute path, for "..", for control characters, for names of ours.
    """
    if path.startswith("/"):
        raise UnsafePath(f"{path!r} is absolute")
    return safe_parts(part for part in path.split("/") if part not in {"", "."})


def safe_parts(parts: Iterable[str]) -> PurePosixPath:
    """Like `safe_path`, from components: a slash inside one of them becomes an underscore."""
    safe = [_safe_part(part) for part in parts]
    if not safe:
        raise UnsafePath("an empty path")
    return PurePosixPath(*safe)


def placed_paths(files: Sequence[F]) -> list[tuple[F, PurePosixPath]]:
    """Each file with the safe path it is placed at, no two alike even where case does not count.

    A file that would hide another one gets " (2)". Raises UnsafePath.
    """
    names = _Names()
    return [(file, names.place(safe_path(file.path))) for file in files]


class _Names:
    """The names given so far in one folder and those below it."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._numbers: dict[str, int] = {}  # folded path -> the number of the latest file of that name

    def place(self, path: PurePosixPath) -> PurePosixPath:
        """Take the path, or the nearest to it that is free."""
        folder = PurePosixPath()
        for part in path.parts[:-1]:
            folder = self._first_free(folder, part, 1, self._files)
            self._folders.add(_folded(folder))
        key = _folded(folder / path.name)
        here = self._first_free(folder, path.name, self._numbers.get(key, 1), self._files, self._folders)
        self._files.add(_folded(here))
        return here

    def _first_free(self, folder: PurePosixPath, name: str, number: int, *taken: set[str]) -> PurePosixPath:
        wish = folder / name
        while True:
            candidate = wish if number == 1 else folder / _cut(name, f" ({number})")
            if not any(_folded(candidate) in names for names in taken):
                self._numbers[_folded(wish)] = number
                return candidate
            number += 1


def _fits(file: SizedFile, rules: ContentRules) -> bool:
    extension = suffix(file.path)
    if extension in NEVER or (rules.extensions and extension not in rules.extensions):
        return False
    if file.size == 0:
        return True
    return rules.minimum_size <= file.size and not 0 < rules.maximum_size < file.size


def _is_dispensable(file: SizedFile, largest: int) -> bool:
    if _is_trailer(file):
        return True
    small = file.size < LARGEST_SAMPLE and 0 < largest >= SAMPLE_RATIO * file.size
    return small and _is_sample(file)


def _is_sample(file: SizedFile) -> bool:
    return _is_called(file, _SAMPLE_FOLDERS, _SAMPLE_NAME)


def _is_trailer(file: SizedFile) -> bool:
    return _is_called(file, _TRAILER_FOLDERS, _TRAILER_NAME)


def _is_called(file: SizedFile, folders: frozenset[str], name: re.Pattern[str]) -> bool:
    *above, last = file.path.split("/")
    stem = last.rpartition(".")[0] or last
    return any(part.lower() in folders for part in (*above, stem)) or name.search(stem) is not None


def _safe_part(part: str) -> str:
    composed = _composed(part)
    if any(_is_control(char) for char in composed):
        raise UnsafePath(f"{part!r} holds a control character")
    if composed in {"", ".", ".."}:
        raise UnsafePath(f"{part!r} is no name of a file")
    if composed.casefold().startswith(OURS):
        raise UnsafePath(f"{part!r} is a name of ours")
    return _cut(composed.translate(_SLASHES))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text.encode(errors="replace").decode())


def _is_control(char: str) -> bool:
    return unicodedata.category(char) == "Cc"


def _folded(path: PurePosixPath) -> str:
    return _composed(str(path).casefold())


def _cut(name: str, mark: str = "", *, keep_suffix: bool = True) -> str:
    """`name` with `mark` before its suffix, in at most 255 bytes of whole characters."""
    stem, dot, after = name.rpartition(".")
    if not (keep_suffix and stem) or len(after.encode()) > LONGEST_SUFFIX:
        stem, dot, after = name, "", ""
    tail = f"{mark}{dot}{after}"
    return stem.encode()[: LONGEST_NAME - len(tail.encode())].decode(errors="ignore") + tail
