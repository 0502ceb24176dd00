"""The library of an Arr: the media it knows, the files it has of them.

Source: Sonarr develop 97d24acf0 (MediaFiles/MediaFileDeletionService.cs, Tv/EpisodeService.cs), Radarr
develop 1b9662d58 (Movies/MovieService.cs), read 2026-08. Lidarr and Readarr are played alike: whether they
stop monitoring after a deletion was not looked up.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from compat.emulators.arr_flavour import Medium

SPECIAL_FOLDERS = frozenset(
    ("$recycle.bin", "system volume information", "recycler", "lost+found", "@eadir", ".grab")
)
"""What a system or a NAS puts into a root folder."""


class Unmounted(Exception):
    """The root folder is missing or empty, so nothing is deleted below it."""


@dataclass
class Owner:
    """A series, movie, artist or author."""

    id: int
    title: str
    folder: Path
    monitored: bool = True


@dataclass
class Part:
    """An episode, album or book; a movie has one that nobody sees."""

    id: int
    owner: int
    number: int  # from 1, within its owner
    season: int = 1
    monitored: bool = True


@dataclass
class MediaFile:
    """One file of the library, as its database has it, whether it is there or not."""

    id: int
    owner: int
    parts: list[int]
    path: Path  # the real one
    size: int  # bytes, as imported
    added: float  # unix seconds
    upgrades: list[MediaFile] = field(default_factory=list)  # whose place it took


@dataclass
class Shelf:
    """Everything by its id, also by whom it belongs to: a library may be large."""

    medium: Medium
    root: Path
    owners: dict[int, Owner] = field(default_factory=dict)
    parts: dict[int, Part] = field(default_factory=dict)
    files: dict[int, MediaFile] = field(default_factory=dict)
    unmonitors: bool = False  # what was deleted is not monitored any more
    recycle_bin: Path | None = None
    _files_of: dict[int, dict[int, MediaFile]] = field(default_factory=dict)  # by owner, then by id
    _parts_of: dict[int, list[Part]] = field(default_factory=dict)  # by owner
    _file_of: dict[int, int] = field(default_factory=dict)  # part -> its last file
    _file_ids: count[int] = field(default_factory=lambda: count(1))

    def know(self, owner: int, title: str, parts: Sequence[int]) -> None:
        """Note a new series, movie, artist or author with its parts."""
        self.owners[owner] = Owner(owner, title, self.root / title)
        self._parts_of[owner] = [Part(part, owner, number) for number, part in enumerate(parts, start=1)]
        self.parts |= {part.id: part for part in self._parts_of[owner]}

    def bring(self, owner: int, parts: Sequence[int], path: Path, at: float) -> MediaFile:
        """Note a file. What its parts were in before is forgotten: an upgrade takes its place."""
        upgrades: list[MediaFile] = []
        if self.medium.per_part or not self.medium.part:
            upgrades = [self.files[before] for before in sorted({self.file_of(part) for part in parts} - {0})]
        for before in upgrades:
            self._drop(before)
        size = path.stat().st_size if path.exists() else 0
        file = MediaFile(next(self._file_ids), owner, list(parts), path, size, at, upgrades)
        self.files[file.id] = file
        self._files_of.setdefault(owner, {})[file.id] = file
        self._file_of |= dict.fromkeys(parts, file.id)
        return file

    def files_of(self, owner: int) -> list[MediaFile]:
        """The files of one owner, by id."""
        return list(self._files_of.get(owner, {}).values())

    def parts_of(self, owner: int) -> list[Part]:
        """The parts of one owner, by id."""
        return self._parts_of.get(owner, [])

    def file_of(self, part: int) -> int:
        """The id of the file a part is in, 0 when it is missing; of several one."""
        return self._file_of.get(part, 0)

    def delete(self, file: MediaFile) -> None:
        """Take a file off the disk, then out of the database. A link goes, not what it points at.

        Raises Unmounted; OSError when it cannot be removed.
        """
        if not self.root.is_dir():
            raise Unmounted(f"Series' root folder ({self.root}) doesn't exist.")
        if not any(entry.is_dir() for entry in self.root.iterdir()):
            raise Unmounted(f"Series' root folder ({self.root}) is empty.")
        self.take_off_the_disk(file)
        self._drop(file)
        if self.unmonitors:
            self.monitor(file.parts if self.medium.part else [file.owner], monitored=False)

    def forget(self, owner: Owner, *, deletes_files: bool) -> None:
        """Know nothing of an owner any more. With `deletes_files` its folder goes too, as it is."""
        for file in self.files_of(owner.id):
            self._drop(file)
        for part in self._parts_of.pop(owner.id, []):
            del self.parts[part.id]
        del self.owners[owner.id]
        if deletes_files and owner.folder.is_dir():
            shutil.rmtree(owner.folder)

    def forget_part(self, part: Part, *, deletes_files: bool) -> None:
        """Know nothing of an album or book any more, nor of its files."""
        for file in [file for file in self.files_of(part.owner) if part.id in file.parts]:
            self._drop(file)
            if deletes_files:
                self.take_off_the_disk(file)
        self._parts_of[part.owner].remove(part)
        del self.parts[part.id]

    def unmapped(self) -> list[Path]:
        """The folders right below the root folder that are no owner's, by name.

        Source: Sonarr develop 97d24acf0, RootFolderService.cs: without hidden and special ones.
        """
        known = {owner.folder for owner in self.owners.values()}
        strange = [entry for entry in self.root.iterdir() if entry.is_dir() and entry not in known]
        shown = [
            entry for entry in strange if entry.name[0] != "." and entry.name.lower() not in SPECIAL_FOLDERS
        ]
        return sorted(shown, key=lambda entry: entry.name.lower())

    def rescan(self) -> list[MediaFile]:
        """Forget the files that are not on the disk, none while the root folder is missing or empty."""
        if not self.root.is_dir() or not any(self.root.iterdir()):
            return []
        gone = [file for file in self.files.values() if not os.path.lexists(file.path)]
        for file in gone:
            self._drop(file)
        return gone

    def monitor(self, ids: Sequence[int], monitored: bool) -> None:
        """Set whether parts, or owners where there are none, are looked for."""
        known: dict[int, Part] | dict[int, Owner] = self.parts if self.medium.part else self.owners
        for number in ids:
            known[number].monitored = monitored

    def take_off_the_disk(self, file: MediaFile) -> None:
        """Remove a file, or move it into the recycle bin. Raises OSError."""
        if not os.path.lexists(file.path):
            return
        if self.recycle_bin:
            target = self.recycle_bin / file.path.relative_to(self.root)
            target.parent.mkdir(parents=True, exist_ok=True)
            file.path.rename(target)
        else:
            file.path.unlink()

    def _drop(self, file: MediaFile) -> None:
        del self.files[file.id], self._files_of[file.owner][file.id]
        for part in file.parts:
            if self._file_of.get(part) == file.id:
                del self._file_of[part]
