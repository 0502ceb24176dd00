"""Who refers to which remote item, with what nobody refers to: the only writer of both."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from qbitproxy.core.clock import Clock
from qbitproxy.core.orphans import Kind, Orphan, Survey
from qbitproxy.core.references import Reference, Walk
from qbitproxy.core.torrent import Remote
from qbitproxy.store import Store
from qbitproxy.store import references as sql

__all__ = ["References"]


class References:
    """What surveys saw; every change is durable when its method returns."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Load what the last survey came to from `store`."""
        self._store, self._clock = store, clock
        self.last: Survey | None = store.load(sql.last_survey)
        self.wishes = int(self._is_wish_left(store.load(sql.asked_at)))  # of a person, for one more
        self.believing = False  # it is to believe a library that lost much
        self._told: set[tuple[str, int]] = set()  # owners of which something became since `due` was asked
        self.walked: int | None = None  # files that the survey under way has come by, None between surveys

    # -- who refers to what

    async def changed(self, arr: str, media_id: int) -> None:
        """Note that something became of the files of a series, movie, artist or author."""
        self._told.add((arr, media_id))
        await self._store.write(partial(sql.mark_due, arr=arr, media_id=media_id))

    async def due(self, limit: int) -> list[tuple[str, int]]:
        """At most `limit` owners of which something became: Arr and media id."""
        self._told.clear()
        return await self._store.read(partial(sql.due, limit=limit))

    async def refer(self, found: Sequence[Reference], at: datetime) -> None:
        """Note files that a walk which began at `at` came by."""
        await self._store.write(partial(sql.refer, found=found, at=at))

    async def keep(self, arr: str, paths: Sequence[str], at: datetime) -> None:
        """Note files that a walk came by without seeing what they refer to: it is what it was."""
        await self._store.write(partial(sql.keep, arr=arr, paths=paths, at=at))

    async def missed(self, arr: str, since: datetime, after: str, limit: int) -> list[str]:
        """At most `limit` files that follow `after` by path, and that the walk of then did not come by."""
        return await self._store.read(partial(sql.missed, arr=arr, since=since, after=after, limit=limit))

    async def files_of(self, arr: str, media_id: int) -> list[str]:
        """The files of one owner that refer to something."""
        return await self._store.read(partial(sql.files_of, arr=arr, media_id=media_id))

    async def replace_owner(
        self, arr: str, media_id: int, found: Sequence[Reference], kept: Collection[str]
    ) -> None:
        """Note all that the files of one owner refer to now; for those that are `kept` it is what it was.

        The owner is due no more, unless something became of it since `due` told of it.
        """
        at = self._clock.now()
        change = partial(sql.replace_owner, arr=arr, media_id=media_id, found=found, kept=kept, at=at)
        await self._store.write(change)
        if (arr, media_id) not in self._told:
            await self._store.write(partial(sql.mark_done, arr=arr, media_id=media_id))

    async def end_walk(self, walk: Walk, providers: Collection[str]) -> None:
        """Note that a library was walked to its end: no other file of it refers to what `providers` hold."""
        await self._store.write(partial(sql.end_walk, walk=walk, providers=providers))

    async def walks(self) -> Mapping[str, Walk]:
        """The last whole walk through each library, by Arr; "" for the folders that belong to none."""
        return {walk.arr: walk for walk in await self._store.read(sql.walks)}

    async def forget_arr(self, arr: str) -> int:
        """Drop what an Arr that is no more refers to; return how many files that were."""
        return await self._store.write(partial(sql.forget_arr, arr=arr))

    async def referring(self, remote: Remote, limit: int) -> list[Reference]:
        """At most `limit` files that refer to an item."""
        return await self._store.read(partial(sql.referring, remote=remote, limit=limit))

    async def referred(self, provider: str) -> set[str]:
        """The ids of the items of a provider that some file refers to."""
        return await self._store.read(partial(sql.referred, provider=provider))

    async def own(self, provider: str) -> set[str]:
        """The ids of the items that we had a provider fetch."""
        return await self._store.read(partial(sql.own, provider=provider))

    # -- orphans

    async def put_orphans(
        self, found: Sequence[Orphan], looked_for: Collection[tuple[Kind, str]], survey: Survey
    ) -> None:
        """Keep what a survey found, in the place of what earlier ones found of the same."""
        await self._store.write(partial(sql.put_orphans, found=found, looked_for=looked_for, survey=survey))
        self.last = survey

    async def orphans(self, kind: Kind | None = None, after: int = 0, limit: int = 1000) -> list[Orphan]:
        """At most `limit` orphans, of one kind or all, that follow number `after`."""
        return await self._store.read(partial(sql.orphans, kind=kind, after=after, limit=limit))

    async def totals(self) -> Mapping[Kind, tuple[int, int]]:
        """How many orphans of each kind there are, with their bytes."""
        return await self._store.read(sql.totals)

    async def ask(self, numbers: Sequence[int], *, despite: bool = False) -> list[int]:
        """Note that a person wants orphans gone, for a survey to look at first.

        With `despite` its doubts do not count. The numbers of those that we would remove.
        """
        at = self._clock.now()
        known = await self._store.write(partial(sql.ask, numbers=numbers, at=at, despite=despite))
        if known:
            self.want()
        return known

    async def drop_orphan(self, orphan: Orphan) -> None:
        """Forget an orphan that is gone."""
        await self._store.write(partial(sql.drop_orphan, orphan=orphan))

    async def tell(self, orphan: Orphan, outcome: str, *, over: bool) -> None:
        """Note why an orphan is still there; once that is `over`, a person has to ask again."""
        await self._store.write(partial(sql.tell, orphan=orphan, outcome=outcome, over=over))

    # -- surveys

    def want(self, *, believe: bool = False) -> None:
        """Have a survey begin now; with `believe` a library counts, however much it lost."""
        self.wishes, self.believing = self.wishes + 1, believe or self.believing

    def _is_wish_left(self, asked_at: datetime | None) -> bool:
        """Whether no survey began since a person wanted an orphan gone, as far as clocks can be trusted."""
        if asked_at is None or self.last is None:
            return asked_at is not None
        return self.last.began_at < asked_at or self.last.began_at > self._clock.now()
