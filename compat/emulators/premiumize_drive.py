"""The cloud drive of a Premiumize account: folders with items in them."""

from __future__ import annotations

import mimetypes
import random
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from compat.content import Release
from compat.emulators.bench import Clock
from compat.emulators.premiumize_wire import Refused
from compat.emulators.sources import Metadata


@dataclass(eq=False)
class Folder:
    """A folder; only the root has none above it."""

    id: str
    name: str
    parent: Folder | None


@dataclass(eq=False)
class File:
    """An item, as files are called here."""

    id: str
    name: str
    parent: Folder
    size: int  # bytes
    created: float  # seconds since the epoch
    infohash: str
    path: str  # within `release`
    release: Release | None  # where its bytes come from; None: it has none
    virus_scan: str = "ok"

    def as_json(self) -> dict[str, object]:
        """What every listing shows of it; links come on top."""
        return {
            "id": self.id,
            "name": self.name,
            "type": "file",
            "size": self.size,
            "created_at": int(self.created),
            "mime_type": mimetypes.guess_type(self.name)[0] or "application/octet-stream",
            "transcode_status": "not_applicable",
            "virus_scan": self.virus_scan,
        }


Node = Folder | File


class Drive:
    """Everything that the account keeps, by id."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._random = random.Random(17)
        self.root = Folder(self.new_id(), "root", None)
        self.folders: dict[str, Folder] = {self.root.id: self.root}
        self.files: dict[str, File] = {}

    def new_id(self) -> str:
        """Return an id as transfers, folders, items have them."""
        return "".join(self._random.choices(string.ascii_letters + string.digits, k=22))

    @property
    def used(self) -> int:
        """Bytes of all items."""
        return sum(file.size for file in self.files.values())

    def folder(self, folder_id: str) -> Folder:
        """Return a folder; the root where there is none of that id, as the service does."""
        return self.folders.get(folder_id, self.root)

    def file(self, file_id: str) -> File:
        """Return an item. Raises Refused."""
        if file_id not in self.files:
            raise Refused("not_found")
        return self.files[file_id]

    def within(self, folder: Folder) -> list[Node]:
        """What lies directly in a folder, folders first."""
        nodes: list[Node] = [inner for inner in self.folders.values() if inner.parent is folder]
        return nodes + [file for file in self.files.values() if file.parent is folder]

    def files_below(self, node: Node) -> list[File]:
        """The items in a folder, however deep; of an item itself."""
        if isinstance(node, File):
            return [node] if node.id in self.files else []
        return [file for inner in self.within(node) for file in self.files_below(inner)]

    def holds(self, node: Node) -> bool:
        """Whether it has not been deleted."""
        return node.id in self.folders or node.id in self.files

    def location(self, node: Node) -> str:
        """The path of a folder or an item below the root."""
        above = node.parent
        return node.name if above is None or above is self.root else f"{self.location(above)}/{node.name}"

    def make_folder(self, name: str, parent: Folder) -> Folder:
        """Make a folder called `name`, or as near to that as is free."""
        folder = Folder(self.new_id(), self._free_name(name, parent), parent)
        self.folders[folder.id] = folder
        return folder

    def store(self, metadata: Metadata, release: Release | None, parent: Folder) -> Node:
        """Put a torrent's content into `parent`: a folder with its files, or its only file."""
        if metadata.single_file:
            [(path, size)] = metadata.files
            name = self._free_name(path, parent, PurePosixPath(path).suffix)
            return self._put(name, parent, path, size, metadata.infohash, release)
        top = self.make_folder(metadata.name, parent)
        made: dict[str, Folder] = {"": top}
        for path, size in metadata.files:
            above, _, name = path.rpartition("/")
            folder = self._folder_of(above, made)
            self._put(name, folder, path, size, metadata.infohash, release)
        return top

    def delete(self, node: Node) -> None:
        """Take an item away, or a folder with all that is in it."""
        if isinstance(node, File):
            del self.files[node.id]
            return
        for inner in self.within(node):
            self.delete(inner)
        if node is not self.root:
            del self.folders[node.id]

    def __iter__(self) -> Iterator[File]:
        return iter(self.files.values())

    def _folder_of(self, path: str, made: dict[str, Folder]) -> Folder:
        if path not in made:
            above, _, name = path.rpartition("/")
            made[path] = self.make_folder(name, self._folder_of(above, made))
        return made[path]

    def _put(
        self, name: str, parent: Folder, path: str, size: int, infohash: str, release: Release | None
    ) -> File:
        file = File(self.new_id(), name, parent, size, self.clock.now(), infohash, path, release)
        self.files[file.id] = file
        return file

    def _free_name(self, name: str, parent: Folder, suffix: str = "") -> str:
        """The name, or one with a number before its `suffix`, that nothing else there has."""
        taken = {node.name.lower() for node in self.within(parent)}
        stem = name.removesuffix(suffix)
        candidate, number = name, 0
        while candidate.lower() in taken:
            number += 1
            candidate = f"{stem} ({number}){suffix}"
        return candidate
