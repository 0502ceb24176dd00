"""Work done side by side, a bounded number at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable


async def in_parallel(most: int, jobs: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """Do all jobs, at most `most` at once, beginning in their order.

    The first failure ends the others; it is raised as itself, not as a group.
    """
    waiting = deque(jobs)

    async def work() -> None:
        while waiting:
            await waiting.popleft()()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(most, len(waiting))):
                group.create_task(work())
    except BaseExceptionGroup as failures:
        raise _first(failures) from None


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    first: BaseException = failures
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
