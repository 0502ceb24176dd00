"""Messages to a Discord channel, in Discord's own format.

Source: Discord developer documentation, "Execute Webhook" and "Rate Limits", 2026: at most ten embeds and
6000 characters in a message; 204 when it was taken; 429 with `retry_after` in seconds.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Busy, Unreachable
from qbitproxy.core.notices import Kind, Notice
from qbitproxy.notifiers.digest import WORDS, digest, notices_of
from qbitproxy.outbox import Delivery

OWNER = "discord"
ADDRESS = re.compile(r"https?://[^/]+/api(/v\d+)?/webhooks/\d+/[\w-]+/?(\?.*)?")
MOST_EMBEDS = 10
LONGEST_TITLE, LONGEST_TEXT, LONGEST_DIGEST = 250, 300, 4000  # characters

COLOURS = {
    Kind.COMPLETED: 0x2ECC71,
    Kind.FAILED: 0xE74C3C,
    Kind.ACCOUNT: 0xF1C40F,
    Kind.REPAIR_COMPLETED: 0x2ECC71,
    Kind.REPAIR_PENDING: 0xF1C40F,
    Kind.REPAIR_HELD: 0xE67E22,
    Kind.REPAIR_FAILED: 0xE74C3C,
    Kind.ORPHANS_HELD: 0xE67E22,
}


class _Limited(Struct):
    retry_after: float = 1.0  # seconds


class Discord:
    """One channel, by its webhook."""

    most = 100

    def __init__(
        self, session: aiohttp.ClientSession, url: str, deadline: timedelta, pause: timedelta
    ) -> None:
        self._session, self._url, self.deadline, self.pause = session, url, deadline, pause

    async def deliver(self, deliveries: Sequence[Delivery], clock: Clock) -> None:
        """Post everything as one message. Raises Unreachable, Busy."""
        body = msgspec.json.encode({"embeds": _embeds(notices_of(deliveries))})
        try:
            async with (
                asyncio.timeout(self.deadline.total_seconds()),
                self._session.post(
                    self._url, data=body, headers={"Content-Type": "application/json"}, allow_redirects=False
                ) as answer,
            ):
                if answer.status == 429:
                    raise Busy(OWNER, "asks us to slow down", retry_after=_wait(await answer.read()))
                if not 200 <= answer.status < 300:
                    raise Unreachable(OWNER, f"answered {answer.status}")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as failure:
            raise Unreachable(OWNER, type(failure).__name__) from None


def is_discord(url: str) -> bool:
    """Whether `url` is the address of a Discord webhook."""
    return ADDRESS.fullmatch(url) is not None


def _embeds(notices: Sequence[Notice]) -> list[dict[str, Any]]:
    if len(notices) > MOST_EMBEDS:
        title, text = digest(notices)
        worst = Kind.FAILED if any(notice.kind is Kind.FAILED for notice in notices) else notices[0].kind
        return [{"title": title, "description": text[:LONGEST_DIGEST], "color": COLOURS[worst]}]
    return [
        {
            "title": notice.title[:LONGEST_TITLE],
            "description": f"{WORDS[notice.kind]} {notice.text}"[:LONGEST_TEXT],
            "color": COLOURS[notice.kind],
            "timestamp": notice.at.isoformat(),
        }
        for notice in notices
    ]


def _wait(body: bytes) -> float:
    try:
        return msgspec.json.decode(body, type=_Limited).retry_after
    except msgspec.DecodeError:
        return 1.0
