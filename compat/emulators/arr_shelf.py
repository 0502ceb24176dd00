"""The library of an Arr: the media it knows, the files it has of them.

Source: Sonarr develop 97d24acf0 (MediaFiles/MediaFileDeletionService.cs, Tv/EpisodeService.cs), Radarr
develop 1b9662d58 (Movies/MovieService.cs), read 2026-08. Lidarr and Readarr are played alike: whether they
stop monitoring after a deletion was not looked up.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from compat.emulators.arr_flavour import Medium


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
        if self.medium.per_part or not self.medium.part:
            for before in {self.file_of(part) for part in parts} - {0}:
                self._drop(self.files[before])
        size = path.stat().st_size if path.exists() else 0
        file = MediaFile(next(self._file_ids), owner, list(parts), path, size, at)
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
        if os.path.lexists(file.path):
            if self.recycle_bin:
                target = self.recycle_bin / file.path.relative_to(self.root)
                target.parent.mkdir(parents=True, exist_ok=True)
                file.path.rename(target)
            else:
                file.path.unlink()
        self._drop(file)
        if self.unmonitors:
            self.monitor(file.parts if self.medium.part else [file.owner], monitored=False)

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

    def _drop(self, file: MediaFile) -> None:
        del self.files[file.id], self._files_of[file.owner][file.id]
        for part in file.parts:
            if self._file_of.get(part) == file.id:
                del self._file_of[part]
