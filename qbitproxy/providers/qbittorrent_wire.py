"""How qBittorrent speaks: its shapes, its states, its error texts.

Source: qBittorrent 4.5.2, 4.6.7, 5.0.5, 5.1.4, 5.2.3: webui/api/torrentscontroller.cpp, webapplication.cpp;
answers of 4.5.2, 5.1.0 and 5.3.0 as they were seen on the wire, 2026.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import msgspec
from msgspec import Struct, field

from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.ports import ItemState, RemoteItem
from qbitproxy.core.torrent import RemoteFile

USED = "qbitproxy"
"""The tag of every torrent that we use, whoever added it; the category of those that we added."""

ADDED = "qbitproxy-added"
"""The tag of what we added: nothing else is ever deleted."""

UNPREPARED = "qbitproxy-unprepared"
"""The tag of what we added and have not chosen the files of: it tells our stop from a person's."""

API_KEY = "qbt_"
"""What API keys begin with. Source: qBittorrent 5.2.0, base/utils/apikey.cpp."""

ALMOST = 0.99
"""Progress of what is complete but being checked or moved: 1 is kept for what can be used."""

SKIPPED = 0
NORMAL = 1
"""Priorities of files."""


class Torrent(Struct, frozen=True, kw_only=True):
    """One torrent as torrents/info shows it."""

    hash: str  # the id: the v1 hash; of what has a v2 part the v2 hash, cut
    state: str
    infohash_v1: str = ""
    name: str = ""
    tags: str = ""
    progress: float = 0  # 0 to 1, of the wanted files; of the check while one runs
    size: int = 0  # bytes of the wanted files
    total_size: int = -1  # bytes of all files; -1 without metadata
    dlspeed: int = 0  # bytes per second
    seeds: int = field(name="num_seeds", default=0)  # connected
    swarm_seeds: int = field(name="num_complete", default=0)  # as the tracker says; -1 unknown
    save_path: str = ""

    @property
    def infohash(self) -> str:
        """What others call it, and what never changes: with metadata a magnet may get another id."""
        return (self.infohash_v1 or self.hash).lower()

    @property
    def has_metadata(self) -> bool:
        return self.total_size >= 0

    @property
    def is_ours(self) -> bool:
        """Whether we added it."""
        return ADDED in self._tags

    @property
    def is_used(self) -> bool:
        """Whether it bears our mark."""
        return USED in self._tags

    @property
    def item_state(self) -> ItemState:
        """Where it is; a state we do not know is taken for one on the way, never for the end."""
        if self.state in STOPPED and self.has_metadata and self.is_ours and UNPREPARED in self._tags:
            return ItemState.UNPREPARED
        if self.state in COMPLETE:  # with every file skipped it is called complete as well
            return ItemState.DONE if self.progress >= 1 and self.size > 0 else ItemState.FETCHING
        return STATES.get(self.state, ItemState.FETCHING)

    def remote(self, name: str = "", files: tuple[RemoteFile, ...] | None = None) -> RemoteItem:
        """The torrent in our words; `name` is its folder on the mount, where that is known."""
        done = self.item_state is ItemState.DONE
        return RemoteItem(
            id=self.infohash,
            infohash=self.infohash,
            name=name or self.name,
            state=self.item_state,
            progress=1.0 if done else min(max(self.progress, 0.0), ALMOST),
            speed=self.dlspeed,
            seeders=max(self.seeds, self.swarm_seeds, 0),
            size=self.size,
            reason=Reason.PATH_NOT_VISIBLE if self.item_state is ItemState.FAILED else None,
            detail=self.state,
            files=files,
        )

    @property
    def _tags(self) -> frozenset[str]:
        return frozenset(tag.strip() for tag in self.tags.split(","))


class Listed(Struct, frozen=True):
    """The least by which a torrent in the list can be known again."""

    hash: str
    infohash_v1: str = ""


class File(Struct, frozen=True, kw_only=True):
    """One file; the name is relative to the save path, so it begins with the root folder if there is one."""

    name: str
    size: int
    index: int
    priority: int = NORMAL


class Preferences(Struct, frozen=True):
    save_path: str
    web_ui_username: str = ""


COMPLETE = frozenset(
    {"uploading", "stalledUP", "forcedUP", "queuedUP", "pausedUP", "stoppedUP"},
)
STOPPED = frozenset({"pausedDL", "stoppedDL", "pausedUP", "stoppedUP"})

STATES: Mapping[str, ItemState] = {
    "metaDL": ItemState.CONVERTING,
    "forcedMetaDL": ItemState.CONVERTING,
    "queuedDL": ItemState.QUEUED,
    "pausedDL": ItemState.QUEUED,  # a person stopped it
    "stoppedDL": ItemState.QUEUED,
    "error": ItemState.QUEUED,  # its disk is full, or the like: nothing moves until somebody mends that
    "missingFiles": ItemState.FAILED,
}
"""The states that are neither complete nor on the way (downloading, stalledDL, checking, moving, …)."""


def root_of(files: Sequence[File]) -> str:
    """The folder below the save path that holds every file; "" when they lie there without one."""
    tops = {file.name.partition("/")[0] for file in files}
    nested = all("/" in file.name for file in files)
    return tops.pop() if nested and len(tops) == 1 else ""


def remote_file(file: File, root: str) -> RemoteFile:
    path = file.name.removeprefix(f"{root}/") if root else file.name
    return RemoteFile(id=str(file.index), path=path, size=file.size)


def folder_below(top: str, torrent: Torrent, files: Sequence[File]) -> str | None:
    """The torrent's folder as seen from `top`, the default save path; None when it is not below it.

    A single file right in `top` is called by its own name.
    """
    root = root_of(files)
    place = PurePosixPath(torrent.save_path) / root
    if not place.is_relative_to(top) or ".." in place.parts:
        return None
    folder = str(place.relative_to(top))
    if folder != ".":
        return folder
    return files[0].name if len(files) == 1 else None


NO_ROUTE = "404 page not found"
"""What Traefik answers while nothing runs behind it. Source: net/http of Go, NotFound."""


def is_success(status: int, body: bytes) -> bool:
    """Whether a call did what it should: until 5.1 a refused add is a 200 as well."""
    return 200 <= status < 300 and body.strip() != b"Fails."


def is_fault(status: int, body: bytes) -> bool:
    return not is_success(status, body)


def fault(owner: str, status: int, body: bytes, retry_after: float | None) -> Fault:
    """The fault of an answer that is no success: the text decides, then the status."""
    text = _text(body)
    detail = f"{text or 'no reason given'} (HTTP {status})"
    if "metadata has not yet downloaded" in text:
        return Busy(owner, detail, retry_after=5)
    if status in (404, 409) and (text == NO_ROUTE or body.lstrip().startswith(b"<")):
        detail = f"a proxy answers in its place (HTTP {status}): check base_url, and whether it runs"
        return Unreachable(owner, detail, retry_after=retry_after)
    match status:
        case 200 | 415:
            return Refusal(owner, detail, reason=Reason.BAD_SOURCE)
        case 409 if text in ("", "Conflict"):  # from 5.2 on what was `Fails.` before
            return Refusal(owner, detail, reason=Reason.BAD_SOURCE)
        case 401:
            return Denied(owner, f"{detail}: check base_url, and its Web UI's list of server domains")
        case 403:
            return Denied(owner, detail)
        case 404:
            return Missing(owner, detail)
        case 413:
            return Refusal(owner, detail, reason=Reason.TOO_LARGE)
    return Unreachable(owner, detail, retry_after=retry_after)


def authorize(key: str) -> dict[str, str]:
    """The headers of a key: an API key goes with every call, `user:password` opens a session.

    Neither Origin nor Referer is sent: a call without both passes its CSRF protection in every release,
    and one with either has to name the very host and port that it sees, which a proxy may change.
    """
    return {} if credentials(key) else {"Authorization": f"Bearer {key}"}


def credentials(key: str) -> dict[str, str]:
    """The login form for a key `user:password`; {} for an API key."""
    username, colon, password = key.partition(":")
    return {"username": username, "password": password} if colon and not key.startswith(API_KEY) else {}


def lacks_session(status: int, body: bytes) -> bool:
    """Whether nobody is logged in: no session, one that is over, or a restart in between."""
    return status == 403


def login_refusal(owner: str, status: int, body: bytes) -> Fault | None:
    """Why a login opened no session. Until 5.1 that is a 200 `Fails.`, from 5.2 on a 401."""
    if is_success(status, body):
        return None
    if status in (200, 401):
        return Denied(owner, "it refuses the user name or the password; write them as user:password")
    if status == 403:
        return Denied(owner, _text(body) or "it refuses logins")
    return Unreachable(owner, f"the login was not answered (HTTP {status})")


def _text(body: bytes) -> str:
    """What an error says in one short line; a web page says nothing."""
    line = body.decode(errors="replace").strip().partition("\n")[0]
    return "" if line.startswith("<") else line[:200]


def decoded(element: msgspec.Raw) -> Listed | None:
    """As much of an odd element as tells which torrent it is; None when it does not."""
    try:
        return msgspec.json.decode(element, type=Listed)
    except msgspec.DecodeError:
        return None
