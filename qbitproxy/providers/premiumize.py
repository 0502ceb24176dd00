"""Premiumize: a cloud drive with transfers.

Source: premiumize.me/api, Swagger 1.7.2, read 2026; clients' code, issue trackers where they differ.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import partial
from weakref import WeakValueDictionary

import msgspec
import structlog
from msgspec import Raw
from msgspec.structs import replace

from qbitproxy.core.calls import Http, HttpSpec, Limit, Purpose, Upload
from qbitproxy.core.faults import Busy, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.lists import each
from qbitproxy.core.ports import Account, CacheCheck, ItemState, Link, ProviderSpec, RemoteItem, Source
from qbitproxy.core.release import ContentRules, SizedFile, nothing_wanted, wanted
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.providers.holdings import held_once
from qbitproxy.providers.premiumize_account import Allowance
from qbitproxy.providers.premiumize_drive import Content, Drive
from qbitproxy.providers.premiumize_faults import Duplicate, Forbidden, Spent, fault, is_fault, is_throttled
from qbitproxy.providers.premiumize_ledger import Ledger
from qbitproxy.providers.premiumize_wire import DELETED, Checked, Created, Transfer, Transfers

log = structlog.get_logger()

UNLINKED = timedelta(minutes=10)
"""How long a finished transfer may take until its files can be fetched."""

UNSHOWN = timedelta(minutes=1)
"""How long a finished transfer may take until its folder is there."""

LOOK_AGAIN = 5.0  # seconds, while files settle
NAMELESS = 60.0  # seconds after which transfers without a name may have one
CONNECTIONS = 4  # parallel ranges of one file; clients have been seen to use up to 8
MOST_CHECKED = 100  # infohashes in one cache check, as in all clients


class Premiumize:
    """One Premiumize account. What each method promises is written once, in `core.ports.Provider`."""

    def __init__(self, http: Http, name: str, *, thrifty: bool = False) -> None:
        """A `thrifty` one takes the link that a folder has just shown of a file for a fresh one, once."""
        self._http, self._name, self._thrifty = http, name, thrifty
        self._drive, self._ledger = Drive(http, name), Ledger(http.clock)
        self._listing = asyncio.Lock()
        self._submitting: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._allowance = Allowance(http, name)

    async def account(self) -> Account:
        info = await self._allowance.info()
        return Account(user=str(info.customer_id), premium_until=info.expires)

    async def items(self) -> list[RemoteItem]:
        await self._list(Purpose.POLL)
        return [self._ledger.item(listed) for listed in self._ledger.all() if listed.status != DELETED]

    async def submit(self, source: Source, rules: ContentRules, without: Collection[str] = ()) -> RemoteItem:
        if without:
            raise held_once(self._name)
        if source.files and not wanted(source.files, rules):
            raise self._unwanted(source.files)
        lock = self._submitting.setdefault(source.infohash, asyncio.Lock())
        async with lock:  # two torrents of one infohash share the transfer
            async with self._listing:
                if not self._ledger.is_fresh():
                    await self._list()
            for item_id in self._ledger.with_infohash(source.infohash):
                if (adopted := await self._adopted(item_id, rules)) is not None:
                    return replace(adopted, adopted=True)
            await self._allowance.demand()
            try:
                return await self._new(source, rules)
            except Duplicate:
                item_id = await self._recognised(source)
            if (adopted := await self._adopted(item_id, rules)) is not None:
                return replace(adopted, adopted=True)
            return await self._new(source, rules)

    async def contents(self, item_id: str, rules: ContentRules) -> RemoteItem:
        transfer = self._ledger.find(item_id)
        if transfer is None or transfer.state is not ItemState.DONE:
            await self._list()
            transfer = self._ledger.find(item_id) or self._ledger.last_seen(item_id)
        if transfer is None:
            raise Missing(self._name, "it is not listed any more")
        if transfer.state is not ItemState.DONE:
            raise Missing(self._name, f"it is not complete any more ({transfer.detail})")
        return await self._collected(transfer, rules)

    async def link(self, file: RemoteFile) -> Link:
        try:
            shown = self._drive.shown(file.id) if self._thrifty else None
            node = shown or await self._drive.details(file.id, Purpose.LINK)
        except Spent as spent:
            self._allowance.park(spent)
            raise
        except Forbidden as forbidden:
            raise await self._allowance.withheld(forbidden) from None
        if node.is_infected:
            raise self._infected(file)
        if not node.url:
            raise Busy(self._name, f"there is no link to {file.path} yet", retry_after=LOOK_AGAIN)
        if node.bytes and file.size and node.bytes != file.size:
            raise Missing(self._name, f"{file.path} is {node.bytes} bytes there, not {file.size}")
        return Link(url=node.url, size=node.bytes, connections=CONNECTIONS)

    async def release(self, item_id: str) -> None:
        """Delete the files before the transfer, which alone knows where they are."""
        await self._list()
        known = self._ledger.find(item_id) or self._ledger.last_seen(item_id)
        if known and known.place and not self._is_shared(known):
            await self._drive.remove(known.place, self._ledger.names(known))
        try:
            await self._http.call("POST", "transfer/delete", form={"id": item_id})
        except Missing:
            log.debug("remote_item_already_gone", provider=self._name)
        self._ledger.forget(item_id)

    async def _new(self, source: Source, rules: ContentRules) -> RemoteItem:
        """A transfer created for `source`. Raises Duplicate; lets go again of one that has nothing for us."""
        item_id = await self._create(source)
        self._ledger.created(item_id, source)
        unseen = Transfer(id=item_id, status="waiting")
        try:
            await self._list()
            transfer = self._ledger.find(item_id) or unseen
            if transfer.state is ItemState.DONE:
                return await self._collected(transfer, rules)
            return self._ledger.item(transfer)
        except Refusal:
            await self.release(item_id)
            raise
        except (Busy, Missing, Unreachable) as fault:  # lists will show how far it came
            log.info("remote_item_unfinished", provider=self._name, detail=fault.detail)
            return self._ledger.item(self._ledger.find(item_id) or unseen)

    async def _adopted(self, item_id: str, rules: ContentRules) -> RemoteItem | None:
        """A transfer that is there already; None when it was worth nothing, so that we let go of it."""
        transfer = self._ledger.find(item_id) or Transfer(id=item_id, status="waiting")
        try:
            if transfer.state is ItemState.FAILED:
                raise Missing(self._name, transfer.detail)
            if transfer.state is ItemState.DONE:
                return await self._collected(transfer, rules)
        except Busy as busy:
            log.info("remote_item_unfinished", provider=self._name, detail=busy.detail)
        except Missing as missing:  # it would keep the source from being added again
            log.info("remote_item_replaced", provider=self._name, detail=missing.detail)
            await self.release(item_id)
            return None
        return self._ledger.item(transfer)

    async def _create(self, source: Source) -> str:
        form, upload = {"src": source.magnet}, None
        if source.metainfo:
            form, upload = {}, Upload("src", f"{source.infohash}.torrent", source.metainfo)
        try:
            created: Created = await self._http.call(
                "POST", "transfer/create", Created, form=form, upload=upload
            )
        except Missing as missing:
            raise Refusal(self._name, missing.detail, reason=Reason.BAD_SOURCE) from None
        except Forbidden as forbidden:
            raise await self._allowance.withheld(forbidden) from None
        except Spent as spent:
            self._allowance.park(spent)
            raise
        except Unreachable:
            self._ledger.doubt()  # it may have been added all the same
            raise
        return created.id

    async def _recognised(self, source: Source) -> str:
        """The transfer that holds a source of which the service says that it is there."""
        await self._list()
        found = self._ledger.recognised(source, {source.name, source.infohash})
        if not found:
            checked = await _check(self._http, self._name, [source.infohash])
            found = self._ledger.recognised(source, {name for name in checked.filename or () if name})
        if not found and self._ledger.has_nameless():
            raise Busy(self._name, "it has this torrent, under no name as yet", retry_after=NAMELESS)
        if len(found) != 1:
            detail = f"it has this torrent already, but {len(found)} of its transfers are called so"
            raise Refusal(self._name, f"{detail}: remove it there", reason=Reason.REFUSED_BY_POLICY)
        self._ledger.created(found[0], source)
        return found[0]

    async def _collected(self, transfer: Transfer, rules: ContentRules) -> RemoteItem:
        """A finished transfer with its wanted files.

        Raises Busy while they settle, Missing when they are gone, Refusal when there is none for us.
        """
        try:
            content = await self._content(transfer)
        except Forbidden as forbidden:
            raise await self._allowance.withheld(forbidden) from None
        self._ledger.looked_at(transfer, content)
        chosen = wanted(content.files, rules)
        if not chosen:
            raise self._unwanted(content.files)
        for file in chosen:
            if file.id in content.infected:
                raise self._infected(file)
        return self._ledger.item(transfer, tuple(chosen))

    async def _content(self, transfer: Transfer) -> Content:
        """What a finished transfer left, once it can be fetched."""
        finished_for = self._ledger.finished_for(transfer.id)
        try:
            content = await self._drive.content(transfer.place, self._ledger.names(transfer))
        except Missing:
            if self._ledger.content(transfer.id) or finished_for >= UNSHOWN.total_seconds():
                raise
            raise Busy(self._name, "its files are not shown yet", retry_after=LOOK_AGAIN) from None
        if content.linked:
            return content
        if finished_for < UNLINKED.total_seconds():
            raise Busy(self._name, "its files cannot be fetched yet", retry_after=LOOK_AGAIN)
        if not content.files or not (await self._drive.details(content.files[0].id)).url:
            raise Missing(self._name, "there is nothing to fetch in it")
        return content

    async def _list(self, purpose: Purpose = Purpose.ADD) -> None:
        asked_at = self._http.clock.monotonic()
        shown: Transfers = await self._http.call("GET", "transfer/list", Transfers, purpose=purpose)
        self._ledger.listed(each(shown.transfers, Transfer, self._odd), asked_at)

    def _odd(self, element: Raw) -> Transfer | None:
        """A transfer that lists oddly is still there; only one without an id cannot be ours."""
        log.warning("odd_remote_item", provider=self._name)
        try:
            return Transfer(id=msgspec.json.decode(element, type=Created).id, status="odd")
        except msgspec.DecodeError:
            return None

    def _is_shared(self, transfer: Transfer) -> bool:
        """Whether other transfers lie in the folder too, so that it is none's own."""
        place = transfer.place
        others = [other for other in self._ledger.all() if other.id != transfer.id]
        return not place.file_id and any(other.folder_id == place.folder_id for other in others)

    def _infected(self, file: RemoteFile) -> Refusal:
        detail = f"{file.path} holds a virus, by its scan"
        return Refusal(self._name, detail, reason=Reason.FILTERED_BY_PROVIDER)

    def _unwanted(self, files: Sequence[SizedFile]) -> Refusal:
        return Refusal(self._name, nothing_wanted(files), reason=Reason.REFUSED_BY_POLICY)


async def _check(http: Http, name: str, infohashes: Sequence[str]) -> Checked:
    """What could be served at once. An answer of another length says nothing about anything."""
    form = [("items[]", infohash) for infohash in infohashes]
    checked: Checked = await http.call("POST", "cache/check", Checked, form=form)
    if len(checked.response) != len(infohashes):
        raise Unreachable(name, f"it answers for {len(checked.response)} of {len(infohashes)} torrents")
    return checked


async def _held(http: Http, name: str, infohashes: Sequence[str]) -> frozenset[str]:
    checked = await _check(http, name, infohashes)
    answers = zip(infohashes, checked.response, strict=True)
    return frozenset(infohash for infohash, held in answers if held)


def _authorize(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


PROVIDER = ProviderSpec(
    name="premiumize",
    title="Premiumize",
    http=HttpSpec(
        name="premiumize",
        base_url="https://www.premiumize.me/api/",
        authorize=_authorize,
        fault=fault,
        is_fault=is_fault,
        is_throttled=is_throttled,
        limits=(Limit(120, timedelta(minutes=1)),),  # nothing is published; what a careful client keeps
        requests_per_minute=100,
        burst=15,
        background_per_minute=40,
        freezes=(60.0, 90.0, 120.0),
        rests=True,
    ),
    connect=Premiumize,
    connect_for_repair=partial(Premiumize, thrifty=True),
    cache_check=CacheCheck(MOST_CHECKED, _held),
    slots=25,
)
