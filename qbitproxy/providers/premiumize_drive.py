"""What a Premiumize transfer leaves in the account's cloud drive.

Source: premiumize.me/api, read 2026; premiumizer #330, Premiumizearr-Nova #20 for single files.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import timedelta

import structlog
from msgspec import Raw, Struct

from qbitproxy.core.calls import Http, Purpose
from qbitproxy.core.faults import Missing, Unreachable
from qbitproxy.core.lists import each
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.providers.premiumize_wire import Listing, Node, Place

log = structlog.get_logger()

DEEPEST = 16  # folders in one another
MOST_FOLDERS = 200
"""Folders of one torrent; more than that is somebody's drive."""

BELIEVED = timedelta(minutes=10)
"""How old a link may be for us not to have another one made. It lives for about a day."""

MOST_KEPT = 1000  # items whose link is remembered

_NUMBER = re.compile(r" \(\d+\)$")


class Content(Struct, frozen=True, kw_only=True):
    """The files of one transfer."""

    place: Place
    name: str  # of its folder, or of its only file
    files: tuple[RemoteFile, ...] = ()
    linked: bool = False  # at least one file can be fetched by now
    infected: frozenset[str] = frozenset()  # ids of files

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


class Drive:
    """Reads the folders of one account, which hold its user's own files as well."""

    def __init__(self, http: Http, name: str) -> None:
        self._http, self._name = http, name
        self._shown: dict[str, tuple[float, Node]] = {}  # by id; since when, in monotonic seconds

    async def content(self, place: Place, called: Collection[str]) -> Content:
        """The files at `place`, of a transfer known by the names in `called`.

        Never the whole drive: in the root only what is called so counts. Raises Missing when nothing is
        there.
        """
        if place.file_id:
            return self._content(place, await self.details(place.file_id))
        if not place:  # without an id the root would be answered
            raise Missing(self._name, "it does not say where its files are")
        listing = await self._listing(place.folder_id)
        if listing.parent_id:
            return await self._tree(place, listing)
        for node in self._nodes(listing):
            if node.name in called and node.type == "folder":
                return await self._tree(Place(folder_id=node.id), await self._listing(node.id))
            if node.name in called:
                return self._content(Place(file_id=node.id), node)
        raise Missing(self._name, "what it has fetched is not in its folder")

    def shown(self, file_id: str) -> Node | None:
        """An item whose link was shown a moment ago, the first time it is asked for."""
        at, node = self._shown.pop(file_id, (0.0, None))
        return node if self._http.clock.monotonic() - at < BELIEVED.total_seconds() else None

    async def details(self, file_id: str, purpose: Purpose = Purpose.ADD) -> Node:
        """One item with a fresh link. Raises Missing."""
        self._shown.pop(file_id, None)
        asked = {"id": file_id}
        node: Node = await self._http.call("GET", "item/details", Node, query=asked, purpose=purpose)
        return node

    async def remove(self, place: Place, called: Collection[str]) -> None:
        """Delete what is at `place`; a folder only when it is called as the transfer is, never the root."""
        try:
            if place.file_id:
                await self._http.call("POST", "item/delete", form={"id": place.file_id})
                return
            listing = await self._listing(place.folder_id)
            if listing.parent_id and _is_called(listing.name, called):
                await self._http.call("POST", "folder/delete", form={"id": place.folder_id})
            else:
                log.warning("folder_kept", provider=self._name, why="it is not called as the transfer is")
        except Missing:
            log.debug("remote_files_already_gone", provider=self._name)

    async def _listing(self, folder_id: str) -> Listing:
        listing: Listing = await self._http.call("GET", "folder/list", Listing, query={"id": folder_id})
        if listing.folder_id and listing.folder_id != folder_id:
            raise Missing(self._name, "its folder is gone")  # then the root is answered
        return listing

    async def _tree(self, place: Place, top: Listing) -> Content:
        """All files below a folder, however deep."""
        files: list[RemoteFile] = []
        linked, infected = False, set()
        ahead, seen = [("", top)], {place.folder_id}
        while ahead:
            above, listing = ahead.pop(0)
            for node in self._nodes(listing):
                path = f"{above}{node.name}"
                if node.type != "folder":
                    self._keep(node)
                    files.append(RemoteFile(id=node.id, path=path, size=node.bytes))
                    linked = linked or bool(node.url)
                    infected |= {node.id} if node.is_infected else set()
                elif node.id not in seen and path.count("/") < DEEPEST:
                    seen.add(node.id)
                    ahead.append((f"{path}/", await self._listing(node.id)))
            if len(seen) > MOST_FOLDERS:
                raise Unreachable(self._name, "its folder holds more folders than a torrent has")
        return Content(
            place=place, name=top.name, files=tuple(files), linked=linked, infected=frozenset(infected)
        )

    def _content(self, place: Place, node: Node) -> Content:
        self._keep(node)
        file = RemoteFile(id=node.id, path=node.name, size=node.bytes)
        infected = frozenset({node.id} if node.is_infected else ())
        return Content(place=place, name=node.name, files=(file,), linked=bool(node.url), infected=infected)

    def _keep(self, node: Node) -> None:
        if node.url:
            self._shown[node.id] = self._http.clock.monotonic(), node
        while len(self._shown) > MOST_KEPT:
            del self._shown[next(iter(self._shown))]

    def _nodes(self, listing: Listing) -> Iterator[Node]:
        yield from each(listing.content, Node, self._odd)

    def _odd(self, element: Raw) -> Node | None:
        """An item that lists oddly is left out."""
        log.warning("odd_remote_file", provider=self._name)
        return None


def _is_called(name: str, called: Collection[str]) -> bool:
    """Whether a folder has one of the names, or that with the number of a namesake."""
    return name in called or _NUMBER.sub("", name) in called
