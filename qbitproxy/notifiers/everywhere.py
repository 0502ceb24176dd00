"""Messages to whatever Apprise reaches: Telegram, ntfy, Gotify, Pushover, mail and a hundred others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Unreachable
from qbitproxy.notifiers.digest import digest, notices_of
from qbitproxy.outbox import Delivery

OWNER = "apprise"


class Everywhere:
    """One target, by its Apprise URL."""

    most = 100

    def __init__(self, url: str, deadline: timedelta, pause: timedelta) -> None:
        self._url, self.deadline, self.pause = url, deadline, pause

    async def deliver(self, deliveries: Sequence[Delivery], clock: Clock) -> None:
        """Send everything as one message. Raises Unreachable."""
        title, text = digest(notices_of(deliveries))
        try:
            async with asyncio.timeout(self.deadline.total_seconds()):
                sent = await asyncio.to_thread(_send, self._url, title, text)
        except TimeoutError:
            raise Unreachable(OWNER, f"no answer within {self.deadline.total_seconds():g} s") from None
        if not sent:
            raise Unreachable(OWNER, "the message was not taken: check the URL of this target")


def _send(url: str, title: str, text: str) -> bool:
    """Blocks. Apprise is imported here: it is large, and few installations use it."""
    import apprise

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its messages hold the URL, which is a secret
    asset = apprise.AppriseAsset(app_id="qbitproxy", app_desc="qbitproxy", async_mode=False)
    everywhere = apprise.Apprise(asset=asset)
    return bool(everywhere.add(url)) and bool(everywhere.notify(body=text, title=title))
