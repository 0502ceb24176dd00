"""A qBittorrent that the user already has, 4.5 to 5.x: the last resort for what no service holds.

Source: qBittorrent 4.5.2, 4.6.7, 5.0.5, 5.1.4, 5.2.3: webui/api/torrentscontroller.cpp; answers of 4.5.2,
5.1.0 and 5.3.0 as they were seen on the wire, 2026.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from weakref import WeakValueDictionary

import structlog
from msgspec import Raw

from qbitproxy.core.calls import Http, HttpSpec, Login, Purpose, Upload
from qbitproxy.core.faults import Busy, Missing, Reason, Refusal
from qbitproxy.core.lists import each
from qbitproxy.core.ports import Account, ItemState, Link, ProviderSpec, RemoteItem, Source
from qbitproxy.core.release import ContentRules, nothing_wanted, wanted
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.providers.holdings import held_once
from qbitproxy.providers.qbittorrent_wire import (
    ADDED,
    NORMAL,
    SKIPPED,
    UNPREPARED,
    USED,
    File,
    Preferences,
    Torrent,
    authorize,
    credentials,
    decoded,
    fault,
    folder_below,
    is_fault,
    lacks_session,
    login_refusal,
    remote_file,
    root_of,
)

log = structlog.get_logger()

API = "api/v2"
LAG = (timedelta(seconds=0.5), timedelta(seconds=1), timedelta(seconds=1.5))
"""How often, after which waits, we ask again for a torrent that we have just added.

Source: qBittorrent adds in the background; 4.5.2 and 5.3.0 took up to 1.5 s to list one.
"""

LOOK_AGAIN = 5.0  # seconds, while a torrent is checked or moved


class Qbittorrent:
    """One qBittorrent. What each method promises is written once, in `core.ports.Provider`."""

    def __init__(self, http: Http, name: str) -> None:
        self._http, self._name = http, name
        self._submitting: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._start = "start"  # "resume" until 4.6

    async def account(self) -> Account:
        preferences = await self._preferences()
        return Account(user=preferences.web_ui_username or "qBittorrent", premium_until=None)

    async def items(self) -> list[RemoteItem]:
        return [torrent.remote() for torrent in await self._list({"tag": USED}, Purpose.POLL)]

    async def submit(self, source: Source, rules: ContentRules, without: Collection[str] = ()) -> RemoteItem:
        if without:
            raise held_once(self._name)
        lock = self._submitting.setdefault(source.infohash, asyncio.Lock())
        async with lock:  # two torrents of one infohash share the item
            torrent = await self._find(source.infohash, source.infohash_v2[:40])
            if torrent is not None and torrent.is_ours and torrent.item_state is ItemState.FAILED:
                await self._delete(torrent, files=False)  # what is left is checked when it is added again
                torrent = None
            torrent = torrent or await self._add(source)
            if torrent is not None:
                return await self._prepared(torrent, rules)
            return RemoteItem(
                id=source.infohash, infohash=source.infohash, name=source.name, state=ItemState.CONVERTING
            )

    async def contents(self, item_id: str, rules: ContentRules) -> RemoteItem:
        torrent = await self._find(item_id)
        if torrent is None:
            raise Missing(self._name, "it does not hold the torrent any more")
        match torrent.item_state:
            case ItemState.DONE:
                return await self._item(torrent, await self._files(torrent), rules)
            case ItemState.FAILED:
                raise Missing(self._name, f"its files are gone ({torrent.state})")
        raise Busy(self._name, f"it is not complete ({torrent.state})", retry_after=LOOK_AGAIN)

    async def link(self, file: RemoteFile) -> Link:
        raise Refusal(
            self._name, "its files lie on a disk, it gives no links", reason=Reason.REFUSED_BY_POLICY
        )

    async def release(self, item_id: str) -> None:
        torrent = await self._find(item_id)
        if torrent is None:
            log.debug("remote_item_already_gone", provider=self._name)
        elif torrent.is_ours:
            await self._delete(torrent, files=True)
        elif torrent.is_used:
            await self._post("removeTags", {"hashes": torrent.hash, "tags": USED})

    # -- finding

    async def _find(self, infohash: str, other_id: str = "") -> Torrent | None:
        """The torrent of that infohash, under whatever id it is held.

        A hybrid is not found by its v1 hash, so those that we use are looked through as well.
        """
        ids = "|".join(filter(None, (infohash, other_id)))
        return _of(infohash, await self._list({"hashes": ids})) or _of(
            infohash, await self._list({"tag": USED})
        )

    async def _list(self, query: Mapping[str, str], purpose: Purpose = Purpose.ADD) -> list[Torrent]:
        elements: list[Raw] = await self._http.call(
            "GET", f"{API}/torrents/info", list[Raw], query=query, purpose=purpose
        )
        return each(elements, Torrent, self._odd)

    def _odd(self, element: Raw) -> Torrent | None:
        """A torrent that lists oddly is still there; only one without a hash cannot be known again."""
        log.warning("odd_remote_item", provider=self._name)
        known = decoded(element)
        if known is None:
            return None
        return Torrent(hash=known.hash, infohash_v1=known.infohash_v1, state="odd")

    # -- adding

    async def _add(self, source: Source) -> Torrent | None:
        """The new torrent, stopped as soon as its files are known; None while it is not listed."""
        form: dict[str, str | int] = {
            "category": USED,
            "tags": ",".join((USED, ADDED, UNPREPARED)),
            "contentLayout": "Subfolder",  # whatever the preference: every torrent in a folder of its own
        }
        stopped = "true" if source.metainfo else "false"  # a stopped magnet never finds its metadata
        form |= {"paused": stopped, "stopped": stopped}  # the name until 4.6, the name from 5.0 on
        upload = None
        if source.metainfo:
            upload = Upload("torrents", f"{source.infohash}.torrent", source.metainfo)
        else:
            form |= {"urls": source.magnet, "stopCondition": "MetadataReceived"}
        try:
            await self._post("add", form, upload)
        except Refusal as refusal:  # so it answers to what it cannot read, and to what it holds or is adding
            unread = refusal.reason is Reason.BAD_SOURCE
            held = await self._soon(partial(self._among_all, source.infohash)) if unread else None
            if held is None:
                raise
            return held
        return await self._soon(partial(self._find, source.infohash, source.infohash_v2[:40]))

    async def _among_all(self, infohash: str) -> Torrent | None:
        return _of(infohash, await self._list({}))

    async def _soon(self, look: Callable[[], Awaitable[Torrent | None]]) -> Torrent | None:
        """What `look` finds, once it is there and has been looked through: that takes a moment."""
        for lag in LAG:
            torrent = await look()
            if torrent is not None and torrent.state != "checkingResumeData":
                return torrent
            await self._http.clock.sleep(lag)
        return await look()

    # -- choosing files

    async def _prepared(self, torrent: Torrent, rules: ContentRules) -> RemoteItem:
        """The item once it needs nothing more from us. Raises Refusal when it has nothing for us."""
        if not torrent.has_metadata:
            await self._mark(torrent)
            return torrent.remote()
        files = await self._files(torrent)
        try:
            await self._folder(torrent, files)
            changed = torrent.is_ours and await self._choose(torrent, files, rules)
        except Refusal:
            if torrent.item_state is ItemState.UNPREPARED:  # else others may be using it
                await self._delete(torrent, files=True)
            raise
        if not torrent.is_ours:
            self._check_theirs(torrent, files, rules)
            await self._mark(torrent)
        if changed:
            torrent = await self._find(torrent.infohash, torrent.hash) or torrent
            files = await self._files(torrent)
        return await self._item(torrent, files, rules)

    async def _choose(self, torrent: Torrent, files: Sequence[File], rules: ContentRules) -> bool:
        """Have our torrent fetch what is wanted; say whether anything was changed."""
        chosen = self._wanted(files, rules)
        missed = [file for file in chosen if file.priority == SKIPPED]
        await self._prioritise(torrent, missed, NORMAL)
        if torrent.item_state is not ItemState.UNPREPARED:
            return bool(missed)
        await self._prioritise(torrent, [file for file in files if file not in chosen], SKIPPED)
        await self._start_it(torrent)
        await self._post("removeTags", {"hashes": torrent.hash, "tags": UNPREPARED})
        return True

    def _check_theirs(self, torrent: Torrent, files: Sequence[File], rules: ContentRules) -> None:
        """Raise Refusal unless somebody else's torrent, left as it is, holds all that we want."""
        if torrent.item_state is ItemState.FAILED:
            detail = f"somebody else's torrent of this hash has lost its files ({torrent.state})"
            raise Refusal(self._name, detail, reason=Reason.PATH_NOT_VISIBLE)
        if missed := [file for file in self._wanted(files, rules) if file.priority == SKIPPED]:
            detail = f"somebody else's torrent of this hash leaves out {missed[0].name}"
            raise Refusal(self._name, detail, reason=Reason.REFUSED_BY_POLICY)

    async def _mark(self, torrent: Torrent) -> None:
        """Have the list of what we use show the torrent."""
        if not torrent.is_used:
            await self._post("addTags", {"hashes": torrent.hash, "tags": USED})

    def _wanted(self, files: Sequence[File], rules: ContentRules) -> list[File]:
        root, by_index = root_of(files), {str(file.index): file for file in files}
        remote = [remote_file(file, root) for file in files]
        chosen = wanted(remote, rules)
        if not chosen:
            raise Refusal(self._name, nothing_wanted(remote), reason=Reason.REFUSED_BY_POLICY)
        return [by_index[file.id] for file in chosen]

    async def _prioritise(self, torrent: Torrent, files: Sequence[File], priority: int) -> None:
        if files:
            ids = "|".join(str(file.index) for file in files)
            await self._post("filePrio", {"hash": torrent.hash, "id": ids, "priority": priority})

    async def _start_it(self, torrent: Torrent) -> None:
        try:
            await self._post(self._start, {"hashes": torrent.hash})
        except Missing:  # the other release's name; what is gone would not be missed here
            self._start = "resume" if self._start == "start" else "start"
            await self._post(self._start, {"hashes": torrent.hash})

    # -- what it holds

    async def _files(self, torrent: Torrent) -> list[File]:
        files: list[File] = await self._http.call(
            "GET", f"{API}/torrents/files", list[File], query={"hash": torrent.hash}
        )
        return files

    async def _item(self, torrent: Torrent, files: Sequence[File], rules: ContentRules) -> RemoteItem:
        """The torrent; when it is complete with its files, named as the mount shows it."""
        if torrent.item_state is not ItemState.DONE:
            return torrent.remote()
        root = root_of(files)
        fetched = [file for file in self._wanted(files, rules) if file.priority != SKIPPED]
        chosen = tuple(remote_file(file, root) for file in fetched)
        return torrent.remote(await self._folder(torrent, files), chosen)

    async def _folder(self, torrent: Torrent, files: Sequence[File]) -> str:
        """The torrent's folder below the default save path. Raises Refusal when it lies elsewhere."""
        top = (await self._preferences()).save_path
        folder = folder_below(top, torrent, files)
        if folder is None:
            detail = f"it keeps the torrent in {torrent.save_path}, not in a folder below {top}"
            raise Refusal(self._name, detail, reason=Reason.PATH_NOT_VISIBLE)
        return folder

    async def _preferences(self) -> Preferences:
        preferences: Preferences = await self._http.call("GET", f"{API}/app/preferences", Preferences)
        return preferences

    # -- changing

    async def _delete(self, torrent: Torrent, *, files: bool) -> None:
        """Delete a torrent of ours, with its `files` or without them."""
        form = {"hashes": torrent.hash, "deleteFiles": "true" if files else "false"}
        await self._post("delete", form)

    async def _post(self, action: str, form: Mapping[str, str | int], upload: Upload | None = None) -> None:
        await self._http.call("POST", f"{API}/torrents/{action}", form=form, upload=upload)


def _of(infohash: str, torrents: Iterable[Torrent]) -> Torrent | None:
    """The torrent among `torrents` that has this infohash, as its own or as its id."""
    return next((t for t in torrents if infohash in (t.infohash, t.hash.lower())), None)


PROVIDER = ProviderSpec(
    name="qbittorrent",
    title="qBittorrent",
    http=HttpSpec(
        name="qbittorrent",
        base_url="http://127.0.0.1:8080/",
        authorize=authorize,
        fault=fault,
        is_fault=is_fault,
        login=Login(
            path=f"{API}/auth/login",
            form=credentials,
            is_needed=lacks_session,
            refusal=login_refusal,
        ),
        rests=True,
    ),
    connect=Qbittorrent,
    last_resort=True,
    local=True,
)
