"""The REST API that all Arrs share.

Source: Sonarr develop 97d24acf0, Radarr develop 1b9662d58, Lidarr develop 0501e6156, Readarr develop
4fb62c072, Whisparr develop a85a59122: their controllers under src/*.Api.V*, read 2026-08.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec
from msgspec import Struct, field

from qbitproxy.arrs.api import Api
from qbitproxy.arrs.clients import Clients
from qbitproxy.arrs.past import Past
from qbitproxy.arrs.queue import Queue
from qbitproxy.arrs.roots import Roots
from qbitproxy.arrs.shelf import Shelf
from qbitproxy.arrs.sight import Mapped, Sight
from qbitproxy.arrs.webhook import Webhook
from qbitproxy.arrs.words import Words
from qbitproxy.core.calls import Http, HttpSpec, Purpose
from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Unreachable
from qbitproxy.core.library_files import Grab, LibraryFile, LibraryFolder, LibraryPage, Monitored
from qbitproxy.core.ports import ArrSpec, ArrStatus, DownloadClient
from qbitproxy.core.queue_rules import QueueItem

ANY = ""
"""Every release of an Arr."""


class _Status(Struct, frozen=True):
    app: str = field(name="appName")
    version: str


class _Versions(Struct, frozen=True):
    current: str  # "v3"


class _Rooms(Struct, frozen=True):
    """What an Arr has to do with, in the words of its release."""

    shelf: Shelf
    past: Past
    webhook: Webhook


class Servarr:
    """One Arr. What each method promises is written once, in `core.ports.Arr`."""

    def __init__(
        self,
        http: Http,
        name: str,
        mappings: Mapping[str, str],
        *,
        app: str,
        api: str,
        words: Mapping[str, Words],
    ) -> None:
        """`app` is what it calls itself; `words` go by its major version, "2", or are for ANY."""
        self._app, self._words = app, words
        self._api = Api(http, name, api)
        self._sight = Sight(
            http, self._api.base, [Mapped(ours, theirs) for ours, theirs in mappings.items()], self._api.odd
        )
        self._clients, self._roots = Clients(self._api), Roots(self._api, self._sight.ours)
        self._queue = Queue(self._api, self._clients, [each.unknown for each in words.values()])
        self._known_rooms: _Rooms | None = None

    async def ping(self) -> ArrStatus:
        try:
            status: _Status = await self._api.get("system/status", _Status, purpose=Purpose.ADD)
        except Missing:
            raise Unreachable(
                self._api.name, f"there is no {self._app} API: check the URL and its base"
            ) from None
        if status.app != self._app:
            raise Denied(self._api.name, f"this is {status.app}, not {self._app}")
        return ArrStatus(status.app, status.version)

    async def unseen(self, placed: Sequence[str], targets: Sequence[str]) -> list[str]:
        return await self._sight.unseen(placed, targets)

    async def refresh(self) -> None:
        command = {"name": "RefreshMonitoredDownloads"}
        await self._api.write("POST", "command", command, purpose=Purpose.ADD)

    async def reject(self, infohash: str, category: str) -> str:
        name, record = self._api.name, await self._queue.record_of(infohash, category)
        if record is None:
            await self.refresh()  # its queue is a minute old at most, unless it is told to look
            raise Missing(name, "its queue does not list the torrent yet")
        query = {"removeFromClient": "true", "blocklist": "true"}
        try:
            await self._api.write("DELETE", f"queue/{record.id}", query=query, purpose=Purpose.ADD)
        except Missing:
            return f"{name} had already taken it out of its queue"
        return f"{name} removed it from its queue, blocked the release, searches again"

    async def library(self, after: str = "", media_ids: Sequence[int] = ()) -> LibraryPage:
        return await (await self._rooms()).shelf.library(after, media_ids)

    async def media_id(self, catalogue: str, number: int) -> int | None:
        return await (await self._rooms()).shelf.media_id(catalogue, number)

    async def roots(self) -> list[LibraryFolder]:
        return await self._roots.roots()

    async def unmapped(self) -> list[LibraryFolder]:
        return await self._roots.unmapped()

    async def grab_of(self, file: LibraryFile) -> Grab | None:
        return await (await self._rooms()).past.grab_of(file)

    async def monitored(self, file: LibraryFile) -> Monitored:
        return await (await self._rooms()).shelf.monitored(file)

    async def delete_file(self, file: LibraryFile) -> None:
        await (await self._rooms()).shelf.delete_file(file)

    async def block(self, file: LibraryFile) -> bool:
        return await (await self._rooms()).past.block(file)

    async def restore(self, file: LibraryFile, monitored: Monitored) -> None:
        await (await self._rooms()).shelf.restore(file, monitored)

    async def search(self, files: Sequence[LibraryFile]) -> None:
        await (await self._rooms()).shelf.search(files)

    async def queue(self) -> list[QueueItem]:
        return await self._queue.items()

    async def remove_from_queue(self, item: QueueItem, *, blocklist: bool, search: bool) -> None:
        await self._queue.remove(item, blocklist=blocklist, search=search)

    async def clients(self) -> list[DownloadClient]:
        return await self._clients.qbittorrents()

    async def register_webhook(self, url: str, secret: str) -> None:
        await (await self._rooms()).webhook.register(url, secret)

    async def unregister_webhook(self) -> None:
        await (await self._rooms()).webhook.unregister()

    async def _rooms(self) -> _Rooms:
        if self._known_rooms is None:
            words = self._words.get(ANY) or await self._words_of_release()
            shelf = Shelf(self._api, words, self._sight.ours)
            self._known_rooms = _Rooms(shelf, Past(self._api, words), Webhook(self._api, words))
        return self._known_rooms

    async def _words_of_release(self) -> Words:
        version = (await self.ping()).version
        words = self._words.get(version.partition(".")[0])
        if words is None:
            raise Unreachable(self._api.name, f"{self._app} {version} is not known here")
        return words


async def identify(http: Http) -> ArrStatus:
    """What the Arr behind `http` says of itself, whichever it is. Raises Fault."""
    versions: _Versions = await http.call("GET", "api", _Versions)
    status: _Status = await http.call("GET", f"api/{versions.current}/system/status", _Status)
    return ArrStatus(status.app, status.version)


class _Complaint(Struct, frozen=True):
    """An error, written as one object or as a list of them; a stack trace beside it is not for reading."""

    message: str = ""
    error: str = field(name="errorMessage", default="")
    title: str = ""


def fault(owner: str, status: int, body: bytes, retry_after: float | None) -> Fault:
    """The fault of an Arr's answer that is no success."""
    detail = f"{_complaint(body) or 'no reason given'} (HTTP {status})"
    match status:
        case 401 | 403:
            return Denied(owner, f"it does not take the API key (HTTP {status})")
        case 404:
            return Missing(owner, detail)
        case 429:
            return Busy(owner, detail, retry_after=retry_after)
    return Unreachable(owner, detail, retry_after=retry_after)


def servarr_spec(
    name: str, *, title: str, api: str, category: str, words: Words | Mapping[str, Words]
) -> ArrSpec:
    """Describe one Arr. `api` is the version of its API, `category` the usual one of its torrents.

    `words` go by its major version where that makes a difference.
    """
    return ArrSpec(
        name=name,
        title=title,
        default_category=category,
        http=HttpSpec(name=name, base_url="", authorize=_authorize, fault=fault),
        connect=partial(
            Servarr, app=title, api=api, words={ANY: words} if isinstance(words, Words) else words
        ),
    )


def _authorize(key: str) -> dict[str, str]:
    return {"X-Api-Key": key}


def _complaint(body: bytes) -> str:
    try:
        given = msgspec.json.decode(body, type=list[_Complaint] | _Complaint)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    complaints = given if isinstance(given, list) else [given]
    return "; ".join(each_.error or each_.message or each_.title for each_ in complaints)[:200]
