"""A strict stand-in for an Arr: what it grabs, polls, imports.

Source: Sonarr develop 97d24acf0 (NzbDrone.Core/Download: DownloadService, CompletedDownloadService,
FailedDownloadService, DownloadEventHub, TrackedDownloads), read 2026-08; arr_flavour.py tells differences.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypedDict, Unpack

from compat.content import Release
from compat.emulators import arr_api, arr_check
from compat.emulators.arr_backoff import BackOff
from compat.emulators.arr_check import Ailment, Failure
from compat.emulators.arr_client import ClientFault, Listed, LoginFailed, QbitClient, Unavailable
from compat.emulators.arr_commands import Commands
from compat.emulators.arr_flavour import Flavour
from compat.emulators.arr_gate import gate
from compat.emulators.arr_herald import Herald
from compat.emulators.arr_intake import take_in
from compat.emulators.arr_ledger import Ledger
from compat.emulators.arr_offer import Offer
from compat.emulators.arr_paths import IDENTITY, View
from compat.emulators.arr_records import (
    HIDDEN,
    IMPORTABLE,
    BlocklistRecord,
    HistoryRecord,
    State,
    Tracked,
)
from compat.emulators.arr_settings import ClientOptions, ClientSettings
from compat.emulators.arr_shelf import MediaFile, Owner, Shelf
from compat.emulators.arr_torrent import Status
from compat.emulators.arr_wire import Sent, moment
from compat.emulators.bench import Bench, Clock

FAKE_API_KEY = "0123456789abcdef0123456789abcdef"


class GrabRefused(Exception):
    """The client did not take a release. `waits`: it stays in the queue as "download client unavailable"."""

    def __init__(self, detail: str, *, waits: bool = False) -> None:
        super().__init__(detail)
        self.waits = waits


class Options(TypedDict, total=False):
    """What every Arr can be told at its start."""

    api_key: str
    url_base: str  # "/sonarr"
    sees: Sequence[tuple[str, Path]]  # how it sees the file system: (prefix as it knows it, real folder)
    timeout: float  # seconds it grants its download client
    clock: Clock
    latency: float  # seconds added to every answer of its API
    port: int
    say: Callable[[str], None]  # is told what happens


class Arr(Bench):
    """One Arr with one download client, serving its own API while `async with` lasts.

    `root` is its library; a release lands in `root` / its title.
    """

    def __init__(self, root: Path, flavour: Flavour, **options: Unpack[Options]) -> None:
        super().__init__(
            latency=options.get("latency", 0.0),
            clock=options.get("clock"),
            port=options.get("port", 0),
            middlewares=[gate(self)],
        )
        sees, url_base = options.get("sees", ()), options.get("url_base", "")
        self.base: str = url_base.rstrip("/")
        self.root = root
        self.flavour = flavour
        self.api_key = options.get("api_key", FAKE_API_KEY)
        self.view = View([*sees, (str(root), root)] if sees else IDENTITY)
        self.in_container = bool(sees)
        self.shelf = Shelf(flavour.medium, root)
        self.herald = Herald(flavour, self.shelf, self.view)
        self.ledger = Ledger(flavour, self.clock, self.shelf, self.view)
        self.tracked: dict[str, Tracked] = {}  # by download id; stays when the client no longer lists it
        self.imported: list[Path] = []  # library files, oldest first
        self.ailments: list[Ailment] = []  # as of the last health check
        self.commands = Commands(
            flavour.medium,
            self.clock,
            {
                "RefreshMonitoredDownloads": self.poll,
                "ProcessMonitoredDownloads": self.poll,
                "CheckHealth": self.check_health,
                **dict.fromkeys(("RescanSeries", "RescanMovie", "RescanFolders"), self.rescan),
            },
        )
        self.completed_handling = True
        self.searches_again = True
        self._client: QbitClient | None = None
        self._timeout = options.get("timeout", 100.0)
        self._say = options.get("say", _silent)
        self._polling = asyncio.Lock()
        self._back_off = BackOff()
        self._clients: list[QbitClient] = []  # to be closed
        self.app.add_routes(arr_api.routes(self))

    async def __aenter__(self) -> Self:
        self.root.mkdir(parents=True, exist_ok=True)
        await self.commands.__aenter__()
        return await super().__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        await self.commands.__aexit__(None, None, None)
        for client in self._clients:
            await client.close()
        await self.herald.close()

    @property
    def client(self) -> QbitClient:
        """The download client. Raises ClientFault while none is configured."""
        if self._client is None:
            raise ClientFault("No download client is configured")
        return self._client

    @property
    def settings(self) -> ClientSettings | None:
        """The settings of the download client."""
        return self._client.settings if self._client else None

    @property
    def sent(self) -> list[Sent]:
        """Every request to the download client, oldest first."""
        return self._client.wire.sent if self._client else []

    @property
    def queue(self) -> list[Tracked]:
        """What the client listed at the last poll, as far as it is not dealt with."""
        return [one for one in self.tracked.values() if one.trackable and one.state not in HIDDEN]

    @property
    def history(self) -> list[HistoryRecord]:
        """Oldest first."""
        return self.ledger.history

    @property
    def blocklist(self) -> list[BlocklistRecord]:
        """Oldest first."""
        return self.ledger.blocklist

    def uses(
        self, url: str, username: str = "", password: str = "", **options: Unpack[ClientOptions]
    ) -> None:
        """Configure the download client; its category is the usual one of this Arr unless told.

        Raises ValueError for an API key where this release knows none, or beside a user name.
        """
        usual: ClientOptions = {"category": self.flavour.category}
        settings = ClientSettings(url=url, username=username, password=password, **(usual | options))
        if settings.api_key and (not self.flavour.knows_api_key or username or password):
            raise ValueError(f"{self.flavour.name} {self.flavour.version} does not take this API key")
        self.adopt(settings)

    def adopt(self, settings: ClientSettings) -> None:
        """Take these settings for the download client from now on."""
        self._client = self.new_client(settings)
        self._back_off = BackOff()

    def new_client(self, settings: ClientSettings) -> QbitClient:
        """Return a client with these settings, not the one in use; it is closed together with the Arr."""
        client = QbitClient(self.flavour, settings, self.clock, timeout=self._timeout)
        self._clients.append(client)
        return client

    async def test_client(self) -> list[Failure]:
        """Press the Test button. Empty: passed."""
        return await arr_check.test_conversation(self.client)

    async def check_health(self) -> list[Ailment]:
        """Run the health checks that ask the download client."""
        self.ailments = await arr_check.examine(self.client, self.view, self.root)
        return self.ailments

    async def rename(self, file: MediaFile, name: str) -> None:
        """Give a library file another name in its folder, as the Arr's own renaming does."""
        before = file.path
        file.path = await asyncio.to_thread(before.rename, before.with_name(name))
        self.ledger.renamed(file, before)
        await self.herald.renamed(file, before)

    async def forget(self, owner: Owner, *, deletes_files: bool) -> None:
        """Remove a series, movie, artist or author, as a person does."""
        await asyncio.to_thread(self.shelf.forget, owner, deletes_files=deletes_files)
        self.ledger.forget(owner.id)
        await self.herald.forgot(owner, deletes_files=deletes_files)

    async def rescan(self) -> None:
        """Look which library files are still there."""
        for file in await asyncio.to_thread(self.shelf.rescan):
            self.ledger.deleted(file, "MissingFromDisk")
            await self.herald.deleted(file, "missingFromDisk")

    def holds(self, title: str, paths: Sequence[Path], release: Offer | None = None) -> list[MediaFile]:
        """Have files in the library at once, without a grab, or as if `release` had brought them."""
        offer = release or Offer(title=title, infohash=title, files={path.name: 1 for path in paths})
        wanted = self.ledger.wanted(offer)
        owner = self.shelf.owners[wanted.owner]
        owner.title, owner.folder = title, self.root / title
        if release:
            self.ledger.grabbed(offer)
            return self.ledger.imported(self.ledger.grabs[offer.infohash], [(path, path) for path in paths])
        parts = list(wanted.parts) + [wanted.parts[-1]] * len(paths)
        now = self.clock.now()
        return [
            self.shelf.bring(wanted.owner, [part], path, now)
            for part, path in zip(parts, paths, strict=False)
        ]

    def recognises(self, beginning: str, *, files: int) -> None:
        """Know a title that was never grabbed; it is a release of `files` files."""
        self.ledger.recognises(beginning, files)

    async def grab(
        self,
        release: Release | Offer,
        as_: Literal["magnet", "torrent"] = "magnet",
        *,
        interactive: bool = False,
    ) -> None:
        """Send a release to the download client, as the automatic search does.

        Raises GrabRefused. `interactive` overrides the blocklist, as a person may.
        """
        offer = release if isinstance(release, Offer) else Offer.of(release, as_)
        if self.ledger.blocks(offer) and not interactive:
            raise GrabRefused("Release is blocklisted")
        try:
            self._allowed()
            await self.client.grab(offer)
        except ClientFault as fault:
            waits = self.flavour.refusal_waits or isinstance(fault, (Unavailable, LoginFailed))
            if waits and offer not in self.ledger.pending:
                self.ledger.pending.append(offer)
            self._say(f"refused {offer.title}: {fault}")
            raise GrabRefused(str(fault), waits=waits) from fault
        self.ledger.grabbed(offer)
        self._say(f"grabbed {offer.title}")

    async def poll(self) -> None:
        """Refresh the monitored downloads once: list, import, set the category, remove.

        Raises ClientFault when any part of the conversation fails; the queue is then as it was. While
        failures have disabled the client nobody asks it.
        """
        async with self._polling:
            self._allowed()
            try:
                items = await self.client.poll()
            except ClientFault:
                self._back_off.failed(self.clock.now())
                raise
            self._back_off.recovered()
            for download in self.tracked.values():
                download.trackable = False
            for download in [self._track(listed) for listed in items]:
                await self._advance(download)

    async def run_until(
        self, fact: Callable[[], object], *, poll_every: float = 0.1, deadline: float = 60.0
    ) -> None:
        """Poll until `fact()` holds; times are in seconds. Raises TimeoutError telling where things are."""
        trouble = "none"
        try:
            async with asyncio.timeout(deadline):
                while not fact():
                    try:
                        await self.poll()
                    except ClientFault as fault:
                        trouble = str(fault)
                    if not fact():
                        await moment(poll_every)
        except TimeoutError as error:
            queue = [(one.title, one.status, str(one.state), one.messages) for one in self.queue]
            raise TimeoutError(f"not so within {deadline} s; queue: {queue}; trouble: {trouble}") from error

    async def remove(
        self,
        download: Tracked,
        *,
        from_client: bool = True,
        blocklist: bool = False,
        skip_redownload: bool = False,
        change_category: bool = False,
    ) -> None:
        """Take a download out of the queue, as its API does. Raises ClientFault; nothing is changed then.

        With no choice made the download is ignored from now on.
        """
        if from_client:
            await self.client.delete(download.download_id)
            self._say(f"removed {download.title}")
        elif change_category and self.client.settings.post_import_category:
            await self.client.set_category(download.download_id, self.client.settings.post_import_category)
        if blocklist:
            self.fail(download.download_id, skip_redownload=skip_redownload)
        if download.grab and not (from_client or blocklist or change_category):
            self.ledger.ignored(download.grab)
        self.tracked.pop(download.download_id, None)

    def fail(self, download_id: str, *, skip_redownload: bool = False) -> None:
        """Mark what was grabbed under this id as failed: blocklist it, look for another release."""
        self.ledger.failed(
            download_id, "Manually marked as failed", search=self.searches_again and not skip_redownload
        )

    def _allowed(self) -> None:
        if self.clock.now() < self._back_off.until:
            raise Unavailable("The download client is disabled for a while after its failures")

    def _track(self, listed: Listed) -> Tracked:
        """Bring one torrent of the list into the queue.

        What is past downloading keeps its state, even when the same infohash has been grabbed again: until
        the Arr has removed it by itself, an imported download stays imported.
        """
        known = self.tracked.get(listed.download_id)
        if known and known.state is not State.DOWNLOADING:
            known.listed, known.trackable = listed, True
            return known
        download = self.tracked[listed.download_id] = Tracked(
            listed=listed,
            state=self.ledger.state_of(listed.download_id),
            grab=self.ledger.grab_of(listed.download_id, listed.title),
            added=known.added if known else self.clock.now(),
        )
        return download

    async def _advance(self, download: Tracked) -> None:
        listed, client = download.listed, self.client
        download.messages = []
        download.output_path = self.view.mapped(client.settings.host, listed.output_path)
        if download.state in IMPORTABLE and listed.status is Status.COMPLETED and self.completed_handling:
            await self._import(download)
            if download.state is State.IMPORTED:
                await self._mark_imported(download)
        if download.state is State.IMPORTED and listed.rests_past_limit and client.settings.remove_completed:
            with suppress(ClientFault):  # the next poll tries again
                await self.remove(download)

    async def _import(self, download: Tracked) -> None:
        gate = self.client.settings.remove_completed or not self.flavour.setting_gates_removal
        before = len(download.brought)
        files = await take_in(
            download,
            view=self.view,
            flavour=self.flavour,
            ledger=self.ledger,
            move=gate and download.listed.rests_past_limit,
        )
        fresh = list(download.brought.values())[before:]
        self.imported += fresh
        for path in fresh:
            self._say(f"imported {path}")
        came_from = {now_at: dropped for dropped, now_at in download.brought.items()}
        await self.herald.imported(files, download.download_id, came_from)

    async def _mark_imported(self, download: Tracked) -> None:
        category = self.client.settings.post_import_category
        if category and category != download.listed.category:
            with suppress(ClientFault):  # an Arr only logs it
                await self.client.set_category(download.download_id, category)


def _silent(line: str) -> None:
    """Say nothing."""
