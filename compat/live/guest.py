"""A provider in the hands of somebody who is only a guest of the account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from typing import TypeVar

from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Busy, Fault, Unreachable
from qbitproxy.core.ports import Account, Link, Provider, RemoteItem, Source
from qbitproxy.core.release import ContentRules
from qbitproxy.core.torrent import RemoteFile

T = TypeVar("T")

PATIENCE = timedelta(minutes=5)
"""How long a guest waits in all when a service asks it to."""

UNTOLD_WAIT = 15.0  # seconds, when the service does not say how long
ATTEMPTS = 3  # at leaving


class AlreadyThere(Exception):
    """The account holds, or is told to let go of, what was there before the guest came."""


class Guest:
    """What each verb promises is written once, in `core.ports.Provider`.

    Waits when it is asked to, remembers what it added, lets go of nothing else.
    """

    def __init__(self, provider: Provider, clock: Clock) -> None:
        self._provider, self._clock = provider, clock
        self._before: frozenset[str] = frozenset()
        self._added: dict[str, None] = {}  # ids in the order of their coming
        self._released: set[str] = set()
        self._submitted: set[str] = set()  # infohashes that were ever handed in
        self.links: list[str] = []  # what was made good: a service may list that too

    def arrive(self, there: list[RemoteItem]) -> None:
        """Take the items that are there for somebody else's."""
        self._before = frozenset(item.id for item in there)

    @property
    def has_submitted(self) -> bool:
        return bool(self._submitted)

    async def account(self) -> Account:
        return await self._patiently(self._provider.account)

    async def items(self) -> list[RemoteItem]:
        return await self._patiently(self._provider.items)

    async def submit(self, source: Source, rules: ContentRules, without: Collection[str] = ()) -> RemoteItem:
        """Raises AlreadyThere when the account held it before."""
        self._submitted.add(source.infohash)
        item = await self._patiently(lambda: self._provider.submit(source, rules, without))
        if item.id in self._before:
            raise AlreadyThere
        self._added[item.id] = None
        self._released.discard(item.id)  # some services give the same id again
        return item

    async def contents(self, item_id: str, rules: ContentRules) -> RemoteItem:
        return await self._patiently(lambda: self._provider.contents(item_id, rules))

    async def link(self, file: RemoteFile) -> Link:
        self.links.append(file.link)
        return await self._patiently(lambda: self._provider.link(file))

    async def release(self, item_id: str) -> None:
        """Raises AlreadyThere for what the guest did not bring."""
        if item_id in self._before:
            raise AlreadyThere
        await self._patiently(lambda: self._provider.release(item_id))
        self._released.add(item_id)

    async def leave(self) -> tuple[list[str], list[str]]:
        """Let go of all that was added; return the ids of (what stayed, what is gone of the others').

        Raises a `Fault` when that cannot be told.
        """
        unreleased = [item_id for item_id in self._added if item_id not in self._released]
        for item_id in dict.fromkeys([*unreleased, *await self._ours()]):
            await self._stubbornly(item_id)
        left = await self._ours()
        there = {item.id for item in await self.items()}
        return left, sorted(self._before - there)

    async def _ours(self) -> list[str]:
        """Of the listed items those that came with us; one may have come though its answer was lost."""
        return [
            item.id
            for item in await self.items()
            if item.id not in self._before and (item.id in self._added or item.infohash in self._submitted)
        ]

    async def _stubbornly(self, item_id: str) -> None:
        for _ in range(ATTEMPTS):
            try:
                await self.release(item_id)
            except Unreachable as fault:
                await self._clock.sleep(timedelta(seconds=fault.retry_after or UNTOLD_WAIT))
            except Fault:  # the list will show that it stayed
                return
            else:
                return

    async def _patiently(self, verb: Callable[[], Awaitable[T]]) -> T:
        """What `verb` answers. Raises what it raises, Busy only when patience is at its end."""
        until = self._clock.monotonic() + PATIENCE.total_seconds()
        while True:
            try:
                return await verb()
            except Busy as busy:
                wait = max(busy.retry_after or UNTOLD_WAIT, 1.0)
                if self._clock.monotonic() + wait > until:
                    raise
                await self._clock.sleep(timedelta(seconds=wait))
