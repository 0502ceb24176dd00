"""The threads that wait so that the event loop need not: how many, how long at the end, whose heap."""

from __future__ import annotations

import asyncio
import ctypes
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from datetime import timedelta
from functools import partial
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

MOST = 64
"""More than may hang at once: a look-up for each service, Arr and indexer, and what a dead mount holds."""

LAST_WAIT = timedelta(seconds=5)
"""What threads have at the end of the process; systemd waits six times as long for all of it."""

M_ARENA_MAX = -8
"""Source: glibc 2.36 malloc.h, mallopt(3)."""

P = ParamSpec("P")
T = TypeVar("T")


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
    asyncio.get_running_loop().set_default_executor(Threads(MOST))


class Threads(ThreadPoolExecutor):
    """Threads that the end of the process does not wait for longer than a moment: one may hang for ever.

    A loop takes nothing but a ThreadPoolExecutor, whose own threads are joined whatever they do.
    """

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self._most, self._started = most, 0
        self._tasks: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._resting = threading.Semaphore(0)
        self._under_way: set[Future[Any]] = set()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have `fn` called by one of the threads."""
        answer: Future[T] = Future()
        self._under_way.add(answer)
        answer.add_done_callback(self._under_way.discard)
        self._tasks.put((answer, partial(fn, *args, **kwargs)))
        if not self._resting.acquire(blocking=False) and self._started < self._most:
            self._started += 1
            threading.Thread(target=self._work, name="blocking", daemon=True).start()
        return answer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Dismiss the threads; `wait` is for `LAST_WAIT` at most."""
        for answer in set(self._under_way) if cancel_futures else ():
            answer.cancel()
        for _ in range(self._started):
            self._tasks.put(None)
        if wait:
            wait_for(set(self._under_way), LAST_WAIT.total_seconds())

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            _answer(*task)
            del task  # with all that the question holds
            self._resting.release()


def _answer(answer: Future[T], question: Callable[[], T]) -> None:
    if not answer.set_running_or_notify_cancel():
        return
    try:
        found = question()
    except BaseException as failure:
        answer.set_exception(failure)
    else:
        answer.set_result(found)
