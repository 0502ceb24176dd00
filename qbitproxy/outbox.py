"""Webhooks and notifications that wait to be delivered, across restarts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from qbitproxy.store import Store
from qbitproxy.store import deliveries as sql
from qbitproxy.store.deliveries import Delivery, State

__all__ = ["Delivery", "Outbox", "State"]


class Outbox:
    """Every delivery, settled ones included until they are old."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def queue(self, deliveries: Sequence[Delivery], reader: str, seq: int) -> None:
        """Keep `deliveries`, durable when this returns; `reader` is done with the journal up to `seq`.

        The same event for the same URL twice is one delivery.
        """
        await self._store.write(partial(sql.queue, deliveries=deliveries, reader=reader, seq=seq))

    async def put(self, deliveries: Sequence[Delivery]) -> None:
        """Keep deliveries that no journal line called for, durable when this returns."""
        await self._store.write(partial(sql.put, deliveries=deliveries))

    async def receivers_due(self, now: datetime) -> list[str]:
        """The receivers for whom something is to be tried now."""
        return await self._store.read(partial(sql.receivers_due, now=now))

    async def due(self, receiver: str, now: datetime, limit: int) -> list[Delivery]:
        """At most `limit` deliveries that `receiver` is to get now; one torrent's events stay in order."""
        return await self._store.read(partial(sql.due, receiver=receiver, now=now, limit=limit))

    async def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Remember what came of a try."""
        await self._store.write(partial(sql.settle, deliveries=deliveries))

    async def listed(self, state: State | None, before: int, limit: int) -> list[Delivery]:
        """At most `limit` deliveries with ids below `before`, the newest first."""
        return await self._store.read(partial(sql.listed, state=state, before=before, limit=limit))

    async def counts(self) -> Mapping[State, int]:
        """How many deliveries are in each state."""
        return await self._store.read(sql.counts)

    async def replay(self, now: datetime, number: int | None = None) -> int:
        """Try a dead delivery again, or every dead one; return how many."""
        return await self._store.write(partial(sql.replay, number=number, now=now))

    async def trim(self, before: datetime) -> int:
        """Drop deliveries settled before; return how many."""
        return await self._store.write(partial(sql.trim, before=before))
