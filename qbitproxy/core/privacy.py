"""Which trackers are nobody else's business."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

PERSONAL_KEYS = frozenset({"passkey", "authkey", "torrent_pass", "pid", "key", "secure", "uk", "token"})
"""Query parameters by which private trackers know their users. Source: common trackers."""

TOKEN = re.compile(r"[0-9A-Za-z_-]{16,}")
"""A path segment like this is a passkey: public trackers end in "announce" and have none."""


def is_personal(tracker: str) -> bool:
    """Whether an announce address tells whose it is."""
    try:
        parts = urlsplit(tracker)
    except ValueError:
        return True  # what cannot be read is not passed on
    if any(name.lower() in PERSONAL_KEYS for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        return True
    return any(TOKEN.fullmatch(segment) for segment in parts.path.split("/"))


def seems_private(private: bool | None, trackers: Iterable[str]) -> bool:
    """Whether a torrent is private as far as one can tell: a magnet link says so by its trackers only."""
    return private is True or (private is None and any(map(is_personal, trackers)))
