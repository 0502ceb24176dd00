"""What is seen of a torrent between events."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from qbitproxy.core.ports import RemoteItem


class Telemetry(Struct, frozen=True, kw_only=True):
    """What is seen of a torrent between events: never journalled, empty after a start."""

    item: RemoteItem | None = None
    moved_at: datetime | None = None  # when the remote item last made progress
    progress: float = 0.0  # 0 to 1 of the whole way, 1 only when ready
    speed: int = 0  # bytes per second
    seeders: int = 0
    done: int = 0  # bytes


NOTHING_SEEN = Telemetry()
