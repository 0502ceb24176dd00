"""The threads that wait so that the event loop need not: how many, and the heap they share."""

from __future__ import annotations

import asyncio
import ctypes
from concurrent.futures import ThreadPoolExecutor

MOST = 64
"""More than may hang at once: a look-up for each service, Arr and indexer, and what a dead mount holds."""

M_ARENA_MAX = -8
"""Source: glibc 2.36 malloc.h, mallopt(3)."""


def share_heap() -> None:
    """To be called before threads start: by itself glibc gives each of them a heap that only grows.

    Measured: 100,000 hostile requests left 419 MiB in memory with a heap for each thread, of which 40 MiB
    were in use. Other C libraries have one heap anyway.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)


def allow_many() -> None:
    """Let the running loop have up to `MOST` threads for what blocks: `asyncio.to_thread`, name look-ups.

    By itself it has four more than the machine has cores. While a name server does not answer, the look-ups
    that wait for it would take them all, and the disk would have to wait too.
    """
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(MOST, thread_name_prefix="blocking"))
