"""Notices on their way into the outbox, to those targets that want them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from qbitproxy.core.notices import Kind, Notice
from qbitproxy.notifiers.ways import TARGET
from qbitproxy.outbox import Delivery, Outbox


class Notices:
    """Who is to be told of what."""

    def __init__(self, outbox: Outbox, wishes: Mapping[str, Collection[Kind]]) -> None:
        """`wishes` are the kinds that each target, by its name in the settings, wants."""
        self._outbox, self._wishes = outbox, wishes

    async def tell(self, event_id: str, notice: Notice) -> None:
        """Have everybody told who wants to be, durable when this returns; once for each event."""
        if deliveries := self.deliveries(event_id, notice):
            await self._outbox.put(deliveries)

    def deliveries(self, event_id: str, notice: Notice, torrent: int = 0) -> list[Delivery]:
        """What is to be sent; `torrent` is the id of the one it is about."""
        return [
            Delivery(
                event_id=event_id,
                torrent=torrent,
                kind=notice.kind,
                receiver=f"{TARGET}{name}",
                url=f"{TARGET}{name}",
                payload=msgspec.json.encode(notice),
                created=notice.at,
                due=notice.at,
            )
            for name, wanted in self._wishes.items()
            if notice.kind in wanted
        ]
