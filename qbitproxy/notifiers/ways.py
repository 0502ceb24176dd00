"""Which way leads to which receiver."""

from __future__ import annotations

from qbitproxy.notifiers.callback import Callback


class Ways:
    """Webhooks go to whatever address they are for."""

    def __init__(self, webhook: Callback) -> None:
        self._webhook = webhook

    def courier(self, receiver: str) -> Callback:
        """The way to `receiver`."""
        return self._webhook
