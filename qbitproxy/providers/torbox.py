"""TorBox, API v1.

Source: TorBox API v1 documentation with its changelogs up to 7.1.3, read 2026; clients' issue trackers where
they differ.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import timedelta
from weakref import WeakValueDictionary

import structlog
from msgspec.structs import replace

from qbitproxy.core.calls import Http, Purpose
from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.ports import Account, CacheCheck, ItemState, Link, ProviderSpec, RemoteItem, Source
from qbitproxy.core.release import ContentRules, nothing_wanted, wanted
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.providers.holdings import held_once
from qbitproxy.providers.torbox_calls import HTTP, Calls, held
from qbitproxy.providers.torbox_faults import Doubts
from qbitproxy.providers.torbox_ledger import DOUBT, Entry, Ledger
from qbitproxy.providers.torbox_wire import FREE, Created, Item, instant

log = structlog.get_logger()

LAG = (timedelta(seconds=0.5), timedelta(seconds=1), timedelta(seconds=1.5))
"""How often, after which waits, we ask again for a torrent that we have just added."""

SETTLING = timedelta(seconds=30).total_seconds()
"""How long the files of a torrent that is present may take to be listed."""

LOOK_AGAIN = 5.0  # seconds, while files settle
PLAN_FRESH = timedelta(minutes=30).total_seconds()
START_AGAIN = timedelta(minutes=5).total_seconds()
LINK_SETTLES = 4.0  # seconds

MOST_LOOKS = 3  # torrents that lists do not show yet, asked for one by one


class TorBox:
    """One TorBox account. What each method promises is written once, in `core.ports.Provider`.

    Remote items are called by their infohash: the service holds a torrent once, under ids that change.
    """

    def __init__(self, http: Http, name: str) -> None:
        self._http, self._clock, self._name = http, http.clock, name
        self._calls = Calls(http, name)
        self._ledger = Ledger(http.clock)
        self._listing = asyncio.Lock()
        self._submitting: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._plan: tuple[int | None, float] | None = None  # its slots, as of monotonic seconds
        self._no_start_before = 0.0  # monotonic seconds
        self._doubts = Doubts()
        self._unlisted_since: dict[str, float] = {}  # infohash -> monotonic seconds

    async def account(self) -> Account:
        user = await self._calls.user()
        until = instant(user.premium_expires_at)
        if user.plan == FREE:
            raise Denied(self._name, "the account is on the free plan, which is not for programs")
        if until is not None and until <= self._clock.now():
            raise Denied(self._name, f"the plan ended on {until:%Y-%m-%d}")
        self._plan = user.slots, self._clock.monotonic()
        return Account(
            user=user.email or f"user {user.id}",
            premium_until=until,
            active=self._ledger.active() if self._ledger.is_fresh() else None,
            slots=user.slots,
        )

    async def items(self) -> list[RemoteItem]:
        await self._list(Purpose.POLL)
        await self._start_parked()
        return self._ledger.items()

    async def submit(self, source: Source, rules: ContentRules, without: Collection[str] = ()) -> RemoteItem:
        if without:
            raise held_once(self._name)
        lock = self._submitting.setdefault(source.infohash, asyncio.Lock())
        async with lock:  # two torrents of one infohash share the item
            adopted = await self._adopted(source.infohash, rules)
            if adopted is not None:
                return replace(adopted, adopted=True)
            await self._find_room(source.infohash)
            created = await self._create(source)
            try:
                return await self._just_added(source, created, rules)
            except Refusal:
                if created.torrent_id is not None:
                    await self.release(source.infohash)
                raise

    async def contents(self, item_id: str, rules: ContentRules) -> RemoteItem:
        item = await self._item(item_id)
        seen = self._ledger.looked(item)
        if seen.state is ItemState.DONE:
            return self._served(item, seen, rules)
        if seen.state in (ItemState.FAILED, ItemState.UNPREPARED):
            raise Missing(self._name, f"it is not complete any more ({item.trouble})")
        wait = DOUBT if item.trouble else LOOK_AGAIN
        raise Busy(self._name, f"it is not there yet ({seen.detail})", retry_after=wait)

    async def link(self, file: RemoteFile) -> Link:
        infohash, _, torrent_id = file.link.partition("/")
        try:
            return await self._linked(int(torrent_id), file)
        except Missing:  # it may have been added again: the ids of files mean nothing then
            entry = await self._relisted(infohash)
            if entry is None or entry.torrent_id in (None, int(torrent_id)):
                raise
        for other in (await self._item(infohash)).remote_files():
            if (other.path, other.size) == (file.path, file.size):
                return await self._linked(int(other.link.partition("/")[2]), other)
        raise Missing(self._name, f"{file.path} is gone from what was added again")

    async def release(self, item_id: str) -> None:
        entry = self._ledger.get(item_id)
        if entry is None or not entry.has_id:
            entry = await self._relisted(item_id)
        if entry is not None and entry.torrent_id is None:
            await self._let_go(entry, item_id)
            entry = await self._relisted(item_id)  # it may have been started meanwhile, under another id
        if entry is not None:
            await self._let_go(entry, item_id)

    async def _adopted(self, infohash: str, rules: ContentRules) -> RemoteItem | None:
        """The account's own item; None when there is none, or when it has to be added anew."""
        async with self._listing:
            if not self._ledger.is_fresh():
                await self._list()
        entry = self._ledger.get(infohash)
        if entry is None:
            return None
        if entry.item.state is ItemState.DONE:
            try:
                item = await self._item(infohash)
            except Missing:
                return None
            seen = self._ledger.looked(item)
            if seen.state is not ItemState.DONE:
                return seen
            if not item.is_packed(rules):
                return self._served(item, seen, rules)
        elif self._ledger.is_suspect(infohash):
            raise Busy(self._name, f"what it holds looks broken ({entry.item.detail})", retry_after=DOUBT)
        elif entry.item.state not in (ItemState.FAILED, ItemState.UNPREPARED):
            return entry.item
        await self._begin_anew(infohash)
        return None

    async def _begin_anew(self, infohash: str) -> None:
        """Let go of a broken item: while it is there, adding gives back nothing else."""
        log.info("remote_item_renewed", provider=self._name, infohash=infohash)
        await self.release(infohash)
        self._ledger.renewed(infohash)

    async def _find_room(self, infohash: str) -> None:
        """Raise Busy when every slot is taken and the torrent would need one.

        Adding is the scarcest thing here, and what is parked takes another call to start.
        """
        slots = await self._slots()
        if slots is None or self._ledger.active() < slots:
            return
        if infohash not in await held(self._http, self._name, [infohash]):
            raise Busy(self._name, f"its {slots} slots are taken")

    async def _slots(self) -> int | None:
        """Torrents it works on at once, None when nobody knows. Raises Denied once the plan has ended."""
        if self._plan is None or self._clock.monotonic() - self._plan[1] >= PLAN_FRESH:
            return (await self.account()).slots
        return self._plan[0]

    async def _create(self, source: Source) -> Created:
        try:
            created = await self._calls.create(source)
        except Refusal as refusal:
            if refusal.reason is Reason.FILTERED_BY_PROVIDER:
                await self.account()  # a plan that has ended refuses everything
            raise
        except Unreachable as fault:
            self._ledger.doubt()  # it may have been added all the same
            raise self._doubts.judged(source.infohash, fault) from None
        self._doubts.forget(source.infohash)
        return created

    async def _just_added(self, source: Source, created: Created, rules: ContentRules) -> RemoteItem:
        """The new item, which the service may take a moment to show."""
        added = self._ledger.added(source.infohash, source.name, created.torrent_id, created.queued_id)
        try:
            if created.torrent_id is not None:
                item = await self._shown(created.torrent_id)
                seen = self._ledger.looked(item)
                return self._served(item, seen, rules) if seen.state is ItemState.DONE else seen
            if created.queued_id is None:  # it is there, under an id that only lists know
                self._ledger.doubt()
                return await self._adopted(source.infohash, rules) or added
        except (Busy, Missing, Unreachable) as fault:  # lists will show how far it came
            log.info("remote_item_unfinished", provider=self._name, detail=fault.detail)
        return added

    async def _shown(self, torrent_id: int) -> Item:
        for lag in LAG:
            try:
                return await self._calls.item(torrent_id)
            except Missing:
                await self._clock.sleep(lag)
        return await self._calls.item(torrent_id)

    async def _item(self, infohash: str) -> Item:
        """One torrent as it is now. Raises Missing when the account does not hold it."""
        entry = self._ledger.get(infohash) or await self._relisted(infohash)
        if entry is not None and entry.torrent_id is not None:
            try:
                return await self._calls.item(entry.torrent_id)
            except Missing:  # it may have been added again, under another id
                self._ledger.gone(infohash)
                entry = await self._relisted(infohash)
        if entry is None:
            raise Missing(self._name, "the account does not hold it")
        if entry.torrent_id is None:
            raise Busy(self._name, "it waits for a slot")
        return await self._calls.item(entry.torrent_id)

    def _served(self, item: Item, seen: RemoteItem, rules: ContentRules) -> RemoteItem:
        """The item with the files that are wanted of it. Raises Refusal when they cannot be had."""
        if not item.files:
            now = self._clock.monotonic()
            if now - self._unlisted_since.setdefault(item.key, now) < SETTLING:
                raise Busy(self._name, "its files are not listed yet", retry_after=LOOK_AGAIN)
            del self._unlisted_since[item.key]
            raise Missing(self._name, "it is there without any file")
        self._unlisted_since.pop(item.key, None)
        files = tuple(wanted(item.remote_files(), rules))
        if not files:
            raise Refusal(self._name, nothing_wanted(item.remote_files()), reason=Reason.REFUSED_BY_POLICY)
        if item.is_packed(rules):
            raise Refusal(self._name, "it was packed into one archive", reason=Reason.REFUSED_BY_POLICY)
        infected = [file.path for file in files if file.id in item.infected]
        if infected:
            detail = f"its virus scanner withholds {infected[0]}"
            raise Refusal(self._name, detail, reason=Reason.FILTERED_BY_PROVIDER)
        return replace(seen, files=files)

    async def _linked(self, torrent_id: int, file: RemoteFile) -> Link:
        url = await self._calls.link(torrent_id, file.id)
        return Link(url=url, size=file.size, settling=LINK_SETTLES)

    async def _let_go(self, entry: Entry, infohash: str) -> None:
        try:
            if entry.torrent_id is not None:
                await self._calls.delete(entry.torrent_id)
            elif entry.queued_id is not None:
                await self._calls.control_parked(entry.queued_id, "delete")
            else:
                raise Busy(self._name, "it does not list yet what it was given", retry_after=DOUBT)
        except Missing:
            log.debug("remote_item_already_gone", provider=self._name)
        self._ledger.gone(infohash, deleted=True)

    async def _start_parked(self) -> None:
        """Start what waits the longest once there is a slot: the service itself looks every few hours."""
        waiting = [entry.queued_id for entry in self._ledger.parked() if entry.queued_id is not None]
        if not waiting or self._clock.monotonic() < self._no_start_before:
            return
        try:
            slots = await self._slots()
            if slots is not None and self._ledger.active() < slots:
                await self._calls.control_parked(waiting[0], "start")
        except Fault as fault:
            self._no_start_before = self._clock.monotonic() + START_AGAIN
            log.info("parked_item_not_started", provider=self._name, detail=fault.detail)

    async def _relisted(self, infohash: str) -> Entry | None:
        await self._list()
        return self._ledger.get(infohash)

    async def _list(self, purpose: Purpose = Purpose.ADD) -> None:
        """Read the whole account into the ledger."""
        asked_at = self._clock.monotonic()
        parked = await self._calls.parked(purpose) if self._ledger.may_have_parked() else []
        self._ledger.listed(await self._calls.items(purpose), parked, asked_at)
        for torrent_id in self._ledger.unshown()[:MOST_LOOKS]:
            try:
                self._ledger.looked(await self._calls.item(torrent_id))
            except Missing:  # it was added a moment ago: lists decide in the end whether it is gone
                log.debug("remote_item_not_shown", provider=self._name)


PROVIDER = ProviderSpec(
    name="torbox",
    title="TorBox",
    http=HTTP,
    connect=TorBox,
    cache_check=CacheCheck(100, held),
    lists_losses=True,
    slots=3,
)
