"""AllDebrid, API v4 and v4.1.

Source: docs.alldebrid.com, v4 and v4.1, August 2025; clients' issue trackers where they differ.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import timedelta
from weakref import WeakValueDictionary

import msgspec
import structlog
from msgspec import Raw
from msgspec.structs import replace

from qbitproxy.core.calls import Http, HttpSpec, Limit, Purpose
from qbitproxy.core.faults import Busy, Denied, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.lists import each
from qbitproxy.core.ports import Account, ItemState, Link, LinkCheck, ProviderSpec, RemoteItem, Source
from qbitproxy.core.release import ContentRules, nothing_wanted, wanted
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.providers.alldebrid_checks import MOST_CHECKED, MOST_FOUND, check, find
from qbitproxy.providers.alldebrid_faults import complained, fault, is_fault
from qbitproxy.providers.alldebrid_links import Links
from qbitproxy.providers.alldebrid_uploads import Uploads
from qbitproxy.providers.alldebrid_wire import (
    NEVER,
    WORKING,
    Answer,
    Listed,
    Magnet,
    Magnets,
    Node,
    OfUser,
    Tree,
    elements,
    files_of,
)
from qbitproxy.providers.holdings import Holdings, held_once

log = structlog.get_logger()

SLOTS = 30  # torrents it works on at once
STATUS = "v4.1/magnet/status"

LAGS = (timedelta(0), timedelta(seconds=1), timedelta(seconds=2))
"""How often, after which waits, we look for a torrent that was taken without an id."""

SETTLING = timedelta(seconds=30)
"""How long the files of a ready torrent may take to be complete."""

LOOK_AGAIN = 5.0  # seconds, while files settle


class AllDebrid:
    """One AllDebrid account. What each method promises is written once, in `core.ports.Provider`."""

    def __init__(self, http: Http, name: str) -> None:
        self._http, self._name = http, name
        self._uploads, self._links = Uploads(http, name), Links(http, name)
        self._holdings = Holdings(http.clock)
        self._listing = asyncio.Lock()
        self._submitting: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._active: int | None = None  # torrents it worked on when they were last listed
        self._emptied = False  # the last list was empty all of a sudden
        self._second_tries: set[str] = set()  # items that took the place of a failed one
        self._fileless_since: dict[str, float] = {}  # item -> monotonic seconds

    async def account(self) -> Account:
        answer: Answer[OfUser] = await self._http.call("GET", "v4/user", Answer[OfUser])
        user = answer.data.user
        if not (user.is_premium or user.is_trial):
            raise Denied(self._name, "the account has no premium")
        until = user.premium_until if user.premium_until > NEVER else None
        return Account(user=user.username, premium_until=until, active=self._active, slots=SLOTS)

    async def items(self) -> list[RemoteItem]:
        return await self._list(Purpose.POLL)

    async def submit(self, source: Source, rules: ContentRules, without: Collection[str] = ()) -> RemoteItem:
        if without:
            raise held_once(self._name)
        lock = self._submitting.setdefault(source.infohash, asyncio.Lock())
        async with lock:  # two torrents of one infohash share the item
            adopted = await self._adopted(source, rules)
            if adopted is not None:
                return replace(adopted, adopted=True)
            added = await self._added(source)
            try:
                return await self._so_far(added, rules)
            except Refusal:
                await self.release(added.remote_id)
                raise

    async def contents(self, item_id: str, rules: ContentRules) -> RemoteItem:
        magnet = await self._shown(item_id)
        if magnet.means.state is ItemState.FAILED:
            raise Missing(self._name, f"it is not complete any more: {magnet.means.words}")
        if magnet.means.state is not ItemState.DONE:
            raise Busy(self._name, f"it is not ready: {magnet.means.words}", retry_after=LOOK_AGAIN)
        files = await self._files(magnet)
        if files is not None:
            self._fileless_since.pop(item_id, None)
            return self._chosen(magnet, files, rules)
        now = self._http.clock.monotonic()
        if now - self._fileless_since.setdefault(item_id, now) < SETTLING.total_seconds():
            raise Busy(self._name, "its files are not complete yet", retry_after=LOOK_AGAIN)
        del self._fileless_since[item_id]
        raise Missing(self._name, "it is ready, but has not a link for each file")

    async def link(self, file: RemoteFile) -> Link:
        return await self._links.link(file)

    async def release(self, item_id: str) -> None:
        try:
            await self._http.call("POST", "v4/magnet/delete", form={"id": item_id})
        except Missing:
            log.debug("remote_item_already_gone", provider=self._name)
        self._forget(item_id)

    async def _adopted(self, source: Source, rules: ContentRules) -> RemoteItem | None:
        """The account's item of that infohash, unless it failed."""
        async with self._listing:
            if not self._holdings.is_fresh():
                await self._list()
        for item_id in self._holdings.with_infohash(source.infohash):
            try:
                magnet = await self._shown(item_id)
            except Missing:
                self._forget(item_id)
                continue
            if magnet.means.state is not ItemState.FAILED:
                return await self._so_far(magnet, rules)
        return None

    async def _added(self, source: Source) -> Magnet:
        """The new item; one that failed is cleared away first, as it would only be handed back."""
        added = await self._looked_at(await self._upload(source))
        if added.means.state is ItemState.FAILED:
            await self.release(added.remote_id)
            added = await self._looked_at(await self._upload(source))
            self._second_tries.add(added.remote_id)
        return added

    async def _upload(self, source: Source) -> Magnet:
        try:
            uploaded = await self._uploads.upload(source)
        except Unreachable:
            self._holdings.doubt()  # it may have been taken all the same
            raise
        magnet = uploaded.magnet() if uploaded.id else await self._found(source)
        self._holdings.added(magnet.remote_id, source.infohash)
        return magnet

    async def _found(self, source: Source) -> Magnet:
        for lag in LAGS:
            await self._http.clock.sleep(lag)
            for item in await self._list():
                if item.infohash == source.infohash:
                    return await self._shown(item.id)
        self._holdings.doubt()
        raise Unreachable(self._name, "it has taken the torrent, but does not show it yet")

    async def _looked_at(self, added: Magnet) -> Magnet:
        """The new item as it is by now, where that is not known already."""
        if added.means.state is ItemState.DONE:
            return added
        try:
            return await self._shown(added.remote_id)
        except (Busy, Missing, Unreachable) as fault:  # lists will show how far it came
            log.info("remote_item_unfinished", provider=self._name, detail=fault.detail)
            return added

    async def _shown(self, item_id: str) -> Magnet:
        answer: Answer[Magnets] = await self._http.call("POST", STATUS, Answer[Magnets], form={"id": item_id})
        for magnet in each(elements(answer.data.magnets, "id"), Magnet, lambda _: None):
            if magnet.remote_id == item_id:
                return magnet
        raise Unreachable(self._name, "odd answer: it does not show the torrent that was asked for")

    async def _so_far(self, magnet: Magnet, rules: ContentRules) -> RemoteItem:
        """The item, with its wanted files when it is done. Raises Refusal when none is wanted."""
        if magnet.means.state is ItemState.DONE:
            try:
                files = await self._files(magnet)
            except (Busy, Missing, Unreachable) as fault:  # whoever asks for the contents will be told
                log.info("remote_item_unfinished", provider=self._name, detail=fault.detail)
                files = None
            if files is not None:
                return self._chosen(magnet, files, rules)
        return self._remote(magnet)

    def _chosen(self, magnet: Magnet, files: tuple[RemoteFile, ...], rules: ContentRules) -> RemoteItem:
        chosen = tuple(wanted(files, rules))
        if not chosen:
            raise Refusal(self._name, nothing_wanted(files), reason=Reason.REFUSED_BY_POLICY)
        return self._remote(magnet, chosen)

    async def _files(self, magnet: Magnet) -> tuple[RemoteFile, ...] | None:
        """All files of a ready torrent; None while they are not complete."""
        files = files_of(magnet.files, magnet.filename, self._odd_node)
        if files is not None:
            return files
        form = {"id[]": magnet.remote_id}
        answer: Answer[Magnets] = await self._http.call("POST", "v4/magnet/files", Answer[Magnets], form=form)
        for tree in each(elements(answer.data.magnets, "id"), Tree, lambda _: None):
            if tree.id == magnet.id and tree.error is not None:
                raise complained(self._name, tree.error)
            if tree.id == magnet.id:
                return files_of(tree.files, magnet.filename, self._odd_node)
        raise Unreachable(self._name, "odd answer: it does not show the files that were asked for")

    async def _list(self, purpose: Purpose = Purpose.ADD) -> list[RemoteItem]:
        asked_at = self._http.clock.monotonic()
        answer: Answer[Magnets] = await self._http.call("POST", STATUS, Answer[Magnets], purpose=purpose)
        magnets = each(elements(answer.data.magnets, "id"), Magnet, self._odd)
        await self._confirm(bool(magnets))
        found = {magnet.remote_id: self._listed(magnet) for magnet in magnets}
        self._active = sum(magnet.status_code in WORKING for magnet in magnets)
        self._second_tries &= found.keys()
        self._holdings.listed(found.values(), asked_at)
        return list(found.values())

    async def _confirm(self, lists_something: bool) -> None:
        """Believe in an account that is suddenly empty once it is so again, and lets us in.

        Source: decypharr #164, 2025: a program that waits for its owner's consent is shown an empty list.
        """
        if lists_something or self._holdings.is_empty():
            self._emptied = False
            return
        await self.account()
        if not self._emptied:
            self._emptied = True
            raise Unreachable(self._name, "it lists nothing any more, which is to be confirmed")

    def _odd(self, element: Raw) -> Magnet | None:
        """A torrent that lists oddly is still there; only one without an id cannot be ours."""
        log.warning("odd_remote_item", provider=self._name)
        try:
            known = msgspec.json.decode(element, type=Listed, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        return Magnet(id=known.id, status_code=-1, infohash=known.infohash)

    def _odd_node(self, element: Raw) -> Node | None:
        log.warning("odd_remote_file", provider=self._name)
        return None

    def _listed(self, magnet: Magnet) -> RemoteItem:
        """The item as a list shows it; one that failed by a mishap waits for us to try once more."""
        item = self._remote(magnet)
        if magnet.means.mishap and item.id not in self._second_tries:
            return replace(item, state=ItemState.UNPREPARED, reason=None)
        return item

    def _remote(self, magnet: Magnet, files: tuple[RemoteFile, ...] | None = None) -> RemoteItem:
        known = self._holdings.infohash(magnet.remote_id)  # some answers leave it out
        return magnet.remote(magnet.infohash.lower() or known, files)

    def _forget(self, item_id: str) -> None:
        self._holdings.gone(item_id)
        self._second_tries.discard(item_id)
        self._fileless_since.pop(item_id, None)


def _authorize(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


PROVIDER = ProviderSpec(
    name="alldebrid",
    title="AllDebrid",
    http=HttpSpec(
        name="alldebrid",
        base_url="https://api.alldebrid.com/",
        authorize=_authorize,
        fault=fault,
        is_fault=is_fault,
        limits=(Limit(10, timedelta(seconds=1)), Limit(550, timedelta(minutes=1))),  # of 12 and 600
        requests_per_minute=400,
        burst=8,
        background_per_minute=120,
        freezes=(5.0, 10.0, 30.0, 60.0),
        longest_freeze=timedelta(minutes=10),
        hangs_up=True,
        rests=True,
    ),
    connect=AllDebrid,
    link_check=LinkCheck(MOST_CHECKED, check, MOST_FOUND, find),
    slots=SLOTS,
    shares_links=True,
)
