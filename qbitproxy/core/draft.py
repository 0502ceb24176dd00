"""A torrent that somebody asks for."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from qbitproxy.core.ports import Source
from qbitproxy.core.torrent import Accepted, Layout, Options, Request, Torrent, Tracker

MOST_TRACKERS = 500
"""Of one torrent."""


class Draft(Struct, frozen=True, kw_only=True):
    """A torrent that somebody asks for."""

    source: Source
    category: str
    save_path: str  # absolute
    request: Request
    options: Options = Options()
    layout: Layout = Layout()
    paused: bool = False
    name: str = ""  # "" for the source's own


def torrent_of(draft: Draft, torrent_id: int, at: datetime) -> Torrent:
    source = draft.source
    return Torrent(
        id=torrent_id,
        infohash=source.infohash,
        infohash_v2=source.infohash_v2,
        category=draft.category,
        name=draft.name or source.name,
        save_path=draft.save_path,
        request=draft.request,
        options=draft.options,
        layout=draft.layout,
        paused=draft.paused,
        added_at=at,
        private=source.private,
        size=source.size,
        files=source.files,
        trackers=trackers_of(source),
        phase=Accepted(),
    )


def trackers_of(source: Source) -> tuple[Tracker, ...]:
    """The trackers that `source` came with, by tier."""
    tiers = source.tiers or range(len(source.trackers))
    return by_tier(Tracker(url, tier) for url, tier in zip(source.trackers, tiers, strict=False))


def by_tier(trackers: Iterable[Tracker]) -> tuple[Tracker, ...]:
    """Each address once, the first tier first; torrents of the same trackers share their text."""
    once: dict[str, Tracker] = {}
    for tracker in trackers:
        once.setdefault(tracker.url, tracker)
    ordered = sorted(once.values(), key=lambda tracker: tracker.tier)
    return tuple(Tracker(sys.intern(tracker.url), tracker.tier) for tracker in ordered)
