"""An end to requests whose head does not arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import cast


class Patience:
    """Hangs up on whoever has connected, or begun to ask, and then does not say what he wants.

    aiohttp 3.14 waits for the head of a request as long as for the next request: an hour.
    """

    def __init__(self, patience: timedelta) -> None:
        """A head may take this long to arrive."""
        self.patience = patience
        self._connections: dict[asyncio.BaseTransport, _Connection] = {}

    def guarding(self, connect: Callable[[], asyncio.Protocol]) -> Callable[[], asyncio.Protocol]:
        """What makes a protocol for each connection, out of what made one without our patience."""
        return lambda: _Connection(connect(), self.patience.total_seconds(), self._connections)

    def understood(self, transport: asyncio.BaseTransport | None) -> None:
        """A whole head has come through `transport`, and is being answered."""
        if transport in self._connections:
            self._connections[transport].begin()

    def answered(self, transport: asyncio.BaseTransport | None) -> None:
        """The next head may come through `transport`, whenever its first byte does."""
        if transport in self._connections:
            self._connections[transport].end()


class _Connection(asyncio.Protocol):
    """Passes on what happens to a connection."""

    def __init__(
        self,
        inner: asyncio.Protocol,
        patience: float,
        connections: dict[asyncio.BaseTransport, _Connection],
    ) -> None:
        self._inner, self._patience, self._connections = inner, patience, connections
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._answering = False

    def begin(self) -> None:
        self._answering = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def end(self) -> None:
        self._answering = False

    def _start(self) -> None:
        if self._timer is None and self._transport is not None:
            self._timer = asyncio.get_running_loop().call_later(self._patience, self._transport.abort)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._connections[transport] = self
        self._start()
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if not self._answering:
            self._start()
        self._inner.data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.begin()
        if self._transport is not None:
            del self._connections[self._transport]
        self._inner.connection_lost(exc)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()
