"""The latest lines of the log, kept in memory for those who look at it from afar."""

from __future__ import annotations

from collections import deque
from collections.abc import MutableMapping
from datetime import datetime
from itertools import count
from typing import Any

from msgspec import Struct

MOST_LINES = 1000
LONGEST_LINE = 2000  # characters
UNTOLD = frozenset({"event", "exception", "level", "request_id", "timestamp"})


class Line(Struct, frozen=True):
    """One line, without what is only for whoever reads the whole log."""

    number: int  # from 0, in a row
    at: datetime
    level: str
    text: str


class Recent:
    """A ring of lines, numbered for the life of the process."""

    def __init__(self, most: int = MOST_LINES) -> None:
        self._lines: deque[Line] = deque(maxlen=most)
        self._numbers = count()

    def note(self, _: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """A processor for structlog, to stand behind the one that takes secrets out."""
        facts = ", ".join(f"{key}={value}" for key, value in sorted(event.items()) if key not in UNTOLD)
        words = str(event.get("event", "")).replace("_", " ")
        text = f"{words}: {facts}" if facts else words
        at = datetime.fromisoformat(str(event["timestamp"]))
        level = str(event.get("level", "info"))
        self._lines.append(Line(next(self._numbers), at, level, text[:LONGEST_LINE]))
        return event

    def after(self, number: int) -> list[Line]:
        """The lines behind the one of this number, oldest first."""
        lines = list(self._lines)  # other threads may be writing
        first = lines[0].number if lines else 0
        return lines[max(number + 1 - first, 0) :]
