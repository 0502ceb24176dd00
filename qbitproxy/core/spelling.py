"""The names of files, which may be any bytes: as text, a byte that is no UTF-8 is a lone surrogate."""

from __future__ import annotations


def legible(name: str) -> str:
    """A name for people and for what takes UTF-8 alone; what it lacks in that is shown as �."""
    return name.encode(errors="surrogateescape").decode(errors="replace")


def written(name: str) -> str | bytes:
    """A name as a database takes it: its bytes where they are no text."""
    return name if legible(name) == name else name.encode(errors="surrogateescape")


def read(kept: str | bytes) -> str:
    """The name of which `kept` was written."""
    return kept if isinstance(kept, str) else kept.decode(errors="surrogateescape")
