"""How much of anything a client may hand in or have kept: far more than any of them needs.

The original has next to no bounds of its own. Whoever goes beyond these is refused, in words.
"""

from __future__ import annotations

from aiohttp import web

MOST_FIELDS = 2000
MOST_PARTS = 10_000
"""Of a multipart body: as many .torrent files at once."""
LONGEST_PART_HEADERS = 1 << 14  # bytes
MOST_TEXT = 8 << 20  # bytes of all parameters together, uploads apart
MOST_LISTED = 50_000
"""Elements of one parameter that is a list: hashes, tags, addresses."""
MOST_SOURCES = 10_000
"""Of one torrents/add."""

MOST_CATEGORIES, MOST_TAGS = 1000, 5000
MOST_TAGS_EACH = 100
MOST_WEB_SEEDS = 500
"""Of one torrent; of trackers see `core.draft.MOST_TRACKERS`."""

LONGEST_TAG = 255  # characters, as what follows
LONGEST_CATEGORY = 1000
LONGEST_NAME = 1000
LONGEST_URL = 2048
LONGEST_COMMENT = 4096


def parts(text: str, separator: str) -> list[str]:
    """The elements of a list as they are. Raises HTTPBadRequest for more than MOST_LISTED."""
    if text.count(separator) >= MOST_LISTED:
        raise web.HTTPBadRequest(text=f"a list of more than {MOST_LISTED:,} elements")
    return text.split(separator)


def short(text: str, longest: int, what: str) -> str:
    """`text`. Raises HTTPBadRequest if it is longer than `longest` characters."""
    if len(text) > longest:
        raise web.HTTPBadRequest(text=f"{what} of more than {longest:,} characters")
    return text


def few(count: int, most: int, what: str) -> None:
    """Raise HTTPConflict if there would be more than `most` of something."""
    if count > most:
        raise web.HTTPConflict(text=f"more than {most:,} {what}")
