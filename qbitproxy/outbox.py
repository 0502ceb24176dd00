"""Callbacks that wait to be delivered, across restarts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from qbitproxy.store import Store
from qbitproxy.store import deliveries as sql
from qbitproxy.store.deliveries import Delivery

__all__ = ["Delivery", "Outbox"]


class Outbox:
    """The deliveries that are not settled yet."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def queue(self, deliveries: Sequence[Delivery], reader: str, seq: int) -> None:
        """Keep `deliveries`, durable when this returns; `reader` is done with the journal up to `seq`.

        The same journal line and URL twice is one delivery.
        """
        await self._store.write(partial(sql.queue, deliveries=deliveries, reader=reader, seq=seq))

    async def due(self, now: datetime, limit: int = 20) -> list[Delivery]:
        """The deliveries to be tried now."""
        return await self._store.read(partial(sql.due, now=now, limit=limit))

    async def settle(self, delivery: Delivery) -> None:
        """Remember what came of a try."""
        await self._store.write(partial(sql.settle, delivery=delivery))
