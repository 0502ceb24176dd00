"""Changes of the disk that are awaited to their end, whatever becomes of whoever waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import ParamSpec, TypeVar

LAST_WAIT = timedelta(seconds=10)
"""What a change has left once nobody wants it any more: a disk that hangs must not keep us from stopping."""

P = ParamSpec("P")
T = TypeVar("T")


async def to_its_end(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` gives on a thread.

    A thread cannot be stopped, so being cancelled takes effect only once it is done, or after `LAST_WAIT`:
    who comes next, to remove what it makes, does not come too early.
    """
    return await ended(asyncio.get_running_loop().run_in_executor(None, partial(work, *args, **kwargs)))


async def ended(done: asyncio.Future[T], last_wait: timedelta = LAST_WAIT) -> T:
    """What `done` gives; being cancelled takes effect once it is done, or after `last_wait`."""
    clock = asyncio.get_running_loop().time
    cancelled: asyncio.CancelledError | None = None
    gives_up = float("inf")
    done.add_done_callback(_seen)
    while not done.done() and clock() < gives_up:
        try:
            await asyncio.wait((done,), timeout=None if cancelled is None else gives_up - clock())
        except asyncio.CancelledError as error:
            gives_up = min(gives_up, clock() + last_wait.total_seconds())
            cancelled = error
    if cancelled is not None:
        raise cancelled
    return done.result()


def _seen(done: asyncio.Future[T]) -> None:
    """Nobody may be waiting any more for what went wrong."""
    if not done.cancelled():
        done.exception()
