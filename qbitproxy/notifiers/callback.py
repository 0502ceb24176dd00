"""A JSON document posted to the URL that came with an add.

Source: Decypharr v1.1.6, `sendCallback` (status, completedAt, error, torrent). Its `debrid` member, which
carries the Arr's host and key, is reduced to the provider's name and the remote item's id; `id`, `type` and
`time` are ours.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import aiohttp
import msgspec

from qbitproxy.core.faults import Unreachable
from qbitproxy.core.torrent import Failed, Torrent, content_path, remote_of

OWNER = "callback"


def payload(torrent: Torrent, event_id: int, at: datetime) -> bytes:
    """What a callback says of a torrent that is finished or has failed, as JSON.

    `id` is the same for every try of the same event, so that a receiver can tell a repeat.
    """
    phase = torrent.phase
    failed = phase if isinstance(phase, Failed) else None
    remote = remote_of(torrent)
    return msgspec.json.encode(
        {
            "id": f"{torrent.infohash}-{event_id}",
            "type": "torrent.failed" if failed else "torrent.completed",
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

    def __init__(self, session: aiohttp.ClientSession, deadline: timedelta) -> None:
        self._session, self.deadline = session, deadline

    async def deliver(self, url: str, body: bytes) -> None:
        """Post `body`. Raises Unreachable: receivers come back, so every failure may be tried again."""
        headers = {"Content-Type": "application/json", "User-Agent": "qbitproxy"}
        try:
            async with (
                asyncio.timeout(self.deadline.total_seconds()),
                self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                if not 200 <= answer.status < 300:
                    raise Unreachable(OWNER, f"answered {answer.status}")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as failure:
            raise Unreachable(OWNER, type(failure).__name__) from None
