"""How AllDebrid speaks: its shapes, its status codes, its trees of files.

Source: docs.alldebrid.com, v4 and v4.1, August 2025; clients' issue trackers where they differ.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Generic, TypeAlias, TypeVar

import msgspec
from msgspec import Raw, Struct, field

from qbitproxy.core.faults import Reason
from qbitproxy.core.lists import each
from qbitproxy.core.ports import ItemState, RemoteItem
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.providers.alldebrid_faults import Complaint

T = TypeVar("T")
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

Elements: TypeAlias = list[Raw] | dict[str, Raw]
"""Several things, which may come as a list, as an object by id or number, or as the only one itself."""


def elements(given: Elements, mark: str) -> list[Raw]:
    """The things by themselves; the only one is known by its field `mark`."""
    if isinstance(given, list):
        return given
    if mark in given:
        return [Raw(msgspec.json.encode(given))]
    return list(given.values())


class Answer(Struct, Generic[T], frozen=True):
    data: T


class User(Struct, frozen=True, kw_only=True, rename="camel"):
    username: str
    is_premium: bool = False
    is_trial: bool = False
    premium_until: datetime = NEVER  # seconds since 1970, 0 without premium


class OfUser(Struct, frozen=True):
    user: User


class Magnets(Struct, frozen=True):
    magnets: Elements


class Files(Struct, frozen=True):
    files: Elements


class State(Struct, frozen=True):
    """What a status code means to us."""

    words: str
    state: ItemState
    reason: Reason | None = None
    mishap: bool = False  # nothing was wrong with the torrent: worth a second try


READY = 4
WORKING = frozenset({0, 1, 2, 3})
STATES: Mapping[int, State] = {
    0: State("in queue", ItemState.QUEUED),
    1: State("downloading", ItemState.FETCHING),
    2: State("moving", ItemState.FETCHING),
    3: State("uploading", ItemState.FETCHING),
    READY: State("ready", ItemState.DONE),
    5: State("its upload failed there", ItemState.FAILED, Reason.BAD_SOURCE, mishap=True),
    6: State("it could not be unpacked", ItemState.FAILED, Reason.BAD_SOURCE, mishap=True),
    7: State("it did not start within 20 minutes", ItemState.FAILED, Reason.NO_SEEDS),
    8: State("it is too large", ItemState.FAILED, Reason.TOO_LARGE),
    9: State("an internal error", ItemState.FAILED, Reason.BAD_SOURCE, mishap=True),
    10: State("it took more than 72 hours", ItemState.FAILED, Reason.STALLED),
    11: State("it was removed", ItemState.FAILED, Reason.FILTERED_BY_PROVIDER),
    12: State("it could not be processed", ItemState.FAILED, Reason.BAD_SOURCE, mishap=True),
    13: State("it could not be processed", ItemState.FAILED, Reason.BAD_SOURCE, mishap=True),
    14: State("its tracker does not answer", ItemState.FAILED, Reason.NO_SEEDS, mishap=True),
    15: State("nobody has it", ItemState.FAILED, Reason.NO_SEEDS),
}
"""A magnet without metadata is queued like any other: what is held is ready at once, with its metadata."""

ALMOST = 0.99
"""The most progress of what is not ready: what follows the download counts from 0 once more."""


class Magnet(Struct, frozen=True, kw_only=True, rename="camel"):
    """One torrent as lists show it, or alone, then with its files."""

    id: int
    status_code: int
    filename: str = ""
    infohash: str = field(name="hash", default="")
    size: int = 0  # bytes, 0 before the metadata is there
    downloaded: int = 0  # bytes
    download_speed: float = 0  # bytes per second
    seeders: int = 0
    files: Elements | None = None

    @property
    def remote_id(self) -> str:
        return str(self.id)

    @property
    def means(self) -> State:
        """What its status code says; one we do not know is taken for one on the way."""
        return STATES.get(self.status_code, State(f"status {self.status_code}", ItemState.FETCHING))

    @property
    def progress(self) -> float:
        """0 to 1; 1 only once it is ready."""
        match self.status_code:
            case 1 if self.size > 0:
                return min(max(self.downloaded / self.size, 0.0), ALMOST)
            case 2 | 3:
                return ALMOST
        return 1.0 if self.status_code == READY else 0.0

    def remote(self, infohash: str, files: tuple[RemoteFile, ...] | None = None) -> RemoteItem:
        """The torrent in our words."""
        means = self.means
        return RemoteItem(
            id=self.remote_id,
            infohash=infohash,
            name=self.filename,
            state=means.state,
            progress=self.progress,
            speed=int(self.download_speed),
            seeders=self.seeders,
            size=self.size,
            reason=means.reason,
            detail=means.words,
            files=files,
        )


class Listed(Struct, frozen=True, kw_only=True):
    """The least by which a torrent in the list can be known again."""

    id: int
    infohash: str = field(name="hash", default="")


class Uploaded(Struct, frozen=True, kw_only=True):
    """What became of one torrent that was handed over."""

    id: int = 0  # 0 has been seen for one that was taken
    infohash: str = field(name="hash", default="")
    name: str = ""
    size: int = 0  # bytes
    ready: bool = False
    error: Complaint | None = None

    def magnet(self) -> Magnet:
        return Magnet(
            id=self.id,
            status_code=READY if self.ready else 0,
            filename=self.name,
            infohash=self.infohash,
            size=self.size,
        )


class Tree(Struct, frozen=True, kw_only=True):
    """The files of one torrent, or why there are none."""

    id: int
    files: Elements | None = None
    error: Complaint | None = None


class Unlocked(Struct, frozen=True, kw_only=True):
    """A link made good, or being made; the download address is a secret."""

    link: str = ""
    filesize: int = 0  # bytes, 0 when unknown
    delayed: int = 0  # by which the link can be asked for later
    max_chunks: int = 1  # parallel connections


class Delayed(Struct, frozen=True, kw_only=True):
    """How far the making of a link has come."""

    status: int
    time_left: float = 0  # seconds
    link: str = ""


MAKING, MADE = 1, 2


class Node(Struct, frozen=True, kw_only=True):
    """One file or folder of a tree."""

    name: str = field(name="n")
    size: int = field(name="s", default=0)  # bytes
    link: str = field(name="l", default="")
    inner: Elements | None = field(name="e", default=None)


def files_of(
    tree: Elements | None, name: str, odd: Callable[[Raw], Node | None]
) -> tuple[RemoteFile, ...] | None:
    """The files of the torrent called `name`; None while there is not a link for each.

    A tree begins inside the torrent's root folder, or, as one client takes for granted, with it.
    Source: rdt-client, stremthru, 2025. `odd` is told of nodes that cannot be read.
    """
    top = _nodes(tree, odd)
    if len(top) == 1 and top[0].inner is not None and top[0].name == name:
        top = _nodes(top[0].inner, odd)
    pending = deque(("", node) for node in top)
    files: list[RemoteFile] = []
    while pending:
        folder, node = pending.popleft()
        path = folder + node.name
        if node.inner is None:
            files.append(RemoteFile(id=path, path=path, size=node.size, link=node.link))
        else:
            pending.extendleft((f"{path}/", inner) for inner in reversed(_nodes(node.inner, odd)))
    return tuple(files) if files and all(file.link for file in files) else None


def _nodes(tree: Elements | None, odd: Callable[[Raw], Node | None]) -> list[Node]:
    found = elements(tree, "n") if tree is not None else []
    return each((element for element in found if bytes(element) != b"null"), Node, odd)
