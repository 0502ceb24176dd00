"""What providers said they hold, asked for many torrents at once, believed for a short time."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Fault

log = structlog.get_logger()

BELIEVED = timedelta(minutes=2)
"""How long an answer counts, and how long one that failed to come is not asked for again."""

MOST_REMEMBERED = 20_000


@dataclass(frozen=True)
class Inquiry:
    """How one provider is asked."""

    most: int  # infohashes at once
    ask: Callable[[Sequence[str]], Awaitable[frozenset[str]]]  # -> those it holds


@dataclass
class _Known:
    """What one provider said."""

    answers: dict[str, tuple[bool | None, float]] = field(default_factory=dict)  # -> (holds, until)
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: dict[str, None] = field(default_factory=dict)  # infohashes, in order


class Availability:
    """The short memory of instant-availability checks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, _Known] = defaultdict(_Known)

    def is_known(self, provider: str, infohash: str) -> bool:
        """Whether an answer is fresh enough to be believed, even that there is none."""
        _, until = self._known[provider].answers.get(infohash, (None, 0.0))
        return self._clock.monotonic() < until

    def holds(self, provider: str, infohash: str) -> bool | None:
        """What was said; None when nothing is known."""
        answer, _ = self._known[provider].answers.get(infohash, (None, 0.0))
        return answer if self.is_known(provider, infohash) else None

    async def learn(self, provider: str, infohash: str, inquiry: Inquiry) -> None:
        """Ask, unless it is known. Who asks while a call is under way shares the next one.

        A call that fails leaves everybody it was for unknown: adding will tell.
        """
        known = self._known[provider]
        known.waiting[infohash] = None
        async with known.asking:
            if infohash not in known.waiting:
                return
            batch = [infohash, *(other for other in known.waiting if other != infohash)][: inquiry.most]
            held: frozenset[str] | None = None
            try:
                held = await inquiry.ask(batch)
            except Fault as fault:
                log.info("cache_check_failed", provider=provider, torrents=len(batch), detail=fault.detail)
            until = self._clock.monotonic() + BELIEVED.total_seconds()
            for asked in batch:
                known.waiting.pop(asked, None)
                known.answers[asked] = (None if held is None else asked in held), until
            self._forget(known)

    def _forget(self, known: _Known) -> None:
        if len(known.answers) > MOST_REMEMBERED:
            now = self._clock.monotonic()
            known.answers = {asked: kept for asked, kept in known.answers.items() if kept[1] > now}
