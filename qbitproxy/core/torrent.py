"""The life of a torrent: what it is, what can happen to it, what it becomes.

There are many torrents, so the garbage collector is kept out of them (`gc=False`): values without a way to
refer to themselves are let go of without it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from qbitproxy.core.faults import REPORTED_REASONS, Reason

Instant = Annotated[datetime, Meta(tz=True)]


class Action(StrEnum):
    """How finished content is placed."""

    SYMLINK = "symlink"
    DOWNLOAD = "download"
    NONE = "none"


class Remote(Struct, frozen=True, gc=False):
    """A remote item: the provider that holds it, the provider's id for it."""

    provider: str
    id: str


class RemoteFile(Struct, frozen=True, kw_only=True, gc=False):
    """One file of a remote item."""

    id: str
    path: str  # relative to the torrent's root folder, "/" between parts
    size: int  # bytes
    link: str = ""  # what `Provider.link` takes; "" when the provider needs only the id


class TorrentFile(Struct, frozen=True, gc=False):
    """One file of a torrent, as its metainfo or its provider names it."""

    path: str  # below the torrent's root folder
    size: int  # bytes


class Request(Struct, frozen=True, kw_only=True, gc=False):
    """How the torrent was asked for; fixed from its first day."""

    origin: str = "qbit"  # "qbit" or "api"
    arr: str = ""  # configured name of the Arr that asked, "" for a person
    action: Action = Action.SYMLINK
    provider: str = ""  # only this provider, "" for any
    uncached: bool | None = None  # None leaves it to Arr, provider, default
    strip_trackers: bool = False
    skip_multi_season: bool = False
    callback_url: str = ""


class Options(Struct, frozen=True, kw_only=True, gc=False):
    """What clients may set at any time; none of it moves the phase."""

    tags: tuple[str, ...] = ()
    ratio_limit: float = -2  # -2 default, -1 none
    seeding_time_limit: int = -2  # minutes; -2 default, -1 none
    inactive_seeding_time_limit: int = -2  # minutes; -2 default, -1 none
    sequential: bool = False
    first_last: bool = False
    force_start: bool = False
    rank: int = 0  # among waiting torrents: higher goes first


class RefusalNote(Struct, frozen=True, kw_only=True, gc=False):
    """One provider's refusal, kept so that it is not asked again."""

    provider: str
    reason: Reason
    detail: str


class Accepted(Struct, frozen=True, gc=False, tag_field="phase", tag="accepted"):
    """Durable, with no provider yet."""


class Fetching(Struct, frozen=True, gc=False, tag_field="phase", tag="fetching"):
    """A provider holds it, perhaps not complete yet."""

    remote: Remote
    since: Instant


class Placing(Struct, frozen=True, gc=False, tag_field="phase", tag="placing"):
    """The provider has every wanted file; they are being made to appear."""

    remote: Remote
    since: Instant
    folder: str  # the provider's name for the torrent: its folder on the mount
    files: tuple[RemoteFile, ...]


class Confirming(Struct, frozen=True, gc=False, tag_field="phase", tag="confirming"):
    """The files stand in their place; the Arr is asked whether it sees them."""

    remote: Remote
    since: Instant
    folder: str
    files: tuple[RemoteFile, ...]
    content_path: str


class Ready(Struct, frozen=True, gc=False, tag_field="phase", tag="ready"):
    """The Arr can import it."""

    remote: Remote
    files: tuple[RemoteFile, ...]
    content_path: str


class Failed(Struct, frozen=True, gc=False, tag_field="phase", tag="failed"):
    """Given up; `reported` once the Arr knows or need not know."""

    reason: Reason
    detail: str
    reported: bool
    remote: Remote | None = None
    content_path: str = ""


class Removing(Struct, frozen=True, gc=False, tag_field="phase", tag="removing"):
    """Asked to go; everything it holds is being let go of."""

    delete_files: bool
    release_remote: bool | None  # None leaves it to policy
    finished: bool  # it had been Ready, so a library may point at it
    remote: Remote | None = None
    content_path: str = ""


class Gone(Struct, frozen=True, gc=False, tag_field="phase", tag="gone"):
    """Released; only the journal remembers it."""


Phase = Accepted | Fetching | Placing | Confirming | Ready | Failed | Removing | Gone


class Torrent(Struct, frozen=True, kw_only=True, gc=False):
    """One request of one Arr: infohash and category."""

    id: int
    infohash: str  # 40 hex digits, lower case: SHA-1 of the v1 info dictionary
    category: str
    name: str
    save_path: str  # absolute folder that the content's folder is placed in
    request: Request
    added_at: Instant
    infohash_v2: str = ""  # 64 hex digits of a hybrid torrent
    private: bool | None = None  # None until metadata is known
    size: int | None = None  # bytes of all files; None until metadata is known
    files: tuple[TorrentFile, ...] = ()
    options: Options = Options()
    phase: Phase = Accepted()
    paused: bool = False
    refusals: tuple[RefusalNote, ...] = ()
    losses: int = 0  # times a provider lost it after it had it
    stumbles: int = 0
    retry_at: Instant | None = None
    waiting_for: str = ""  # why the last step stumbled, in words for a person
    waiting_reason: Reason | None = None
    completed_at: Instant | None = None


class Added(Struct, frozen=True, tag_field="event", tag="added"):
    torrent: Torrent


class Submitted(Struct, frozen=True, tag_field="event", tag="submitted"):
    remote: Remote


class Refused(Struct, frozen=True, tag_field="event", tag="refused"):
    provider: str
    reason: Reason
    detail: str


class Cached(Struct, frozen=True, tag_field="event", tag="cached"):
    folder: str
    files: tuple[RemoteFile, ...]


class Placed(Struct, frozen=True, tag_field="event", tag="placed"):
    content_path: str


class Seen(Struct, frozen=True, tag_field="event", tag="seen"):
    by: str  # the Arr's name, or "" when we looked ourselves


class Lost(Struct, frozen=True, tag_field="event", tag="lost"):
    detail: str


class Stumbled(Struct, frozen=True, tag_field="event", tag="stumbled"):
    reason: Reason
    detail: str
    retry_at: Instant


class Broke(Struct, frozen=True, tag_field="event", tag="broke"):
    detail: str


class GaveUp(Struct, frozen=True, tag_field="event", tag="gave_up"):
    reason: Reason
    detail: str


class Reported(Struct, frozen=True, tag_field="event", tag="reported"):
    outcome: str


class Retried(Struct, frozen=True, tag_field="event", tag="retried"):
    pass


class Recategorised(Struct, frozen=True, tag_field="event", tag="recategorised"):
    category: str
    save_path: str


class Renamed(Struct, frozen=True, tag_field="event", tag="renamed"):
    name: str


class Adjusted(Struct, frozen=True, tag_field="event", tag="adjusted"):
    options: Options


class Paused(Struct, frozen=True, tag_field="event", tag="paused"):
    pass


class Resumed(Struct, frozen=True, tag_field="event", tag="resumed"):
    pass


class RemovalAsked(Struct, frozen=True, tag_field="event", tag="removal_asked"):
    delete_files: bool
    release_remote: bool | None = None


class Released(Struct, frozen=True, tag_field="event", tag="released"):
    remote_kept: bool


Event = (
    Added
    | Submitted
    | Refused
    | Cached
    | Placed
    | Seen
    | Lost
    | Stumbled
    | Broke
    | GaveUp
    | Reported
    | Retried
    | Recategorised
    | Renamed
    | Adjusted
    | Paused
    | Resumed
    | RemovalAsked
    | Released
)


class StaleEvent(Exception):
    """The event does not fit the phase: something else happened first."""


def evolve(torrent: Torrent, event: Event, at: datetime) -> Torrent:
    """Return the torrent as it is after `event`, which happened `at`.

    Raises StaleEvent for a pair that is not listed, so the listing is the whole life story.
    """
    match torrent.phase, event:
        case Removing(), Released():
            return _moved(torrent, Gone())
        case Removing(), Stumbled() as stumble:
            return _stumbled(torrent, stumble)
        case Removing() | Gone(), _:
            raise StaleEvent(_pair(torrent, event))
        case Accepted(), Submitted(remote=remote):
            return _moved(torrent, Fetching(remote, at))
        case Fetching(remote=known), Submitted(remote=remote) if known == remote:
            return _moved(torrent, torrent.phase)
        case Fetching(), Submitted(remote=remote):
            return _moved(torrent, Fetching(remote, at))
        case Accepted() | Fetching() | Placing(), Refused(provider=provider, reason=reason, detail=detail):
            refusal = RefusalNote(provider=provider, reason=reason, detail=detail)
            kept = tuple(known for known in torrent.refusals if known.provider != provider)
            return replace(_moved(torrent, Accepted()), refusals=(*kept, refusal))
        case Fetching(remote=remote), Cached(folder=folder, files=files):
            return _known(_moved(torrent, Placing(remote, at, folder, files)), files)
        case Placing(remote=remote, folder=folder, files=files), Placed(content_path=path):
            return _moved(torrent, Confirming(remote, at, folder, files, path))
        case Confirming(remote=remote, files=files, content_path=path), Seen():
            return replace(_moved(torrent, Ready(remote, files, path)), completed_at=at)
        case Fetching() | Placing() | Confirming() | Ready(), Lost(detail=detail):
            return replace(_moved(torrent, Accepted()), waiting_for=detail, losses=torrent.losses + 1)
        case Accepted() | Fetching() | Placing() | Confirming() | Failed(
            reported=False
        ), Stumbled() as stumble:
            return _stumbled(torrent, stumble)
        case Accepted() | Fetching() | Placing() | Confirming(), GaveUp(reason=reason, detail=detail):
            return _failed(torrent, reason, detail)
        case Accepted() | Fetching() | Placing() | Confirming() | Ready() | Failed(), Broke(detail=detail):
            return _failed(torrent, Reason.BUG, detail)
        case Failed(reported=False) as failed, Reported():
            return _moved(torrent, replace(failed, reported=True))
        case Failed(), Retried():
            return replace(_moved(torrent, Accepted()), refusals=(), losses=0)
        case _, RemovalAsked(delete_files=delete_files, release_remote=release_remote):
            return _removing(torrent, delete_files, release_remote)
        case _, Recategorised(category=category, save_path=save_path):
            placed = bool(content_path(torrent))
            return replace(torrent, category=category, save_path=torrent.save_path if placed else save_path)
        case _, Renamed(name=name):
            return replace(torrent, name=name)
        case _, Adjusted(options=options):
            return replace(torrent, options=options)
        case _, Paused():
            return replace(torrent, paused=True)
        case _, Resumed():
            return replace(torrent, paused=False, retry_at=None)
    raise StaleEvent(_pair(torrent, event))


def remote_of(torrent: Torrent) -> Remote | None:
    """The remote item this torrent holds, if any."""
    match torrent.phase:
        case Accepted() | Gone():
            return None
        case phase:
            return phase.remote


def content_path(torrent: Torrent) -> str:
    """Absolute path of what was placed, "" while nothing is."""
    match torrent.phase:
        case Confirming() | Ready() | Failed() | Removing() as phase:
            return phase.content_path
        case _:
            return ""


def _moved(torrent: Torrent, phase: Phase) -> Torrent:
    return replace(torrent, phase=phase, stumbles=0, retry_at=None, waiting_for="", waiting_reason=None)


def _stumbled(torrent: Torrent, event: Stumbled) -> Torrent:
    return replace(
        torrent,
        stumbles=torrent.stumbles + 1,
        retry_at=event.retry_at,
        waiting_for=event.detail,
        waiting_reason=event.reason,
    )


def _known(torrent: Torrent, files: tuple[RemoteFile, ...]) -> Torrent:
    """A magnet learns its files from the provider; metainfo, where we have it, knows better."""
    if torrent.files:
        return torrent
    learned = tuple(TorrentFile(file.path, file.size) for file in files)
    return replace(torrent, files=learned, size=sum(file.size for file in files))


def _failed(torrent: Torrent, reason: Reason, detail: str) -> Torrent:
    reported = reason not in REPORTED_REASONS
    return _moved(torrent, Failed(reason, detail, reported, remote_of(torrent), content_path(torrent)))


def _removing(torrent: Torrent, delete_files: bool, release_remote: bool | None) -> Torrent:
    finished = torrent.completed_at is not None
    held = remote_of(torrent)
    return _moved(torrent, Removing(delete_files, release_remote, finished, held, content_path(torrent)))


def _pair(torrent: Torrent, event: Event) -> str:
    return f"{type(event).__name__} while {type(torrent.phase).__name__}"
