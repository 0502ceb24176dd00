"""What is done about a download that its Arr does not import."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class QueueItem(Struct, frozen=True, kw_only=True):
    """One download in an Arr's queue, whichever Arr it is, however many records it has there."""

    ids: tuple[int, ...]  # of its records: one for each episode at some Arrs
    infohash: str  # 40 hex digits, lower case; "" for a release that waits for a client
    title: str
    client: str = ""  # the download client, as the Arr calls it
    status: str = ""  # the client's state in the Arr's words: "downloading", "completed", "warning", …
    health: str = ""  # "ok", "warning", "error"
    state: str = ""  # how far the Arr has got with it: "downloading", "importBlocked", "importPending", …
    messages: tuple[str, ...] = ()  # what the Arr says is wrong, each once
    known: bool = True  # the Arr knows what media it is for
    path: str = ""  # where it lies, as the Arr spells it
    size: int = 0  # bytes
    added: datetime | None = None  # when it came into the queue, where the Arr says so
