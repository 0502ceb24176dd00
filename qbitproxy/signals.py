"""What the process is asked for by signals."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import Enum
from functools import partial


class Ending(Enum):
    """Why the daemon is to end."""

    STOP = "stop"
    RELOAD = "reload"


class Signals:
    """Remembers what was asked for, so that nothing asked between two runs is lost."""

    def __init__(self) -> None:
        self.stop_asked = False
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    def ask(self, how: Ending) -> None:
        """End the present run; a stop also ends every later one."""
        self.stop_asked = self.stop_asked or how is Ending.STOP
        if not self._ending.done():
            self._ending.set_result(how)

    def ending(self) -> asyncio.Future[Ending]:
        """How the run that begins now is to end, decided already when a stop was asked for."""
        self._ending = asyncio.get_running_loop().create_future()
        if self.stop_asked:
            self._ending.set_result(Ending.STOP)
        return self._ending


@asynccontextmanager
async def heeded(hang_up: Callable[[], None]) -> AsyncIterator[Signals]:
    """SIGTERM and SIGINT ask to stop, SIGHUP calls `hang_up`, for as long as the block lasts."""
    loop, signals = asyncio.get_running_loop(), Signals()
    stop: Callable[[], None] = partial(signals.ask, Ending.STOP)
    meanings = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: hang_up}
    for number, does in meanings.items():
        loop.add_signal_handler(number, does)
    try:
        yield signals
    finally:
        for number in meanings:
            loop.remove_signal_handler(number)
