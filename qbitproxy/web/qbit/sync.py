"""What a client of sync/maindata is told: all, or what changed since it was told last.

An answer's rid stands for all that its client then knows. Who sends the rid of the last answer is told of the
changes since; who sends the one before, because the answer was lost, of the same changes with those since.
Anything else gets everything, as after a restart, when no rid is known.
Source: qBittorrent 4.6.7, webui/api/synccontroller.cpp maindataAction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict

from qbitproxy.core.caller import Caller
from qbitproxy.web.qbit.wire import CategoryRow, MainData, ServerState

LAST_RID = 1_000_000
MOST_SESSIONS = 256


class Known(Struct, frozen=True, kw_only=True):
    """What a client knows once it took an answer; its torrents are those of the moment."""

    rid: int
    moment: int
    categories: Mapping[str, CategoryRow]
    tags: tuple[str, ...]
    state: ServerState


class Session(Struct):
    """What one client was told."""

    last: Known | None = None
    taken: Known | None = None  # before the last, by an answer that arrived
    last_peers: int = 0  # rid of the last answer about peers
    taken_peers: int = 0

    def base(self, rid: int) -> Known | None:
        """What the client knows that sends `rid`; None when it may be anything."""
        if self.last is not None and self.last.rid == rid:
            self.taken = self.last
        return self.taken if self.taken is not None and self.taken.rid == rid else None

    def next_rid(self, asked: int) -> int:
        """The rid of the answer to whoever sent `asked`.

        Never the same: it may be of an earlier life of ours, and whoever misses this answer sends it again.
        """
        rid = _following(self.last.rid if self.last is not None else 0)
        return _following(rid) if rid == asked else rid

    def peers(self, rid: int) -> tuple[int, bool]:
        """The rid of an answer about peers, and whether the client that sends `rid` had one before.

        Source: qBittorrent 4.6.7, webui/api/synccontroller.cpp generateSyncData: 0 begins anew, at 1.
        """
        if rid <= 0:
            self.last_peers = 0
        if rid <= 0 or rid == self.last_peers:
            self.taken_peers = rid
        self.last_peers = _following(self.last_peers)
        return self.last_peers, rid > 0 and rid == self.taken_peers


class Sessions:
    """What the clients that asked lately were told; one that is forgotten is told everything."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[Caller, bytes], Session] = {}

    def of(self, caller: Caller, client: bytes) -> Session:
        """The session of `client`, which may be new."""
        session = self._sessions.pop((caller, client), None) or Session()
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        self._sessions[caller, client] = session
        return session


def everything(now: Known) -> MainData:
    """A full update without its torrents and trackers."""
    return MainData(
        categories=now.categories, full_update=True, rid=now.rid, server_state=now.state, tags=now.tags
    )


def difference(before: Known, now: Known) -> MainData:
    """A delta without its torrents and trackers; a category that changed is sent whole."""
    old, new = before.categories, now.categories
    state, was = asdict(now.state), asdict(before.state)
    return MainData(
        categories={name: row for name, row in new.items() if old.get(name) != row} or UNSET,
        categories_removed=_gone(old, new),
        rid=now.rid,
        server_state={key: value for key, value in state.items() if was[key] != value} or UNSET,
        tags=_gone(now.tags, before.tags),
        tags_removed=_gone(before.tags, now.tags),
    )


def _following(rid: int) -> int:
    return rid % LAST_RID + 1


def _gone(before: Iterable[str], now: Iterable[str]) -> list[str] | UnsetType:
    left = set(now)
    return [name for name in before if name not in left] or UNSET
