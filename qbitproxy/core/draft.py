"""A torrent that somebody asks for."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from qbitproxy.core.ports import Source
from qbitproxy.core.torrent import Accepted, Options, Request, Torrent


class Draft(Struct, frozen=True, kw_only=True):
    """A torrent that somebody asks for."""

    source: Source
    category: str
    save_path: str  # absolute
    request: Request
    options: Options = Options()
    paused: bool = False
    automatic: bool = False  # the save path is that of the category
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
        paused=draft.paused,
        automatic=draft.automatic,
        added_at=at,
        private=source.private,
        size=source.size,
        files=source.files,
        phase=Accepted(),
    )
