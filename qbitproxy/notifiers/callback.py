"""A signed JSON document posted to whoever an add, an Arr or the settings name.

Source: Decypharr v1.1.6, `sendCallback` (status, completedAt, error, torrent). Its `debrid` member, which
carries the Arr's host and key, is reduced to the provider's name and the remote item's id; `id`, `type` and
`time` are ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import aiohttp
import msgspec

from qbitproxy import __version__
from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Unreachable
from qbitproxy.core.torrent import Failed, Torrent, content_path, remote_of
from qbitproxy.notifiers.signature import Signer
from qbitproxy.outbox import Delivery

OWNER = "callback"


def kind_of(torrent: Torrent) -> str:
    """The type of the event that left `torrent` as it is."""
    return "torrent.failed" if isinstance(torrent.phase, Failed) else "torrent.completed"


def receiver_of(url: str) -> str:
    """Scheme, host and port of `url`: enough to know it again, without what it may hold as a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def payload(torrent: Torrent, event_id: str, at: datetime) -> bytes:
    """What a callback says of a torrent that is finished or has failed, as JSON.

    `event_id` is the same for every try of the same event, so that a receiver can tell a repeat.
    """
    phase = torrent.phase
    failed = phase if isinstance(phase, Failed) else None
    remote = remote_of(torrent)
    return msgspec.json.encode(
        {
            "id": event_id,
            "type": kind_of(torrent),
            "time": at,
            "status": "failed" if failed else "completed",
            "completedAt": None if failed else torrent.completed_at,
            "error": f"{failed.reason}: {failed.detail}" if failed else None,
            "torrent": {
                "hash": torrent.infohash,
                "name": torrent.name,
                "category": torrent.category,
                "size": torrent.size or 0,
                "save_path": torrent.save_path,
                "content_path": content_path(torrent),
                "added_on": int(torrent.added_at.timestamp()),
                "state": "error" if failed else "pausedUP",
            },
            "debrid": {"name": remote.provider, "id": remote.id} if remote else None,
        }
    )


class Callback:
    """Posts payloads through a session that dials allowed addresses only."""

    most = 1
    pause = timedelta()

    def __init__(self, session: aiohttp.ClientSession, deadline: timedelta, signer: Signer) -> None:
        self._session, self.deadline, self._signer = session, deadline, signer

    async def deliver(self, deliveries: Sequence[Delivery], clock: Clock) -> None:
        """Post the one of `deliveries`, signed. Raises Unreachable: receivers come back."""
        [delivery] = deliveries
        url, body = delivery.url, delivery.payload
        headers = {"Content-Type": "application/json", "User-Agent": f"qbitproxy/{__version__}"}
        headers |= self._signer.headers(delivery.event_id, clock.now(), body)
        try:
            async with (
                asyncio.timeout(self.deadline.total_seconds()),
                self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                if not 200 <= answer.status < 300:
                    raise Unreachable(OWNER, f"answered {answer.status}")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as failure:
            raise Unreachable(OWNER, type(failure).__name__) from None
