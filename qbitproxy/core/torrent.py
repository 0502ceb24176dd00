"""What a torrent is, phase by phase.

There are many torrents, so the garbage collector is kept out of them (`gc=False`): values without a way to
refer to themselves are let go of without it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from qbitproxy.core.faults import Reason

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


class Tracker(Struct, frozen=True, array_like=True, gc=False):
    """One announce address of a torrent; it may tell whose it is, so it stays out of logs."""

    url: str
    tier: int  # 0 is asked first


class Request(Struct, frozen=True, kw_only=True, gc=False):
    """How the torrent was asked for; fixed from its first day."""

    origin: str = "qbit"  # "qbit", "api", or "repair" for one that only brings something back
    arr: str = ""  # configured name of the Arr that asked, "" for a person
    action: Action = Action.SYMLINK
    provider: str = ""  # only this provider, "" for any
    without: tuple[str, ...] = ()  # ids of its items that do not serve the torrent: it is added anew
    uncached: bool | None = None  # None leaves it to Arr, provider, default
    strip_trackers: bool = False
    skip_multi_season: bool = False
    callback_url: str = ""


class Options(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What clients may set at any time; none of it moves the phase."""

    tags: tuple[str, ...] = ()
    ratio_limit: float = -2  # -2 default, -1 none
    seeding_time_limit: int = -2  # minutes; -2 default, -1 none
    inactive_seeding_time_limit: int = -2  # minutes; -2 default, -1 none
    sequential: bool = False
    first_last: bool = False
    force_start: bool = False
    rank: int = 0  # among waiting torrents: higher goes first
    download_limit: int = 0  # bytes per second; 0: none
    upload_limit: int = 0  # bytes per second; 0: none. Shown only: nothing is uploaded
    auto_tmm: bool = False  # its save path is that of its category
    download_path: str = ""  # absolute, "" for none. Shown only: unfinished content is nobody's to see
    stop_at_metadata: bool = False  # paused as soon as its files are known
    super_seeding: bool = False  # shown only, as is what follows
    share_limit_action: str = "Default"  # in the words of qBittorrent
    share_limits_mode: str = "Default"
    comment: str | None = None  # None: that of the .torrent
    web_seeds: tuple[str, ...] | None = None  # None: those of the .torrent


class FileWish(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What clients want of one file."""

    path: str  # as the torrent or its provider names it
    place: str = ""  # below the content's folder, "" for the place that its own path gives it
    priority: int | None = None  # 0 is not wanted, any other is; None leaves that to the rules


class Layout(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """How clients want the content to lie."""

    folder: str = ""  # of the content below the save path, "" for that of its name
    files: tuple[FileWish, ...] = ()  # those that clients said something of
    revision: int = 0  # grows with every wish, one for another save path included


class PlacedFile(Struct, frozen=True, gc=False):
    """Where a file stands."""

    path: str  # as the torrent or its provider names it
    at: str  # below the content's folder


class Content(Struct, frozen=True, gc=False):
    """What stands on disk."""

    path: str  # absolute: the folder that holds all of it
    places: tuple[PlacedFile, ...]
    revision: int  # of the layout that it follows


class Round(Struct, frozen=True, kw_only=True, gc=False):
    """Changes to what stands that may be carried out in any order, and over again.

    No file moves to where another one still stands, so whether a move is done can be seen on disk.
    """

    home: str  # absolute: the content's folder afterwards
    gone: tuple[str, ...] = ()  # what is taken away: paths below the folder of now
    moves: tuple[tuple[str, str], ...] = ()  # from below the folder of now, to below that of afterwards
    places: tuple[PlacedFile, ...]  # where the files stand afterwards
    revision: int  # of the layout that they follow then


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


class Divided(Struct, frozen=True, gc=False, tag_field="phase", tag="divided"):
    """Its seasons are torrents of their own; it lasts until the last of them is gone."""

    remote: Remote
    since: Instant


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


Phase = Accepted | Fetching | Placing | Confirming | Divided | Ready | Failed | Removing | Gone


class Part(Struct, frozen=True, kw_only=True, gc=False):
    """One season of a torrent, to be a torrent of its own."""

    infohash: str  # 40 hex digits, derived: stable, never the whole's
    name: str
    files: tuple[RemoteFile, ...]


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
    part_of: str = ""  # infohash of the torrent this is a season of; its own infohash is derived then
    private: bool | None = None  # None until metadata is known
    size: int | None = None  # bytes of all files; None until metadata is known
    files: tuple[TorrentFile, ...] = ()
    trackers: tuple[Tracker, ...] = ()  # by tier; the source's own until a client changes them
    options: Options = Options()
    phase: Phase = Accepted()
    paused: bool = False
    layout: Layout = Layout()
    content: Content | None = None  # None: nothing, or what the phase says, each file at its own path
    round: Round | None = None  # under way, to be brought to its end whatever is wished meanwhile
    former: tuple[str, ...] = ()  # earlier save paths, where something half made may lie
    check_asked: bool = False  # whether everything is still there is to be looked at
    refusals: tuple[RefusalNote, ...] = ()
    left: tuple[Remote, ...] = ()  # what it left behind at providers that did not answer
    losses: int = 0  # times a provider lost it after it had it
    stumbles: int = 0
    retry_at: Instant | None = None
    waiting_for: str = ""  # why the last step stumbled, in words for a person
    waiting_reason: Reason | None = None
    unseen_since: Instant | None = None  # since when we have been looking in vain, without a long break
    completed_at: Instant | None = None
    finished_from: tuple[Remote, ...] = ()  # () with a `completed_at`: unknown


def remote_of(torrent: Torrent) -> Remote | None:
    """The remote item this torrent holds, if any."""
    match torrent.phase:
        case Accepted() | Gone():
            return None
        case phase:
            return phase.remote


def was_finished_from(torrent: Torrent, remote: Remote | None) -> bool:
    """Whether the torrent was finished from a remote item; yes where that is not known any more."""
    return torrent.completed_at is not None and (not torrent.finished_from or remote in torrent.finished_from)


def origin(torrent: Torrent) -> str:
    """The infohash by which the world outside knows what this torrent is of."""
    return torrent.part_of or torrent.infohash


def content_path(torrent: Torrent) -> str:
    """Absolute path of what was placed, "" while nothing is."""
    match torrent.phase:
        case Confirming() | Ready() | Failed() | Removing() as phase:
            return phase.content_path
        case _:
            return torrent.content.path if torrent.content is not None else ""
