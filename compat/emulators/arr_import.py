"""The import of a finished download into an Arr's library.

Source: Sonarr develop 97d24acf0 (MediaFiles/DownloadedEpisodesImportService.cs, DiskScanService.cs,
NzbDrone.Common/Disk/DiskTransferService.cs), read 2026-08. Where an Arr judges a sample by its running time,
this emulator goes by the name: our films have no frames.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Container, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from compat.emulators.arr_paths import View

HEAD = 64 * 1024  # bytes that must be readable of every file
SKIPPED_FOLDER = re.compile(
    r"extras|extrafanart|behind the scenes|deleted scenes|featurettes|interviews|other|scenes|samples|shorts"
    r"|trailers|theme music|backdrops|@eadir|\.@__thumb|plex versions|\..*",
    re.IGNORECASE,
)
SKIPPED_FILE = re.compile(
    r"\._.*|\.DS_Store|Thumbs\.db|.*-(?:trailer|other|behindthescenes|deleted|featurette|interview|scene|short)\.[^.]+",
    re.IGNORECASE,
)
ARCHIVE = frozenset((".7z", ".bz2", ".gz", ".r00", ".rar", ".tar", ".tb2", ".tbz2", ".tgz", ".zip"))
EXECUTABLE = frozenset((".bat", ".cmd", ".exe", ".sh"))
DANGEROUS = frozenset((".arj", ".lnk", ".lzh", ".ps1", ".scr", ".vbs", ".zipx"))
_SAMPLE = re.compile(r"(?:^|[^a-z])sample(?:[^a-z]|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Rejection:
    """Why one file, or the whole path when `name` is the title, was not imported."""

    name: str
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What became of one import. Nothing found leaves both empty."""

    imported: Sequence[tuple[Path, Path]]  # (where it lay, where it is now in the library)
    rejections: Sequence[Rejection]


def is_wanted(path: str, media: frozenset[str]) -> bool:
    """Say whether an Arr counts on a file of a release: media, no extra, no sample."""
    return _suffix(path) in media and not _is_skipped(path) and not is_sample(path)


def is_sample(path: str) -> bool:
    """Say whether a name calls itself a sample."""
    return bool(_SAMPLE.search(PurePosixPath(path).stem))


def import_path(
    view: View,
    output_path: str,
    library: Path,
    *,
    media: frozenset[str],
    move: bool,
    brought: Container[Path] = (),
) -> Outcome:
    """Bring what lies at `output_path`, in the Arr's words, into `library`, but not what was `brought`.

    Moves when the download may be removed, else links hard or copies. A symbolic link is made anew in either
    case, never followed for the transfer. Blocks: run it in a thread.
    """
    folder, single = view.folder(output_path), view.file(output_path)
    found = [(single.name, single)] if single else []
    if folder:
        found = [(name, path) for name, path in view.files_under(folder) if not _is_skipped(name)]
    cautions = [Rejection(name, caution) for name, _ in found if (caution := _caution(name))]
    if single and cautions:
        return Outcome([], cautions)
    candidates = [(name, path) for name, path in found if _suffix(name) in media and path not in brought]
    verdicts = {name: _rejection(view, path) for name, path in candidates}
    accepted = [(name, path) for name, path in candidates if not verdicts[name]]
    imported = [(path, _bring(view, path, target, move=move)) for path, target in _targets(accepted, library)]
    if folder and move and imported and not any(_keeps(name, media) for name, _ in view.files_under(folder)):
        _delete_folder(folder)
    refused = [Rejection(PurePosixPath(name).name, reason) for name, reason in verdicts.items() if reason]
    return Outcome(imported, cautions + refused)


def _is_skipped(relative: str) -> bool:
    path = PurePosixPath(relative)
    return bool(SKIPPED_FILE.fullmatch(path.name)) or any(map(SKIPPED_FOLDER.fullmatch, path.parts[:-1]))


def _keeps(relative: str, media: frozenset[str]) -> bool:
    """Say whether a file left behind stops the Arr from deleting the folder."""
    return _suffix(relative) in media and not is_sample(relative)


def _suffix(relative: str) -> str:
    return PurePosixPath(relative).suffix.lower()


def _caution(relative: str) -> str:
    suffix = _suffix(relative)
    if suffix in EXECUTABLE:
        return f"Caution: Found executable file with extension: '{suffix}'"
    if suffix in DANGEROUS:
        return f"Caution: Found potentially dangerous file with extension: '{suffix}'"
    return "Found archive file, might need to be extracted" if suffix in ARCHIVE else ""


def _rejection(view: View, path: Path) -> str:
    """Open the file as ffprobe would. Return "" when nothing speaks against it."""
    try:
        head = _head(view.followed(path))
    except OSError:
        head = b""
    if not head:
        return "Unable to determine if file is a sample"
    return "Sample" if is_sample(path.name) else ""


def _head(path: Path | None) -> bytes:
    if path is None:
        return b""
    with path.open("rb") as file:
        return file.read(HEAD)


def _targets(files: Sequence[tuple[str, Path]], library: Path) -> list[tuple[Path, Path]]:
    names = Counter(path.name for _, path in files)
    return [(path, library / (path.name if names[path.name] == 1 else name)) for name, path in files]


def _bring(view: View, source: Path, target: Path, *, move: bool) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    if source.is_symlink():
        link = os.readlink(source)
        target.symlink_to(
            link if link.startswith("/") else os.path.normpath(f"{view.seen(source.parent)}/{link}")
        )
        if move:
            source.unlink()
    elif move:
        shutil.move(source, target)
    else:
        _link_or_copy(source, target)
    return target


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _delete_folder(folder: Path) -> None:
    with suppress(OSError):
        if folder.is_symlink():
            folder.unlink()
        else:
            shutil.rmtree(folder)
