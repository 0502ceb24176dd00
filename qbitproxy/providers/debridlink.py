"""Debrid-Link, API v2: a seedbox whose files carry their own addresses.

Source: debrid-link.com, API v2 documentation, read 2026; its clients' code and issue trackers (stremthru,
rdt-client, MediaFusion, Decypharr) where they differ or the documentation says nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

import structlog
from msgspec.structs import replace

from qbitproxy.core.calls import Http, HttpSpec, Limit, Purpose, Upload
from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.ports import Account, ItemState, Link, ProviderSpec, RemoteItem, Source
from qbitproxy.core.release import ContentRules, SizedFile, nothing_wanted, wanted
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.providers.debridlink_addresses import Addresses
from qbitproxy.providers.debridlink_faults import (
    Full,
    Misunderstood,
    Spent,
    fault,
    gate,
    is_fault,
    is_throttled,
    throttled_for,
)
from qbitproxy.providers.debridlink_quota import Quota
from qbitproxy.providers.debridlink_seedbox import Seedbox
from qbitproxy.providers.debridlink_wire import Added, Infos, Torrent
from qbitproxy.providers.holdings import FRESH, Holdings, held_once

log = structlog.get_logger()

CONNECTIONS = 4
SAME_END = timedelta(minutes=1)
FOR_LIFE = timedelta(days=36500)
"""Premium for longer ends after this: some ends are beyond any date."""

SETTLING = timedelta(minutes=10)
"""How long a complete torrent may take to give its files addresses."""

LOOK_AGAIN = 15.0  # seconds, while it does

LISTED = timedelta(minutes=30)
"""How long a list tells repair what is in its torrents, for as long as that can be fetched."""

F = TypeVar("F", bound=SizedFile)


class DebridLink:
    """One Debrid-Link account. What each method promises is written once, in `core.ports.Provider`."""

    def __init__(self, http: Http, name: str, *, believed: timedelta = FRESH) -> None:
        """`believed` is how long a list counts for what is in its torrents."""
        self._http, self._name = http, name
        self._seedbox = Seedbox(http, name, believed)
        self._quota = Quota(http, name)
        self._holdings = Holdings(http.clock)
        self._addresses = Addresses(http.clock)
        self._listing = asyncio.Lock()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # by infohash or id
        self._unlinked_since: dict[str, float] = {}  # torrent -> monotonic seconds
        self._premium_until: datetime | None = None

    async def account(self) -> Account:
        infos: Infos = await self._http.call("GET", "account/infos", Infos)
        user = infos.value
        if user.kind <= 0 or user.premium_left <= 0:
            raise Denied(self._name, "the account has no premium")
        transfers = (await self._quota.counts()).transfers
        return Account(
            user=user.username,
            premium_until=self._premium_end(user.premium_left),
            active=int(transfers.current),
            slots=int(transfers.value) if transfers.value >= 0 else None,
        )

    async def items(self) -> list[RemoteItem]:
        return await self._list(Purpose.POLL)

    async def submit(self, source: Source, rules: ContentRules, without: Collection[str] = ()) -> RemoteItem:
        if without:
            raise held_once(self._name)
        if source.files:
            self._wanted(source.files, rules)  # before one of the day's torrents is spent on it
        async with self._lock(source.infohash):  # two torrents of one infohash share the item
            theirs = True
            try:
                adopted = await self._adopted(source.infohash)
                theirs = adopted is not None
            except Busy:  # adding adopts as well, only that nobody can tell whose it was
                adopted = None
            torrent = adopted or await self._added(source)
            try:
                return replace(await self._served(torrent, rules), adopted=theirs)
            except Refusal:
                if not theirs:
                    await self.release(torrent.id)
                raise

    async def contents(self, item_id: str, rules: ContentRules) -> RemoteItem:
        torrent = await self._seedbox.recent(item_id)
        if torrent.state is ItemState.FAILED:
            raise Missing(self._name, f"it is not complete any more ({torrent.detail})")
        item = self._item(torrent, rules)
        if item.files is None:
            self._seedbox.forget(item_id)
            raise self._unlinked(item_id)
        return item

    async def link(self, file: RemoteFile) -> Link:
        async with self._lock(file.link):  # the files of a torrent share one look
            found = self._addresses.take(file.link, file.id)
            if found is None:
                self._addresses.keep(await self._seedbox.one(file.link, Purpose.LINK))
                found = self._addresses.take(file.link, file.id)
        if found is None:
            raise Missing(self._name, f"{file.path} is not among its files any more")
        if not found.url:
            raise self._unlinked(file.link)
        if file.size and found.size and found.size != file.size:
            raise Missing(self._name, f"{file.path} is {found.size} bytes there, not {file.size}")
        return Link(url=found.url, size=found.size, connections=CONNECTIONS)

    async def release(self, item_id: str) -> None:
        """Let go of a torrent, then look: it says that it removed whatever it is told to remove."""
        try:
            await self._http.call("DELETE", f"seedbox/{item_id}/remove")
            await self._seedbox.one(item_id)
        except Missing:
            self._forget(item_id)
        else:
            raise Unreachable(self._name, "it still lists a torrent that it says it removed")

    def _premium_end(self, left: float) -> datetime:
        """When premium ends, the same for as long as it is: only what is left of it is ever told."""
        until = self._http.clock.now() + timedelta(seconds=min(left, FOR_LIFE.total_seconds()))
        if self._premium_until is None or abs(until - self._premium_until) > SAME_END:
            self._premium_until = until
        return self._premium_until

    async def _adopted(self, infohash: str) -> Torrent | None:
        """The torrent of that infohash which the account holds already."""
        async with self._listing:
            if not self._holdings.is_fresh():
                await self._list(Purpose.ADD)
        for item_id in self._holdings.with_infohash(infohash):
            try:
                return await self._seedbox.recent(item_id)
            except Missing:
                self._forget(item_id)
        return None

    async def _added(self, source: Source) -> Torrent:
        torrent = await self._add(source)
        if torrent.state is ItemState.FAILED:  # it was there already: adding it was no new attempt
            await self.release(torrent.id)
            torrent = await self._add(source)
        return torrent

    async def _add(self, source: Source) -> Torrent:
        self._quota.check()
        try:
            added = await self._sent(source)
        except (Full, Spent) as closed:
            raise await self._quota.closed(closed) from None
        except Misunderstood as odd:
            raise Refusal(self._name, odd.detail, reason=Reason.BAD_SOURCE) from None
        except Unreachable:
            self._holdings.doubt()  # it may have been added all the same
            raise
        self._holdings.added(added.value.id, source.infohash)
        self._seedbox.added(added.value)
        return added.value

    async def _sent(self, source: Source) -> Added:
        """Asynchronous, as a magnet link is otherwise answered only once its metadata was found."""
        upload = form = json = None
        if source.metainfo:
            upload = Upload("file", f"{source.infohash}.torrent", source.metainfo)
            form = {"async": "true"}
        else:
            json = {"url": source.magnet, "async": True}
        added: Added = await self._http.call(
            "POST", "seedbox/add", Added, form=form, upload=upload, json=json
        )
        return added

    async def _served(self, torrent: Torrent, rules: ContentRules) -> RemoteItem:
        """The torrent as an item, started when it waits for that. Raises Refusal."""
        if torrent.state is not ItemState.UNPREPARED and not torrent.is_zip:
            return self._item(torrent, rules)
        try:
            if torrent.state is ItemState.UNPREPARED:
                await self._start(torrent, rules)
            return self._item(await self._seedbox.one(torrent.id), rules)
        except (Busy, Missing, Unreachable) as unfinished:  # lists will show how far it came
            log.info("remote_item_unfinished", provider=self._name, detail=unfinished.detail)
            return torrent.remote()

    async def _start(self, torrent: Torrent, rules: ContentRules) -> None:
        """Choose the files of a torrent that waits for it, so that it sets out."""
        chosen = {file.id for file in self._wanted(torrent.remote_files, rules)}
        unwanted = [file.id for file in torrent.files or () if file.id not in chosen]
        await self._http.call("POST", f"seedbox/{torrent.id}/config", json={"files-unwanted": unwanted})

    def _item(self, torrent: Torrent, rules: ContentRules) -> RemoteItem:
        """The torrent as an item; with its wanted files once each of them can be fetched.

        Raises Refusal as soon as it is known that none is wanted, or that they were packed.
        """
        if not torrent.files:
            return torrent.remote()
        if torrent.is_zip:
            raise Refusal(self._name, "it was packed into one archive", reason=Reason.REFUSED_BY_POLICY)
        files = self._wanted(torrent.remote_files, rules)
        ready = {file.id for file in torrent.files if file.is_ready}
        if torrent.state is not ItemState.DONE or not ready.issuperset(file.id for file in files):
            return torrent.remote()
        self._unlinked_since.pop(torrent.id, None)
        self._addresses.keep(torrent)
        return torrent.remote(tuple(files))

    def _wanted(self, files: Sequence[F], rules: ContentRules) -> list[F]:
        """Those of `files` that are wanted. Raises Refusal when there are none."""
        chosen = wanted(files, rules)
        if not chosen:
            raise Refusal(self._name, nothing_wanted(files), reason=Reason.REFUSED_BY_POLICY)
        return chosen

    def _unlinked(self, item_id: str) -> Fault:
        """What it means that files have no addresses: nothing for a while, then that they are gone."""
        if self._is_settling(item_id):
            return Busy(self._name, "its files have no addresses yet", retry_after=LOOK_AGAIN)
        del self._unlinked_since[item_id]
        return Missing(self._name, "its files never got addresses")

    def _is_settling(self, item_id: str) -> bool:
        now = self._http.clock.monotonic()
        return now - self._unlinked_since.setdefault(item_id, now) < SETTLING.total_seconds()

    async def _list(self, purpose: Purpose) -> list[RemoteItem]:
        asked_at = self._http.clock.monotonic()
        torrents = await self._seedbox.all(purpose)
        self._unlinked_since = {id_: at for id_, at in self._unlinked_since.items() if id_ in torrents}
        items = [self._listed(torrent) for torrent in torrents.values()]
        self._holdings.listed(items, asked_at)
        return items

    def _listed(self, torrent: Torrent) -> RemoteItem:
        if not torrent.is_complete:
            self._unlinked_since.pop(torrent.id, None)
        elif not torrent.is_linked and not self._is_settling(torrent.id):
            never = "its files never got addresses"
            return replace(torrent.remote(), state=ItemState.FAILED, reason=Reason.STALLED, detail=never)
        return torrent.remote()

    def _forget(self, item_id: str) -> None:
        self._holdings.gone(item_id)
        self._addresses.forget(item_id)
        self._seedbox.forget(item_id)
        self._unlinked_since.pop(item_id, None)

    def _lock(self, what: str) -> asyncio.Lock:
        return self._locks.setdefault(what, asyncio.Lock())


def _authorize(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


ROUTES = ("GET seedbox/list", "POST seedbox/add", "DELETE seedbox/*/remove")

PROVIDER = ProviderSpec(
    name="debridlink",
    title="Debrid-Link",
    http=HttpSpec(
        name="debridlink",
        base_url="https://debrid-link.com/api/v2/",
        authorize=_authorize,
        fault=fault,
        is_fault=is_fault,
        is_throttled=is_throttled,
        throttled_for=throttled_for,
        gate=gate,
        limits=tuple(Limit(1, timedelta(seconds=1), route) for route in ROUTES),
        requests_per_minute=40,  # no limit is published, but breaking it locks a route for an hour
        burst=5,
        background_per_minute=6,
        freezes=(60.0, 300.0, 900.0),
        deadline=timedelta(seconds=60),  # adding has been seen to wait for metadata
        rests=True,
    ),
    connect=DebridLink,
    connect_for_repair=partial(DebridLink, believed=LISTED),
    slots=20,
)
