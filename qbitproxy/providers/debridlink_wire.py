"""How Debrid-Link speaks: its shapes, its statuses.

Source: debrid-link.com, API v2 documentation, read 2026; its clients' code and issue trackers (stremthru,
rdt-client, MediaFusion, Decypharr) where they differ or the documentation says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from msgspec import Raw, Struct, field

from qbitproxy.core.faults import Reason
from qbitproxy.core.ports import ItemState, RemoteItem
from qbitproxy.core.torrent import RemoteFile

ODD = -1  # no status of theirs: a torrent that does not read as one
STATUSES: Mapping[int, str] = {
    ODD: "odd",
    0: "paused",
    1: "queued",
    2: "verification",
    4: "downloading",
    8: "seeding",
    100: "finished",
}
"""The documented ones. Some clients read others, as Transmission numbers them, so none decides alone."""

FINISHED = 100
NOT_STARTED = frozenset({0, 1, 2, 3})
ALMOST = 0.99
"""Progress of a torrent that is complete but cannot be fetched yet."""


class File(Struct, frozen=True, kw_only=True):
    """One file of a torrent. Whoever has its address needs no key: the address is a secret."""

    id: str
    name: str  # its path, with or without the torrent's root folder, or only the last part of that
    size: int  # bytes
    url: str | None = field(name="downloadUrl", default=None)
    percent: float = field(name="downloadPercent", default=100)

    def __repr__(self) -> str:
        return f"File({self.id!r}, {self.name!r})"

    @property
    def is_ready(self) -> bool:
        return bool(self.url) and self.percent >= 100


class Torrent(Struct, frozen=True, kw_only=True):
    """One torrent of the seedbox."""

    id: str
    infohash: str = field(name="hashString")
    status: int
    name: str = ""
    percent: float = field(name="downloadPercent", default=0)
    size: int = field(name="totalSize", default=0)  # bytes
    speed: float = field(name="downloadSpeed", default=0)  # bytes per second
    peers: int = field(name="peersConnected", default=0)
    waits: bool = field(name="wait", default=False)  # for its files to be chosen
    is_zip: bool = field(name="isZip", default=False)  # one archive is shown instead of its files
    error: int = 0
    complaint: str | None = field(name="errorString", default=None)
    files: list[File] | None = None

    @property
    def is_odd(self) -> bool:
        """Whether nothing is known of it but that it is there."""
        return self.status == ODD

    @property
    def is_complete(self) -> bool:
        return self.percent >= 100 or self.status >= FINISHED

    @property
    def is_linked(self) -> bool:
        """Whether it is complete, with something to fetch it from."""
        return self.is_complete and any(file.url for file in self.files or ())

    @property
    def has_failed(self) -> bool:
        """Whether it came to an end; a complaint beside moving data is a tracker's."""
        return bool(self.error or self.complaint) and not (self.is_complete or self.speed or self.peers)

    @property
    def state(self) -> ItemState:
        """Where it is: progress decides over the status."""
        if self.is_complete:
            return ItemState.DONE if self.is_linked else ItemState.FETCHING
        if self.has_failed:
            return ItemState.FAILED
        if not (self.files or self.percent or self.is_odd):
            return ItemState.CONVERTING
        if self.waits:
            return ItemState.UNPREPARED
        return ItemState.QUEUED if self.status in NOT_STARTED and not self.percent else ItemState.FETCHING

    @property
    def detail(self) -> str:
        """Its status in a word, or what is wrong with it, without addresses: trackers' hold passkeys."""
        if self.state is ItemState.FAILED:
            return re.sub(r"\S+://\S+", "…", self.complaint or "") or f"error {self.error}"
        return STATUSES.get(self.status, f"status {self.status}")

    @property
    def remote_files(self) -> list[RemoteFile]:
        """Its files in our words: what leads to a file's address is the torrent's id."""
        names = [file.name.lstrip("/") for file in self.files or ()]
        root = f"{self.name}/"
        if all(name.startswith(root) for name in names):
            names = [name.removeprefix(root) for name in names]
        return [
            RemoteFile(id=file.id, path=name, size=file.size, link=self.id)
            for file, name in zip(self.files or (), names, strict=True)
        ]

    def remote(self, files: tuple[RemoteFile, ...] | None = None) -> RemoteItem:
        """The torrent in our words."""
        share = min(max(self.percent / 100, 0.0), ALMOST)
        return RemoteItem(
            id=self.id,
            infohash=self.infohash.lower(),
            name=self.name,
            state=self.state,
            progress=1.0 if self.state is ItemState.DONE else share,
            speed=int(self.speed),
            seeders=self.peers,
            size=self.size,
            reason=Reason.BAD_SOURCE if self.state is ItemState.FAILED else None,
            detail=self.detail,
            files=files,
        )


class Listed(Struct, frozen=True, kw_only=True):
    """The least by which a torrent in the list can be known again."""

    id: str
    infohash: str = field(name="hashString", default="")
    name: str = ""


class Around(Struct, frozen=True):
    """Where a page is in its list."""

    next: int  # -1 on the last page
    pages: int = 0


class Listing(Struct, frozen=True):
    """One page of torrents."""

    success: Literal[True]
    value: list[Raw]
    pagination: Around | None = None


class Added(Struct, frozen=True):
    success: Literal[True]
    value: Torrent


class User(Struct, frozen=True, kw_only=True):
    username: str
    kind: int = field(name="accountType")  # 0 is free
    premium_left: float = field(name="premiumLeft")  # seconds


class Infos(Struct, frozen=True):
    success: Literal[True]
    value: User


class Use(Struct, frozen=True):
    """How much of a limit is used; -1 where there is none."""

    value: float
    current: float = 0


class Counts(Struct, frozen=True, kw_only=True):
    transfers: Use = field(name="activeTransferCount")
    reset: Use | float | None = field(name="nextResetSeconds", default=None)

    @property
    def until_reset(self) -> float | None:
        """Seconds until the day's torrents count anew; None when it does not say."""
        return self.reset.value if isinstance(self.reset, Use) else self.reset


class Limits(Struct, frozen=True):
    success: Literal[True]
    value: Counts
