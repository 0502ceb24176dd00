"""The torrents in memory together with their only writer."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from qbitproxy.core.clock import Clock
from qbitproxy.core.draft import MOST_TRACKERS, Draft, by_tier, torrent_of, trackers_of
from qbitproxy.core.events import Added, Event, Retracked, Retried, Split, StaleEvent, evolve, part_of
from qbitproxy.core.ports import Source
from qbitproxy.core.telemetry import NOTHING_SEEN, Telemetry
from qbitproxy.core.torrent import Failed, Gone, Remote, Removing, Torrent, origin
from qbitproxy.store import Store
from qbitproxy.store import torrents as sql
from qbitproxy.store.torrents import Category, Change, JournalLine

__all__ = ["Category", "Draft", "JournalLine", "Library", "StaleEvent", "Telemetry", "UnknownTorrent"]

BATCH = 256


class UnknownTorrent(Exception):
    """No torrent has this id or infohash."""


class _Happening(Struct, frozen=True):
    """An event of one torrent."""

    torrent_id: int
    event: Event


class _Intent(Struct, frozen=True):
    """A change that somebody waits for."""

    wish: Draft | _Happening
    answer: asyncio.Future[Torrent]


class Library:
    """Every torrent; reads are synchronous from memory, changes are durable before they show."""

    def __init__(self, store: Store, clock: Clock, download_root: Path) -> None:
        """Load everything from `store`. `run` must be running before anything is recorded."""
        self.version = 0
        self.categories: Mapping[str, Category] = store.load(sql.categories)
        self.tags: tuple[str, ...] = tuple(store.load(sql.tags))
        self.preferences: Mapping[str, Any] = store.load(sql.preferences)
        self._store, self._clock, self._root = store, clock, download_root
        self._torrents: dict[int, Torrent] = {}
        self._named: dict[str, tuple[int, ...]] = {}  # ids by infohash, and by a hybrid's cut v2 hash
        self._parts: dict[str, tuple[int, ...]] = {}  # ids by the infohash of the whole
        self._telemetry: dict[int, Telemetry] = {}
        self._changed: dict[int, int] = {}  # torrent id -> version of its last change, latest last
        self._bell = asyncio.Event()
        self._intents: asyncio.Queue[_Intent | None] = asyncio.Queue()
        for torrent in store.load(sql.torrents):
            self._hold(torrent)
        self._last_id = store.load(sql.last_id)

    # -- reading

    def listed(self) -> list[Torrent]:
        """Every torrent that is not on its way out, by id."""
        return [t for t in self._torrents.values() if not isinstance(t.phase, Removing)]

    def all(self) -> list[Torrent]:
        """Every torrent there is a row of."""
        return list(self._torrents.values())

    def get(self, torrent_id: int) -> Torrent | None:
        """The torrent of this id."""
        return self._torrents.get(torrent_id)

    def with_infohash(self, infohash: str) -> list[Torrent]:
        """The listed torrents that go by `infohash` (v1, or a hybrid's v2 hash cut to 40), in any case."""
        return [t for t in self._going_by(infohash.lower()) if not isinstance(t.phase, Removing)]

    def parts_of(self, infohash: str) -> list[Torrent]:
        """The seasons of a torrent that are torrents of their own, on their way out or not."""
        return [self._torrents[torrent_id] for torrent_id in sorted(self._parts.get(infohash, ()))]

    def family(self, torrent: Torrent) -> list[Torrent]:
        """The other listed torrents that may share its remote item: same infohash, seasons of it."""
        name = origin(torrent)
        kin = (*self.with_infohash(name), *self.parts_of(name))
        return [t for t in kin if t.id != torrent.id and not isinstance(t.phase, Removing)]

    def find(self, infohash: str, category: str) -> Torrent | None:
        """The listed torrent of this identity."""
        return next((t for t in self.with_infohash(infohash) if t.category == category), None)

    def telemetry(self, torrent_id: int) -> Telemetry:
        """What was last seen of a torrent."""
        return self._telemetry.get(torrent_id, NOTHING_SEEN)

    def save_path(self, category: str) -> str:
        """The absolute folder that a category's torrents are placed in; that of "" is everybody's."""
        known = self.categories.get(category)
        if known is not None and known.save_path:
            return str(self._root / known.save_path)
        return str(self._usual_folder() / category)

    def _usual_folder(self) -> Path:
        """What a client chose, as long as it lies below the download root."""
        chosen = Path(self.preferences.get("save_path") or self._root)
        inside = chosen.is_relative_to(self._root) and ".." not in chosen.parts
        return chosen if inside else self._root

    def changed_since(self, version: int) -> list[int]:
        """Ids of the torrents that changed or went after `version`, latest first."""
        ids: list[int] = []
        for torrent_id in reversed(self._changed):
            if self._changed[torrent_id] <= version:
                break
            ids.append(torrent_id)
        return ids

    # -- waiting

    async def changed(self, after: int) -> int:
        """Wait until something changed after version `after`; return the version now."""
        while self.version <= after:
            await self._bell.wait()
        return self.version

    async def until(self, torrent_id: int, fact: Callable[[Torrent], bool]) -> Torrent:
        """Wait until `fact` holds of the torrent. Raises UnknownTorrent once it is gone."""
        while True:
            version = self.version
            torrent = self._torrents.get(torrent_id)
            if torrent is None:
                raise UnknownTorrent(str(torrent_id))
            if fact(torrent):
                return torrent
            await self.changed(version)

    # -- changing

    async def accept(self, draft: Draft) -> Torrent:
        """Make `draft` a torrent, durable when this returns.

        The same infohash in the same category is the same torrent: a failed one is tried again, any other
        is returned as it is.
        """
        return await self._ask(draft)

    async def record(self, torrent_id: int, event: Event) -> Torrent:
        """Let `event` happen to a torrent, durable when this returns.

        Raises StaleEvent when it does not fit any more, UnknownTorrent when there is none.
        """
        return await self._ask(_Happening(torrent_id, event))

    def observe(self, torrent_id: int, telemetry: Telemetry) -> None:
        """Show what was seen of a torrent."""
        if torrent_id in self._torrents and self._telemetry.get(torrent_id) != telemetry:
            self._telemetry[torrent_id] = telemetry
            self._mark(torrent_id)
            self._ring()

    # -- what clients file torrents under

    async def put_category(self, category: Category) -> None:
        """Create or change a category, durable when this returns."""
        await self._store.write(partial(sql.put_category, category=category))
        self.categories = {**self.categories, category.name: category}
        self._ring()

    async def drop_categories(self, names: Iterable[str]) -> None:
        """Forget categories; their torrents keep the name until somebody gives them another."""
        gone = tuple(names)
        await self._store.write(partial(sql.drop_categories, names=gone))
        self.categories = {name: c for name, c in self.categories.items() if name not in gone}
        self._ring()

    async def put_tags(self, names: Iterable[str]) -> None:
        """Create tags, durable when this returns."""
        new = tuple(names)
        await self._store.write(partial(sql.put_tags, names=new))
        self.tags = tuple(sorted({*self.tags, *new}))
        self._ring()

    async def drop_tags(self, names: Iterable[str]) -> None:
        """Forget tags; torrents that carry them are the caller's to adjust."""
        gone = tuple(names)
        await self._store.write(partial(sql.drop_tags, names=gone))
        self.tags = tuple(tag for tag in self.tags if tag not in gone)
        self._ring()

    async def prefer(self, changes: Mapping[str, Any]) -> None:
        """Merge what a client set into the preferences, durable when this returns."""
        await self._store.write(partial(sql.put_preferences, changes=dict(changes)))
        self.preferences = {**self.preferences, **changes}
        self._ring()

    # -- what is on disk only

    async def source(self, infohash: str) -> Source:
        """What was handed in for `infohash`. Raises UnknownTorrent."""
        found = await self._store.read(partial(sql.source, infohash=infohash))
        if found is None:
            raise UnknownTorrent(infohash)
        return found

    async def history(self, torrent_id: int) -> list[JournalLine]:
        """Everything that happened to one torrent, oldest first; also after it has gone."""
        return await self._store.read(partial(sql.history, torrent_id=torrent_id))

    async def journal(self, after: int, limit: int = 500) -> list[JournalLine]:
        """At most `limit` journal lines that follow line `after`, oldest first."""
        return await self._store.read(partial(sql.journal, after=after, limit=limit))

    async def may_go(self, remote: Remote) -> bool:
        """Whether a remote item is ours, with no library that may point at it."""
        return await self._store.read(partial(sql.may_go, remote=remote))

    async def is_ours(self, remote: Remote) -> bool:
        """Whether we are known to have put a remote item into the account."""
        return await self._store.read(partial(sql.is_ours, remote=remote))

    async def events_since(self, tag: str, since: datetime) -> list[JournalLine]:
        """Every journal line of one kind of event after `since`, oldest first."""
        return await self._store.read(partial(sql.events_since, tag=tag, since=since))

    async def cursor(self, reader: str) -> int:
        """The last journal line that `reader` is done with."""
        return await self._store.read(partial(sql.cursor, reader=reader))

    async def move_cursor(self, reader: str, seq: int) -> None:
        """Remember that `reader` is done with every line up to `seq`."""
        await self._store.write(partial(sql.move_cursor, reader=reader, seq=seq))

    async def trim_journal(self, before: datetime) -> int:
        """Drop read lines of torrents long gone; return how many."""
        return await self._store.write(partial(sql.trim_journal, before=before))

    # -- the writer

    async def run(self) -> None:
        """Write until `close`. If a commit fails this raises, because then nothing may be promised."""
        while True:
            intents = await self._next_intents()
            last = intents and intents[-1] is None
            await self._commit([intent for intent in intents if intent is not None])
            if last:
                return

    def close(self) -> None:
        """Let `run` finish what was asked so far, then return."""
        self._intents.put_nowait(None)

    async def _ask(self, wish: Draft | _Happening) -> Torrent:
        intent = _Intent(wish, asyncio.get_running_loop().create_future())
        self._intents.put_nowait(intent)
        return await intent.answer

    async def _next_intents(self) -> list[_Intent | None]:
        intents = [await self._intents.get()]
        while intents[-1] is not None and len(intents) < BATCH and not self._intents.empty():
            intents.append(self._intents.get_nowait())
        return intents

    async def _commit(self, intents: list[_Intent]) -> None:
        """Stage every intent on top of those before it, commit them together, then show and answer."""
        at = self._clock.now()
        staged: dict[int, Torrent] = {}
        changes: list[Change] = []
        answers: list[tuple[_Intent, Torrent]] = []
        for intent in intents:
            try:
                torrent, changed = self._stage(intent.wish, staged, at)
            except (StaleEvent, UnknownTorrent) as refused:
                _answer(intent, refused)
                continue
            staged.update({change.torrent.id: change.torrent for change in changed})
            changes.extend(changed)
            answers.append((intent, torrent))
        try:
            if changes:
                await self._store.write(partial(sql.commit, changes=changes))
        except sqlite3.Error as failure:
            for intent, _ in answers:
                _answer(intent, failure)
            raise
        for torrent in staged.values():
            self._hold(torrent)
            self._mark(torrent.id)
        if staged:
            self._ring()
        for intent, torrent in answers:
            _answer(intent, torrent)

    def _stage(
        self, wish: Draft | _Happening, staged: dict[int, Torrent], at: datetime
    ) -> tuple[Torrent, list[Change]]:
        """The torrent as it will be, with the changes that lead there; none when it stays as it is."""
        if isinstance(wish, Draft):
            return self._stage_draft(wish, staged, at)
        torrent = staged.get(wish.torrent_id) or self._torrents.get(wish.torrent_id)
        if torrent is None or isinstance(torrent.phase, Gone):
            raise UnknownTorrent(str(wish.torrent_id))
        evolved = evolve(torrent, wish.event, at)
        if evolved.category != torrent.category and self._known(evolved.infohash, evolved.category, staged):
            raise StaleEvent(f"{torrent.infohash} is in category {evolved.category!r} already")
        changes = [Change(evolved, wish.event, at)]
        if isinstance(wish.event, Split):
            changes += self._stage_parts(torrent, wish.event, staged, at)
        return evolved, changes

    def _stage_parts(
        self, whole: Torrent, split: Split, staged: dict[int, Torrent], at: datetime
    ) -> list[Change]:
        """The seasons of `whole`; one that is a torrent already stays what it is."""
        changes = []
        for part in split.parts:
            if self._known(part.infohash, whole.category, staged) is None:
                self._last_id += 1
                torrent = part_of(whole, split, part, self._last_id, at)
                changes.append(Change(torrent, Added(torrent), at))
        return changes

    def _stage_draft(
        self, draft: Draft, staged: dict[int, Torrent], at: datetime
    ) -> tuple[Torrent, list[Change]]:
        known = self._known(draft.source.infohash, draft.category, staged)
        if known is None:
            self._last_id += 1
            torrent = torrent_of(draft, self._last_id, at)
            return torrent, [Change(torrent, Added(torrent), at, draft.source)]
        if not isinstance(known.phase, Failed):
            return known, []
        retried = evolve(known, Retried(), at)
        changes = [Change(retried, Retried(), at, draft.source)]
        together = by_tier((*known.trackers, *trackers_of(draft.source)))[:MOST_TRACKERS]
        if together != known.trackers:
            retried = evolve(retried, Retracked(together), at)
            changes.append(Change(retried, Retracked(together), at))
        return retried, changes

    def _known(self, infohash: str, category: str, staged: dict[int, Torrent]) -> Torrent | None:
        candidates = {t.id: t for t in self._going_by(infohash)}
        candidates.update({t.id: t for t in staged.values() if t.infohash == infohash})
        for torrent in candidates.values():
            current = staged.get(torrent.id, torrent)
            if current.category == category and not isinstance(current.phase, Removing | Gone):
                return current
        return None

    # -- memory

    def _going_by(self, name: str) -> list[Torrent]:
        return [self._torrents[torrent_id] for torrent_id in sorted(self._named.get(name, ()))]

    def _hold(self, torrent: Torrent) -> None:
        """Hold `torrent` in the place of what it was before, or let go of it once it is gone."""
        gone = isinstance(torrent.phase, Gone)
        for name in {torrent.infohash, torrent.infohash_v2[:40]} - {""}:
            _file_under(self._named, name, torrent.id, gone)
        if torrent.part_of:
            _file_under(self._parts, torrent.part_of, torrent.id, gone)
        if gone:
            self._torrents.pop(torrent.id, None)
            self._telemetry.pop(torrent.id, None)
        else:
            self._torrents[torrent.id] = torrent

    def _mark(self, torrent_id: int) -> None:
        self._changed.pop(torrent_id, None)
        self._changed[torrent_id] = self.version + 1

    def _ring(self) -> None:
        self.version += 1
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()


def _file_under(index: dict[str, tuple[int, ...]], name: str, torrent_id: int, gone: bool) -> None:
    others = tuple(other for other in index.pop(name, ()) if other != torrent_id)
    if others or not gone:
        index[name] = others if gone else (*others, torrent_id)


def _answer(intent: _Intent, outcome: Torrent | Exception) -> None:
    if intent.answer.done():  # its caller was cancelled meanwhile
        return
    if isinstance(outcome, Exception):
        intent.answer.set_exception(outcome)
    else:
        intent.answer.set_result(outcome)
