"""The terminal: sentences, with one line for each torrent below them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

WIDE = 16  # cells of a full bar
LONGEST_NAME = 36


@dataclass(frozen=True)
class Row:
    """One torrent as it is now."""

    name: str
    words: str
    progress: float  # 0 to 1
    speed: int  # bytes per second


class Screen:
    """Draws rows again and again in their place; without a terminal each change of words is a line."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._live = out.isatty()
        fancy = (out.encoding or "").lower().startswith("utf")
        self._full, self._empty = ("█", "░") if fancy else ("#", ".")
        self._drawn = 0
        self._told: dict[str, str] = {}

    def say(self, text: str = "") -> None:
        """Write a line; rows shown afterwards stand below it."""
        self._out.write(f"{text}\n")
        self._out.flush()
        self._drawn = 0

    def show(self, rows: Sequence[Row]) -> None:
        """Show how the torrents are."""
        if self._live:
            self._draw(rows)
        else:
            self._tell(rows)

    def _draw(self, rows: Sequence[Row]) -> None:
        columns = shutil.get_terminal_size().columns
        up = f"\x1b[{self._drawn}A" if self._drawn else ""
        lines = [f"\r\x1b[2K{self._line(row)[: columns - 1]}\n" for row in rows]
        self._out.write(up + "".join(lines))
        self._out.flush()
        self._drawn = len(rows)

    def _line(self, row: Row) -> str:
        cells = round(row.progress * WIDE)
        bar = self._full * cells + self._empty * (WIDE - cells)
        speed = f", {mebibytes(row.speed)}/s" if row.speed and row.progress < 1 else ""
        return f"  {_cut(row.name):<{LONGEST_NAME}} {bar} {row.progress:4.0%}  {row.words}{speed}"

    def _tell(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if self._told.get(row.name) != row.words:
                self._told[row.name] = row.words
                self._out.write(f"  {_cut(row.name):<{LONGEST_NAME}} {row.words}\n")
        self._out.flush()


def mebibytes(count: int) -> str:
    """`count` bytes for a person."""
    return f"{count / 2**20:.1f} MiB"


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 3]}..."
