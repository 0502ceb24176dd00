"""What the core asks of everybody else: providers and Arrs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from qbitproxy.core.calls import Http, HttpSpec
from qbitproxy.core.faults import Reason
from qbitproxy.core.library_files import Grab, LibraryFile, LibraryFolder, LibraryPage, Monitored
from qbitproxy.core.queue_rules import QueueItem
from qbitproxy.core.release import ContentRules
from qbitproxy.core.torrent import RemoteFile, TorrentFile
from qbitproxy.core.verdict import Word


class Source(Struct, frozen=True, kw_only=True):
    """What was handed in: a magnet link or .torrent bytes, already understood."""

    infohash: str  # 40 hex digits, lower case
    name: str  # display name; the infohash when the magnet has none
    magnet: str  # canonical link with the trackers, for services that take links
    metainfo: bytes = b""  # the .torrent file, b"" when only a magnet was given
    infohash_v2: str = ""
    private: bool | None = None
    size: int | None = None  # bytes
    files: tuple[TorrentFile, ...] = ()
    trackers: tuple[str, ...] = ()
    tiers: tuple[int, ...] = ()  # of `trackers`, one by one; () when each is a tier of its own


class ItemState(StrEnum):
    """Where a remote item is, in the words that matter for what we do next."""

    CONVERTING = "converting"  # metadata of a magnet is being fetched
    UNPREPARED = "unprepared"  # the service waits for us: submit again
    QUEUED = "queued"
    FETCHING = "fetching"
    DONE = "done"
    FAILED = "failed"


class RemoteItem(Struct, frozen=True, kw_only=True):
    """One remote item as the provider's list shows it."""

    id: str
    infohash: str  # 40 hex digits, lower case; "" where the service does not say
    name: str  # the provider's name: the folder on its mount, perhaps several parts deep
    state: ItemState
    progress: float = 0.0  # 0 to 1
    speed: int = 0  # bytes per second, by the service
    seeders: int = 0
    size: int = 0  # bytes
    reason: Reason | None = None  # why it FAILED
    detail: str = ""  # the provider's own word for the state
    files: tuple[RemoteFile, ...] | None = None  # wanted files, when the answer had them
    adopted: bool = False  # by `submit`: it was in the account already
    added_at: datetime | None = None  # when it came into the account, where the service says so
    link: str = ""  # of one of its files, for services whose list shows some and whose links can be checked
    empty: bool = False  # DONE, yet the list shows no link of it where it shows one of others


class Link(Struct, frozen=True, kw_only=True):
    """Where a remote file's bytes can be fetched for a while. The URL is a secret."""

    url: str
    size: int  # bytes, 0 when unknown
    connections: int = 1  # parallel ranges the service allows
    settling: float = 0.0  # seconds in which a fresh link may still be answered with 400

    def __repr__(self) -> str:
        return f"Link(url=***, size={self.size}, connections={self.connections})"


class Account(Struct, frozen=True, kw_only=True):
    """The state of a provider account; never the key."""

    user: str
    premium_until: datetime | None  # None: no premium
    active: int | None = None  # torrents the service is working on
    slots: int | None = None  # torrents it would work on at once


class Provider(Protocol):
    """One debrid account. Every verb raises a `Fault`; every verb may be repeated."""

    async def account(self) -> Account:
        """The account's state. Raises Denied when it cannot be used for torrents."""
        ...

    async def items(self) -> list[RemoteItem]:
        """Every remote item of the account. An incomplete list is Unreachable, never a short list."""
        ...

    async def submit(self, source: Source, rules: ContentRules, without: Collection[str] = ()) -> RemoteItem:
        """Make the provider hold `source` and select the files that `rules` want.

        Adopts an item that already holds the infohash, so a second call adds nothing, and says so: only
        what is known to be ours is ever let go of. Nobody else's item is changed. The answer may be
        in any state; DONE answers carry their files.

        The items whose ids are in `without` are not adopted: the torrent is added beside them. Refusal
        where that cannot be done, see `ProviderSpec.adds_anew`.
        """
        ...

    async def contents(self, item_id: str, rules: ContentRules) -> RemoteItem:
        """A DONE item with the files that `rules` want, of those that were selected.

        Raises Missing when the item or its files are gone, Refusal when it has nothing that is wanted.
        """
        ...

    async def link(self, file: RemoteFile) -> Link:
        """A fresh download link. Raises Missing when the file is broken, Refusal when it is withheld.

        A `local` provider has none to give.
        """
        ...

    async def release(self, item_id: str) -> None:
        """Let go of a remote item; one that is already gone is fine."""
        ...


class ArrStatus(Struct, frozen=True):
    """What an Arr says of itself."""

    app: str  # "Sonarr", "Radarr", …
    version: str


class DownloadClient(Struct, frozen=True, kw_only=True):
    """A qBittorrent, or what looks like one, as an Arr is set up with it."""

    url: str  # "http://qbitproxy:8282", with the URL base if there is one
    username: str  # "" where it logs in with a key, or not at all
    category: str


class ArrLibrary(Protocol):
    """What repair asks of an Arr, in the background. Every verb raises a `Fault`, and may be repeated."""

    async def library(self, after: str = "", media_ids: Sequence[int] = ()) -> LibraryPage:
        """The media files, a page at a time: one series, artist or author each, or at most a hundred movies.

        `after` is where the page before ended; it stays good across restarts. With `media_ids` only theirs,
        those the Arr does not know are left out. Of an answer that makes no sense only the odd element is
        lost. An Arr that answers with nothing has an empty library, or is being restored: empty is not gone.
        """
        ...

    async def media_id(self, catalogue: str, number: int) -> int | None:
        """The Arr's own id of what `catalogue` calls `number`; None when its library lacks that.

        A Sonarr goes by "tvdb", a Radarr by "tmdb", other Arrs by neither; "" is whichever it goes by, "id"
        its own numbers. Asked at once, as somebody waits.
        """
        ...

    async def roots(self) -> list[LibraryFolder]:
        """The root folders of the library, also those that the Arr does not see just now."""
        ...

    async def unmapped(self) -> list[LibraryFolder]:
        """The folders right below the root folders that are no series', movie's, artist's or author's.

        Lidarr and Readarr do not tell. One that is not listed is not thereby somebody's: hidden folders are
        left out, and those of a root folder that the Arr did not get through in time.
        """
        ...

    async def grab_of(self, file: LibraryFile) -> Grab | None:
        """The release that `file` was imported from; None when the Arr's history does not say."""
        ...

    async def monitored(self, file: LibraryFile) -> Monitored:
        """What of `file` is monitored now. To be kept before `delete_file`, which may change it."""
        ...

    async def delete_file(self, file: LibraryFile) -> None:
        """Take `file` out of the library and off the disk; one that is gone already is fine.

        Raises Missing when the Arr has another file under that id by now (renamed, grown): what was found
        out about `file` does not hold for it, nothing is deleted. Unreachable also when the root folder is
        missing or empty, which the Arr takes for an unmounted disk.
        """
        ...

    async def block(self, file: LibraryFile) -> bool:
        """Mark the release of `file` as failed, so that it is not grabbed again; False when there is no grab.

        The Arr itself may search for all that the release was grabbed for. One that is marked already is
        not marked again.
        """
        ...

    async def restore(self, file: LibraryFile, monitored: Monitored) -> None:
        """Monitor again what `monitored` holds of `file`, as far as it is there; nothing else is changed."""
        ...

    async def search(self, files: Sequence[LibraryFile]) -> None:
        """Look for releases of what `files` held, all with one command."""
        ...

    async def queue(self) -> list[QueueItem]:
        """Every download in the queue, those for unknown media and those of other clients included."""
        ...

    async def remove_from_queue(self, item: QueueItem, *, blocklist: bool, search: bool) -> None:
        """Take a download out of the queue and out of its client; one that is gone already is fine.

        The Arr calls our torrents/delete before it answers. Only what was blocklisted is searched again.
        """
        ...

    async def clients(self) -> list[DownloadClient]:
        """The qBittorrents among its download clients, as far as they are switched on."""
        ...

    async def register_webhook(self, url: str, secret: str) -> None:
        """Have imports, renames and deletions told to `url`, with `secret` as the password of Basic login.

        One registration, however often it is asked for. The Arr sends a test to `url` before it answers;
        Unreachable with its words when that fails.
        """
        ...

    async def unregister_webhook(self) -> None:
        """Take that registration away; none is fine."""
        ...


class Arr(ArrLibrary, Protocol):
    """One configured Arr. Every verb raises a `Fault`."""

    async def ping(self) -> ArrStatus:
        """Prove host, key and kind."""
        ...

    async def unseen(self, placed: Sequence[str], targets: Sequence[str]) -> list[str]:
        """The paths the Arr does not see, as the Arr would spell them; empty when it sees all.

        `placed` are files below our save path, in our spelling; path mappings apply. `targets` are what
        links point at, looked up by the Arr literally.
        """
        ...

    async def refresh(self) -> None:
        """Make the Arr look at its download clients now."""
        ...

    async def reject(self, infohash: str, category: str) -> str:
        """Remove the release from the Arr's queue, blocklist it, let it search again.

        It is that of a client with this category: what another client fetches is not ours to remove. Says in
        words what was done. Raises Missing while the Arr does not list it yet.
        """
        ...


class CacheCheck(Struct, frozen=True):
    """A service's own word on what it could serve at once."""

    most: int  # infohashes that one call may ask for
    ask: Callable[[Http, str, Sequence[str]], Awaitable[frozenset[str]]]
    """(bound http, configured name, infohashes) -> those it holds. Raises a `Fault`."""


class LinkCheck(Struct, frozen=True):
    """A service's own word on whether it could serve files, at no cost to the account."""

    most: int  # links that one call may ask for
    ask: Callable[[Http, str, Sequence[str]], Awaitable[Mapping[str, Word]]]
    """(bound http, configured name, links of files) -> its word on each. Raises a `Fault`."""
    most_found: int = 0  # items that one call of `find` may ask for
    find: Callable[[Http, str, Sequence[str]], Awaitable[Mapping[str, str]]] | None = None
    """(bound http, configured name, ids of items) -> a link of one file of each that has them all.

    Raises a `Fault`. None: its list shows a link, or only one item at a time shows its own.
    """


class ProviderSpec(Struct, frozen=True, kw_only=True):
    """One kind of debrid service: everything the composition root needs to connect an account."""

    name: str
    http: HttpSpec
    connect: Callable[[Http, str], Provider]  # (bound http, configured name)
    connect_for_repair: Callable[[Http, str], Provider] | None = None  # None: the same way
    title: str = ""  # as the service spells itself
    shares_links: bool = False  # what one account holds may be downloaded with the key of another
    cache_check: CacheCheck | None = None  # None: only adding tells
    link_check: LinkCheck | None = None  # None: the list tells, or only fetching does
    lists_losses: bool = False  # its list does not show as DONE what it lost
    adds_anew: bool = False  # holds a torrent as often as it is added; others give back what they hold
    slots: int = 0  # torrents it usually works on at once; 0: unknown
    last_resort: bool = False
    """The user's own program, not a paid service: asked last, and only by those who opted in.

    It has no premium, withholds nothing, and fetches everything from other people first.
    """
    local: bool = False
    """Its files lie on a disk of ours, as the mount shows them; it is never asked for a link."""


class ArrSpec(Struct, frozen=True, kw_only=True):
    """One kind of Arr."""

    name: str
    title: str
    default_category: str
    http: HttpSpec
    connect: Callable[[Http, str, Mapping[str, str]], Arr]  # (bound http, name, path mappings ours -> theirs)
