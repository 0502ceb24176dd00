"""Real-Debrid, REST 1.0.

Source: api.real-debrid.com, REST 1.0 documentation, read 2026; clients' issue trackers where they differ.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import msgspec
import structlog
from msgspec import Raw
from msgspec.structs import replace

from qbitproxy.core.calls import Http, HttpSpec, Purpose
from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.lists import each
from qbitproxy.core.ports import Account, ItemState, Link, LinkCheck, ProviderSpec, RemoteItem, Source
from qbitproxy.core.release import ContentRules, nothing_wanted, wanted
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.providers.holdings import Holdings
from qbitproxy.providers.realdebrid_checks import check
from qbitproxy.providers.realdebrid_wire import (
    Active,
    Added,
    Checked,
    Details,
    Item,
    Listed,
    Unrestricted,
    User,
    fault,
    is_packed,
    is_throttled,
    short_link,
    throttled_for,
)

log = structlog.get_logger()

PAGE = 5000
LAG = (timedelta(seconds=0.5), timedelta(seconds=1), timedelta(seconds=1.5))
"""How often, after which waits, we ask again for a torrent that we have just added."""

SETTLING = timedelta(seconds=30)
"""How long the links of a downloaded torrent may take to be complete."""

LOOK_AGAIN = 5.0  # seconds, while links settle


class RealDebrid:
    """One Real-Debrid account. What each method promises is written once, in `core.ports.Provider`."""

    def __init__(self, http: Http, name: str) -> None:
        self._http, self._name = http, name
        self._holdings = Holdings(http.clock)
        self._listing = asyncio.Lock()
        self._submitting: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._names: dict[str, str] = {}  # item -> torrent name, which lists do not always show
        self._unlinked_since: dict[str, float] = {}  # item -> monotonic seconds

    async def account(self) -> Account:
        user: User = await self._http.call("GET", "user", User)
        if user.type != "premium" or user.premium <= 0:
            raise Denied(self._name, "the account has no premium")
        active: Active = await self._http.call("GET", "torrents/activeCount", Active)
        return Account(
            user=user.username, premium_until=user.expiration, active=active.nb, slots=active.limit
        )

    async def items(self) -> list[RemoteItem]:
        return await self._list(Purpose.POLL)

    async def submit(self, source: Source, rules: ContentRules, without: Collection[str] = ()) -> RemoteItem:
        lock = self._submitting.setdefault(source.infohash, asyncio.Lock())
        async with lock:  # two torrents of one infohash share the item
            adopted = await self._adopted(source, rules, without)
            if adopted is not None:
                return replace(adopted, adopted=True, added_at=await self._moment(adopted.added_at))
            item_id = await self._add(source)
            try:
                return self._item(await self._selected(await self._just_added(item_id), rules), rules)
            except (Busy, Missing, Unreachable) as fault:  # lists will show how far it came
                log.info("remote_item_unfinished", provider=self._name, detail=fault.detail)
                return RemoteItem(
                    id=item_id, infohash=source.infohash, name=source.name, state=ItemState.CONVERTING
                )

    async def contents(self, item_id: str, rules: ContentRules) -> RemoteItem:
        details = await self._details(item_id)
        if details.state is ItemState.FAILED:
            raise Missing(self._name, f"it is not complete any more ({details.status})")
        if details.linked is not None:
            self._unlinked_since.pop(item_id, None)
            return self._item(details, rules)
        await self._refuse_packed(details)
        now = self._http.clock.monotonic()
        if now - self._unlinked_since.setdefault(item_id, now) < SETTLING.total_seconds():
            raise Busy(self._name, "its links are not complete yet", retry_after=LOOK_AGAIN)
        del self._unlinked_since[item_id]
        raise Missing(self._name, f"{len(details.links)} links for {len(details.selected)} files")

    async def link(self, file: RemoteFile) -> Link:
        link = {"link": short_link(file.link)}
        made: Unrestricted = await self._http.call(
            "POST", "unrestrict/link", Unrestricted, form=link, purpose=Purpose.LINK
        )
        if is_packed(made.filename, file.path):
            raise self._packed()
        if made.filesize and file.size and made.filesize != file.size:
            raise Missing(self._name, f"{file.path} is {made.filesize} bytes there, not {file.size}")
        return Link(url=made.download, size=made.filesize, connections=max(made.chunks, 1))

    async def release(self, item_id: str) -> None:
        try:
            await self._http.call("DELETE", f"torrents/delete/{item_id}")
        except Missing:
            log.debug("remote_item_already_gone", provider=self._name)
        self._forget(item_id)

    async def _adopted(
        self, source: Source, rules: ContentRules, without: Collection[str]
    ) -> RemoteItem | None:
        """An item of the account that serves `source` as well as one of our own would."""
        async with self._listing:
            if not self._holdings.is_fresh():
                await self._list()
        for item_id in self._holdings.with_infohash(source.infohash):
            if item_id in without:
                continue
            try:
                details = await self._selected(await self._details(item_id), rules, theirs=True)
            except Missing:
                self._forget(item_id)
                continue
            if _serves(details, rules):
                return self._item(details, rules)
        return None

    async def _moment(self, added: datetime | None) -> datetime | None:
        """When an item was added, None when that cannot be told: dates claim to be UTC, but are local time.

        Source: rdt-client takes off what the service's clock is ahead, 2025.
        """
        try:
            text: bytes = await self._http.call("GET", "time/iso", bytes)
            ahead = datetime.fromisoformat(text.decode()).utcoffset()
        except (Fault, ValueError):
            return None
        return added - ahead if added is not None and ahead is not None else None

    async def _add(self, source: Source) -> str:
        try:
            if source.metainfo:
                added = await self._http.call("PUT", "torrents/addTorrent", Added, body=source.metainfo)
            else:
                magnet = {"magnet": source.magnet}
                added = await self._http.call("POST", "torrents/addMagnet", Added, form=magnet)
        except Missing as missing:  # so it answers to what it cannot read
            raise Refusal(self._name, missing.detail, reason=Reason.BAD_SOURCE) from None
        except Refusal as refusal:
            if refusal.reason is Reason.BAD_SOURCE:
                await self.account()  # a wrong key has been answered like a wrong magnet
            raise
        except Unreachable:
            self._holdings.doubt()  # it may have been added all the same
            raise
        item_id: str = added.id
        self._holdings.added(item_id, source.infohash)
        return item_id

    async def _just_added(self, item_id: str) -> Details:
        """The new item, which the service may take a moment to show."""
        for lag in LAG:
            try:
                return await self._details(item_id)
            except Missing:
                await self._http.clock.sleep(lag)
        return await self._details(item_id)

    async def _selected(self, details: Details, rules: ContentRules, *, theirs: bool = False) -> Details:
        """The item once it needs nothing more from us. Raises Refusal when it has nothing for us."""
        if details.state is not ItemState.UNPREPARED:
            return details
        chosen = _wanted_ids(details, rules)
        try:
            if not chosen:
                raise _unwanted(self._name, details)
            form = {"files": ",".join(chosen)}
            await self._http.call("POST", f"torrents/selectFiles/{details.id}", form=form)
        except Refusal:
            if not theirs:
                await self.release(details.id)
            raise
        return await self._details(details.id)

    async def _details(self, item_id: str) -> Details:
        details: Details = await self._http.call("GET", f"torrents/info/{item_id}", Details)
        if details.state is not ItemState.CONVERTING:
            self._names[item_id] = details.name
        return details

    async def _refuse_packed(self, details: Details) -> None:
        """Raise Refusal for one archive in place of all files; a first link may be alone, too."""
        if len(details.links) != 1 or not details.selected:
            return
        form = {"link": short_link(details.links[0])}
        try:
            offered: Checked = await self._http.call("POST", "unrestrict/check", Checked, form=form)
        except Missing:  # a mere check's no is not to be relied on
            return
        if is_packed(offered.filename, details.selected[0].path):
            raise self._packed()

    async def _list(self, purpose: Purpose = Purpose.ADD) -> list[RemoteItem]:
        asked_at = self._http.clock.monotonic()
        elements = await self._elements(purpose)
        items = [self._listed(item) for item in each(elements, Item, self._odd)]
        found = {item.id: item for item in items}
        self._names = {item_id: name for item_id, name in self._names.items() if item_id in found}
        self._holdings.listed(found.values(), asked_at)
        return list(found.values())

    async def _elements(self, purpose: Purpose) -> list[Raw]:
        """The whole list, page by page; empty only when the service says so."""
        elements: list[Raw] = []
        total: int | None = None
        while True:
            query = {"limit": PAGE, "offset": len(elements)}
            shown, headers = await self._http.page(
                "torrents", list[Raw], query=query, empty=[], purpose=purpose
            )
            elements += shown
            counted = headers.get("X-Total-Count", "")
            total = int(counted) if counted.isdigit() else total
            complete = len(shown) < PAGE if total is None else len(elements) >= total
            if complete or not shown:
                break
        if total is not None and len(elements) != total:
            raise Unreachable(self._name, f"it lists {len(elements)} of {total} torrents")
        return elements

    def _odd(self, element: Raw) -> Item | None:
        """A torrent that lists oddly is still there; only one without an id cannot be ours."""
        log.warning("odd_remote_item", provider=self._name)
        try:
            known = msgspec.json.decode(element, type=Listed)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        return Item(id=known.id, infohash=known.infohash, status="odd")

    def _listed(self, item: Item) -> RemoteItem:
        name = self._names.get(item.id, item.filename)
        if item.state in (ItemState.QUEUED, ItemState.FETCHING):
            self._names.setdefault(item.id, name)  # once downloaded, the list may show a file's name
        return item.remote(name)

    def _item(self, details: Details, rules: ContentRules) -> RemoteItem:
        if details.state is not ItemState.DONE or details.linked is None:
            return details.remote(details.name)
        files = tuple(wanted(details.linked, rules))
        if not files:
            raise _unwanted(self._name, details)
        return details.remote(details.name, files)

    def _forget(self, item_id: str) -> None:
        self._holdings.gone(item_id)
        self._names.pop(item_id, None)
        self._unlinked_since.pop(item_id, None)

    def _packed(self) -> Refusal:
        return Refusal(self._name, "it was packed into one archive", reason=Reason.REFUSED_BY_POLICY)


def _wanted_ids(details: Details, rules: ContentRules) -> list[str]:
    return [file.id for file in wanted([file.remote() for file in details.files], rules)]


def _serves(details: Details, rules: ContentRules) -> bool:
    """Whether somebody's item will do: every file we want is chosen, and has its link once downloaded."""
    match details.state:
        case ItemState.FAILED:
            return False
        case ItemState.CONVERTING | ItemState.UNPREPARED:
            return True
        case ItemState.DONE if details.linked is None:
            return False
    wanted_ids = _wanted_ids(details, rules)
    return bool(wanted_ids) and {str(file.id) for file in details.selected}.issuperset(wanted_ids)


def _unwanted(name: str, details: Details) -> Refusal:
    files = [file.remote() for file in details.files]
    return Refusal(name, nothing_wanted(files), reason=Reason.REFUSED_BY_POLICY)


def _authorize(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


PROVIDER = ProviderSpec(
    name="realdebrid",
    title="Real-Debrid",
    http=HttpSpec(
        name="realdebrid",
        base_url="https://api.real-debrid.com/rest/1.0/",
        authorize=_authorize,
        fault=fault,
        is_throttled=is_throttled,
        throttled_for=throttled_for,
        requests_per_minute=100,  # with the burst 20 within 12 s: 250 a minute are documented, but more than
        burst=20,  # about 22 within 10 s have been seen to be refused, and calls may be late on their way
        background_per_minute=40,
        deadline=timedelta(seconds=40),  # adding has been seen to take half a minute
        rests=True,
    ),
    connect=RealDebrid,
    link_check=LinkCheck(1, check),
    slots=25,
    shares_links=True,
    adds_anew=True,
)
