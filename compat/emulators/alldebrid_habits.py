"""How AllDebrid shows a magnet with its files, where its documentation leaves that open.

Source: docs.alldebrid.com, v4.1 magnet/status and v4 magnet/files, August 2025; what clients saw otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from compat.emulators.alldebrid_items import READY, Item


@dataclass
class Folder:
    """What one level of a tree holds."""

    folders: dict[str, Folder] = field(default_factory=dict)
    files: dict[str, tuple[int, str]] = field(default_factory=dict)  # name -> (bytes, link)


@dataclass
class Habits:
    """What tests may choose among."""

    one_as: Literal["object", "array", "map"] = "object"  # magnets of a status that was asked for by id
    shows_files: bool = True  # in such a status, once it is ready
    shows_hashes: bool = True
    tells_ids: bool = True  # in the answer to an upload; else it is 0
    numbers_as_text: bool = False
    rooted: bool = False  # the torrent's own folder is the first level of its tree
    keyed: bool = False  # lists of a tree come as objects with numbers for keys
    nulls: bool = False  # some nodes of a tree are null
    bare: bool = False  # the files of a ready magnet have no links
    old_status: Literal["discontinued", "deprecated"] = "discontinued"  # of /v4/magnet/status
    auth_status: int = 200  # HTTP status of AUTH_* errors; the documentation allows 401

    def shown(self, item: Item) -> dict[str, object]:
        """A magnet as a listing shows it."""
        shown = item.summary()
        if not self.shows_hashes:
            del shown["hash"]
        return self.spelled(shown)

    def single(self, item: Item, links: Mapping[str, str]) -> object:
        """A magnet that was asked for alone."""
        shown = self.shown(item)
        if self.shows_files and item.code == READY:
            shown["files"] = self.tree(item, links)
        return {"object": shown, "array": [shown], "map": {str(item.id): shown}}[self.one_as]

    def tree(self, item: Item, links: Mapping[str, str]) -> object:
        """Its files nested: name, size, link, or name with what is inside; none unless it is ready."""
        top = Folder()
        for path, size in item.files:
            *above, name = path.split("/")
            here = top
            for part in above:
                here = here.folders.setdefault(part, Folder())
            here.files[name] = (size, links[path])
        if self.rooted and item.files:
            top = Folder({item.filename: top})
        return self._listed(top)

    def spelled(self, fields: Mapping[str, object]) -> dict[str, object]:
        """The fields with their numbers as numbers, or as text."""
        return {
            name: str(value) if self.numbers_as_text and type(value) is int else value
            for name, value in fields.items()
        }

    def _listed(self, folder: Folder) -> object:
        nodes: list[object] = [
            {"n": name, "s": size, **({} if self.bare else {"l": link})}
            for name, (size, link) in folder.files.items()
        ]
        nodes += [{"n": name, "e": self._listed(inner)} for name, inner in folder.folders.items()]
        if self.nulls:
            nodes.append(None)
        return {str(number): node for number, node in enumerate(nodes)} if self.keyed else nodes
