"""Long work done in turns, so that nobody waits for the end of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

T = TypeVar("T")


async def breathe() -> None:
    """Let everybody else have a turn; for the end of each few milliseconds of work."""
    await asyncio.sleep(0)  # noqa: TID251  waits for no time to pass


async def in_turns(things: Sequence[T], at_once: int) -> AsyncIterator[Sequence[T]]:
    """`things` in stretches of at most `at_once`; everybody else has a turn between two of them."""
    for begin in range(0, len(things), at_once):
        if begin:
            await breathe()
        yield things[begin : begin + at_once]
