"""Which torrents a torrents/info call asks for, in which order.

Source: qBittorrent 4.6.7, base/torrentfilter.cpp, webui/api/torrentscontroller.cpp infoAction.
"""

from __future__ import annotations

import re
from base64 import b32decode
from collections.abc import Sequence
from typing import TypeVar

from msgspec import Struct

from qbitproxy.core.torrent import Torrent
from qbitproxy.web.qbit.bounds import parts
from qbitproxy.web.qbit.forms import Form

T = TypeVar("T")

PAUSED_UNFINISHED = frozenset({"pausedDL", "stoppedDL"})
PAUSED_FINISHED = frozenset({"pausedUP", "stoppedUP"})
PAUSED = PAUSED_UNFINISHED | PAUSED_FINISHED
UNFINISHED = PAUSED_UNFINISHED | {"metaDL", "downloading", "stalledDL", "queuedDL"}
ACTIVE = frozenset({"metaDL", "downloading", "moving"})
CHECKING = frozenset({"checkingUP"})
STATES = UNFINISHED | PAUSED | ACTIVE | CHECKING | {"error"}
"""Every state that `view.state` gives."""

FILTERS: dict[str, frozenset[str]] = {
    "downloading": UNFINISHED,
    "seeding": CHECKING,
    "completed": PAUSED_FINISHED | CHECKING,
    "paused": PAUSED,
    "stopped": PAUSED,
    "resumed": STATES - PAUSED,
    "running": STATES - PAUSED,
    "active": ACTIVE,
    "inactive": STATES - ACTIVE,
    "stalled": frozenset({"stalledDL"}),
    "stalled_uploading": frozenset(),
    "stalled_downloading": frozenset({"stalledDL"}),
    "checking": CHECKING,
    "moving": frozenset({"moving"}),
    "errored": frozenset({"error"}),
}
"""The states each filter lets through; any other word, "all" included, lets everything through."""

HEX_40, HEX_64 = re.compile(r"[0-9a-f]{40}", re.ASCII), re.compile(r"[0-9a-f]{64}", re.ASCII)
BASE32 = re.compile(r"[a-z2-7]{32}", re.ASCII)


class Query(Struct, frozen=True, kw_only=True):
    """The parameters of torrents/info."""

    filter: str = ""
    category: str | None = None  # None: any; "": none
    subcategories: bool = False  # those below the category as well
    tag: str | None = None  # None: any; "": none
    hashes: frozenset[str] | None = None  # None: any
    private: bool | None = None
    sort: str = ""
    reverse: bool = False
    limit: int = 0  # 0 and below: no limit
    offset: int = 0  # below 0: from the end

    def wants(self, torrent: Torrent) -> bool:
        """Whether `torrent` passes, its state apart."""
        tags = torrent.options.tags
        return (
            (self.category is None or self._is_in(self.category, torrent.category))
            and (self.tag is None or (self.tag in tags if self.tag else not tags))
            and (self.private is None or bool(torrent.private) is self.private)
            and (self.hashes is None or not self.hashes.isdisjoint(names(torrent)))
        )

    def _is_in(self, category: str, own: str) -> bool:
        """Source: qBittorrent 4.6.7, TorrentImpl::belongsToCategory."""
        return own == category or (self.subcategories and own.startswith(f"{category}/"))

    def page(self, rows: Sequence[T], *, wraps: bool) -> Sequence[T]:
        """The part of `rows` between offset and limit; an offset outside of it counts as 0 if it `wraps`."""
        start = self.offset if self.offset >= 0 else len(rows) + self.offset
        if not 0 <= start < len(rows):
            start = 0 if wraps else len(rows)
        return rows[start : start + self.limit] if self.limit > 0 else rows[start:]


def read_query(form: Form, *, subcategories: bool) -> Query:
    """What the parameters ask for; empty `hashes` are no filter, a word that is no hash matches nothing."""
    return Query(
        filter=form.text("filter"),
        category=form.text("category") if "category" in form else None,
        subcategories=subcategories,
        tag=form.text("tag") if "tag" in form else None,
        hashes=frozenset(infohashes(form.text("hashes"))) if form.text("hashes") else None,
        private=form.flag("private") if form.text("private") else None,
        sort=form.text("sort"),
        reverse=form.flag("reverse"),
        limit=form.whole("limit"),
        offset=form.whole("offset"),
    )


def names(torrent: Torrent) -> set[str]:
    """The 40-digit hashes a torrent goes by: v1, and the cut v2 hash of a hybrid."""
    return {torrent.infohash, torrent.infohash_v2[:40]} - {""}


def infohashes(text: str) -> list[str]:
    """A `|` list of hashes in any case, hex or base32, v1 or whole v2, as 40 lower-case hex digits each.

    Raises HTTPBadRequest for too many.
    """
    return [hash for part in parts(text, "|") for hash in [infohash(part)] if hash]


def infohash(text: str) -> str:
    """One such hash, "" for anything else."""
    text = text.strip().lower()
    if HEX_40.fullmatch(text) or HEX_64.fullmatch(text):
        return text[:40]
    return b32decode(text.upper()).hex() if BASE32.fullmatch(text) else ""
