"""How Real-Debrid speaks: its shapes, its statuses, its error codes.

Source: api.real-debrid.com, REST 1.0 documentation, read 2026; clients' issue trackers where they differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import PurePosixPath

import msgspec
from msgspec import Struct, field

from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.ports import ItemState, RemoteItem
from qbitproxy.core.torrent import RemoteFile


class Item(Struct, frozen=True, kw_only=True):
    """One torrent as the list shows it."""

    id: str
    infohash: str = field(name="hash")
    status: str
    filename: str = ""
    size: int = field(name="bytes", default=0)  # of the selected files
    progress: float = 0  # percent
    speed: float = 0  # bytes per second
    seeders: int = 0
    links: list[str] = []
    added: datetime | None = None

    @property
    def state(self) -> ItemState:
        """Where it is; a status we do not know is taken for one on the way."""
        return STATES.get(self.status, ItemState.FETCHING)

    def remote(self, name: str, files: tuple[RemoteFile, ...] | None = None) -> RemoteItem:
        """The torrent in our words, called `name`."""
        progress = min(max(self.progress / 100, 0.0), 1.0)
        return RemoteItem(
            id=self.id,
            infohash=self.infohash.lower(),
            name=name,
            state=self.state,
            progress=ALMOST if self.status in REPACKING else progress,
            speed=int(self.speed),
            seeders=self.seeders,
            size=self.size,
            reason=REASONS.get(self.status, Reason.BAD_SOURCE) if self.state is ItemState.FAILED else None,
            detail=self.status,
            files=files,
            added_at=self.added,
            link=self.links[0] if self.links else "",
            empty=self.state is ItemState.DONE and not self.links,
        )


class Listed(Struct, frozen=True, kw_only=True):
    """The least by which a torrent in the list can be known again."""

    id: str
    infohash: str = field(name="hash", default="")


class File(Struct, frozen=True, kw_only=True):
    """One file of a torrent; the path is below the torrent's root folder, with a slash before it."""

    id: int
    path: str
    size: int = field(name="bytes")
    selected: int = 0

    def remote(self, link: str = "") -> RemoteFile:
        return RemoteFile(id=str(self.id), path=self.path.lstrip("/"), size=self.size, link=link)


class Details(Item, frozen=True, kw_only=True):
    """One torrent with its files."""

    original_filename: str = ""
    files: list[File] = []

    @property
    def name(self) -> str:
        """The torrent's own name, which its folder on a mount has.

        `filename` becomes the file's name once a single file was chosen.
        """
        return self.original_filename or self.filename

    @property
    def selected(self) -> list[File]:
        """The chosen files, in the order their links have."""
        return [file for file in self.files if file.selected]

    @property
    def linked(self) -> tuple[RemoteFile, ...] | None:
        """The chosen files with their links; None while there is not one link for each."""
        if not self.links or len(self.links) != len(self.selected):
            return None
        return tuple(file.remote(link) for file, link in zip(self.selected, self.links, strict=True))


class Added(Struct, frozen=True):
    id: str


class Unrestricted(Struct, frozen=True, kw_only=True):
    """A link made good; the download address is a secret."""

    filename: str = ""
    filesize: int = 0  # bytes, 0 when unknown
    download: str
    chunks: int = 1  # parallel connections


class Checked(Struct, frozen=True):
    filename: str = ""


class User(Struct, frozen=True, kw_only=True):
    username: str
    type: str  # "premium", "free"
    premium: int = 0  # seconds left
    expiration: datetime | None = None


class Active(Struct, frozen=True):
    nb: int
    limit: int


STATES: Mapping[str, ItemState] = {
    "magnet_conversion": ItemState.CONVERTING,
    "waiting_files_selection": ItemState.UNPREPARED,
    "queued": ItemState.QUEUED,
    "downloading": ItemState.FETCHING,
    "compressing": ItemState.FETCHING,
    "uploading": ItemState.FETCHING,
    "downloaded": ItemState.DONE,
    "magnet_error": ItemState.FAILED,
    "error": ItemState.FAILED,
    "virus": ItemState.FAILED,
    "dead": ItemState.FAILED,
}

REPACKING = frozenset({"compressing", "uploading"})
ALMOST = 0.99
"""Progress while repacking, which counts from 0 to 100 once more."""

REASONS: Mapping[str, Reason] = {
    "magnet_error": Reason.NO_SEEDS,
    "dead": Reason.NO_SEEDS,
    "virus": Reason.FILTERED_BY_PROVIDER,
}

LINK_PREFIX = "https://real-debrid.com/d/"
LINK_LENGTH = len(LINK_PREFIX) + 13


def short_link(link: str) -> str:
    """The link as unrestricting takes it: longer ones have been listed since October 2025."""
    return link[:LINK_LENGTH] if link.startswith(LINK_PREFIX) else link


def is_packed(filename: str, path: str) -> bool:
    """Whether an archive is offered in place of the file at `path`."""
    return filename.lower().endswith(".rar") and PurePosixPath(path).suffix.lower() != ".rar"


class Complaint(Struct, frozen=True):
    """An error body; the number may be left out or null."""

    error: str = ""
    error_code: int | None = None


CODES: Mapping[str, int] = {
    "slow_down": 5,
    "unknown_ressource": 7,
    "bad_token": 8,
    "permission_denied": 9,
    "twofactor_auth_needed": 10,
    "hoster_unsupported": 16,
    "hoster_maintenance": 17,
    "hoster_unavailable": 19,
    "hoster_not_free": 20,
    "too_many_active_downloads": 21,
    "ip_not_allowed": 22,
    "traffic_exhausted": 23,
    "file_unavailable": 24,
    "service_unavailable": 25,
    "torrent_file_invalid": 30,
    "too_many_requests": 34,
    "infringing_file": 35,
    "fair_usage_limit": 36,
    "bytes_limit_reached": 23,
}
"""The numbers of those names that have been seen, for answers that bring no number."""

DENIED = frozenset({8, 9, 10, 11, 12, 13, 14, 15, 20, 22})
MISSING = frozenset({7, 19, 24})
BUSY: Mapping[int, float | None] = {5: 120, 17: 300, 18: 900, 21: None, 23: 900, 34: None, 36: 300}
"""Code -> how many seconds to wait where the answer does not say."""

REFUSED: Mapping[int, Reason] = {
    1: Reason.BAD_SOURCE,
    2: Reason.BAD_SOURCE,
    16: Reason.FILTERED_BY_PROVIDER,
    26: Reason.TOO_LARGE,
    28: Reason.FILTERED_BY_PROVIDER,
    29: Reason.TOO_LARGE,
    30: Reason.BAD_SOURCE,
    35: Reason.FILTERED_BY_PROVIDER,
}

THROTTLED = frozenset({5, 34})
"""Those that speak of the pace of all calls; quotas may come with the HTTP status of these."""

BY_STATUS: Mapping[int, int] = {401: 8, 404: 7, 429: 34, 451: 35, 509: 21}
"""The code that an answer without an error body stands for."""


def is_throttled(status: int, body: bytes) -> bool:
    """Whether an answer asks us to slow down."""
    code = _code(status, body)
    return code in THROTTLED or (status == HTTPStatus.TOO_MANY_REQUESTS and code not in BUSY)


def throttled_for(status: int, body: bytes) -> float | None:
    """How long a throttle answer lasts in seconds, where its code stands for a time."""
    return BUSY.get(_code(status, body))


def fault(owner: str, status: int, body: bytes, retry_after: float | None) -> Fault:
    """The fault of an answer that is no success: the number decides, then the name, then the status.

    A 503 with a number is a verdict, not an outage.
    """
    code = _code(status, body)
    detail = f"{_complaint(body).error or 'no reason given'} (code {code}, HTTP {status})"
    if code in DENIED:
        return Denied(owner, detail)
    if code in MISSING:
        return Missing(owner, detail)
    if code in BUSY:
        return Busy(owner, detail, retry_after=BUSY[code] if retry_after is None else retry_after)
    if code in REFUSED:
        return Refusal(owner, detail, reason=REFUSED[code])
    return Unreachable(owner, detail, retry_after=retry_after)


def _code(status: int, body: bytes) -> int:
    complaint = _complaint(body)
    code = complaint.error_code or CODES.get(complaint.error, 0)
    if not code and not body.lstrip().startswith(b"<"):  # a gateway's page says nothing about us
        code = BY_STATUS.get(status, 0)
    return code


def _complaint(body: bytes) -> Complaint:
    try:
        return msgspec.json.decode(body, type=Complaint, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Complaint()
