"""Which way leads to which receiver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

import msgspec

from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Unreachable
from qbitproxy.core.notices import Kind, Notice
from qbitproxy.outbox import Delivery

TARGET = "notification:"
"""What the receiver of a notification begins with; its name in the settings follows."""


class Courier(Protocol):
    """A way to reach receivers."""

    most: int  # deliveries in one message
    deadline: timedelta  # of one message
    pause: timedelta  # between two messages to one receiver

    async def deliver(self, deliveries: Sequence[Delivery], clock: Clock) -> None:
        """Tell the receiver, all in one message. Raises a Fault: every failure may be tried again."""
        ...


class Ways:
    """Notifications go to their target, webhooks to whatever address they are for."""

    def __init__(self, webhook: Courier, targets: Mapping[str, Courier]) -> None:
        """`targets` are by their names in the settings."""
        self._webhook, self._targets = webhook, targets

    def courier(self, receiver: str) -> Courier:
        """The way to `receiver`."""
        if receiver.startswith(TARGET):
            return self._targets.get(receiver.removeprefix(TARGET), _Nowhere())
        return self._webhook

    async def test(self, name: str, clock: Clock) -> None:
        """Send a test to a target at once. Raises a Fault when it cannot be reached."""
        notice = Notice(kind=Kind.COMPLETED, title="A test", text="qbitproxy reaches you", at=clock.now())
        receiver = f"{TARGET}{name}"
        delivery = Delivery(
            event_id="test",
            kind=notice.kind,
            receiver=receiver,
            url=receiver,
            payload=msgspec.json.encode(notice),
            created=notice.at,
        )
        await self.courier(receiver).deliver([delivery], clock)


class _Nowhere:
    """Where a target was that is in the settings no more."""

    most = 100
    deadline = pause = timedelta()

    async def deliver(self, deliveries: Sequence[Delivery], clock: Clock) -> None:
        raise Unreachable("settings", "there is no such target any more")
