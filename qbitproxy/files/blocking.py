"""Changes of the disk that are awaited to their end, whatever becomes of whoever waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def to_its_end(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` gives on a thread.

    A thread cannot be stopped, so being cancelled takes effect only once it is done: who comes next, to
    remove what it makes, does not come too early.
    """
    done = asyncio.get_running_loop().run_in_executor(None, partial(work, *args, **kwargs))
    cancelled: asyncio.CancelledError | None = None
    while not done.done():
        try:
            await asyncio.wait((done,))
        except asyncio.CancelledError as error:
            cancelled = error
    failure = done.exception()  # seen: nobody may be waiting any more
    if cancelled is not None:
        raise cancelled
    if failure is not None:
        raise failure
    return done.result()
