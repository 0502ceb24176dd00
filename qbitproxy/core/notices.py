"""What a person may want to be told of."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from qbitproxy.core.torrent import Failed, Instant, Torrent, remote_of


class Kind(StrEnum):
    """What happened."""

    COMPLETED = "torrent.completed"
    FAILED = "torrent.failed"
    ACCOUNT = "account.problem"
    REPAIR_COMPLETED = "repair.completed"
    REPAIR_PENDING = "repair.pending"
    REPAIR_HELD = "repair.held"
    REPAIR_FAILED = "repair.failed"
    ORPHANS_HELD = "orphans.held"


class Notice(Struct, frozen=True, kw_only=True):
    """One thing that happened, in words for a person."""

    kind: Kind
    title: str
    text: str
    at: Instant


def notice_of(torrent: Torrent, at: datetime) -> Notice:
    """What is said of a torrent that is finished or has failed."""
    where = [torrent.category or "no category"]
    remote = remote_of(torrent)
    if remote is not None:
        where.append(remote.provider)
    match torrent.phase:
        case Failed(reason=reason, detail=detail):
            why = f"{detail} ({str(reason).replace('_', ' ')})"
            return Notice(kind=Kind.FAILED, title=torrent.name, text=f"{', '.join(where)}: {why}", at=at)
        case _:
            return Notice(kind=Kind.COMPLETED, title=torrent.name, text=", ".join(where), at=at)
