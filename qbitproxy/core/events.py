"""What can happen to a torrent, what becomes of it then."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from qbitproxy.core.faults import EFFECTS, Effect, Reason
from qbitproxy.core.layout import arranged, laid_out, relocated, standing, standing_at
from qbitproxy.core.torrent import (
    Accepted,
    Confirming,
    Content,
    Divided,
    Failed,
    Fetching,
    FileWish,
    Gone,
    Instant,
    Options,
    Part,
    Phase,
    PlacedFile,
    Placing,
    Ready,
    RefusalNote,
    Remote,
    RemoteFile,
    Removing,
    Round,
    Torrent,
    TorrentFile,
    Tracker,
    content_path,
    remote_of,
    was_finished_from,
)

LONG_BREAK = timedelta(minutes=10)
"""After a pause, an outage, a stop of this length it is looked for what cannot be seen as if anew."""


class Added(Struct, frozen=True, tag_field="event", tag="added"):
    torrent: Torrent


class Submitted(Struct, frozen=True, tag_field="event", tag="submitted"):
    remote: Remote
    why: str = ""  # this provider was chosen, in words for a person
    adopted: bool = False  # the item was there before we asked for it: it is not ours to let go of


class Refused(Struct, frozen=True, tag_field="event", tag="refused"):
    provider: str
    reason: Reason
    detail: str


class Cached(Struct, frozen=True, tag_field="event", tag="cached"):
    folder: str
    files: tuple[RemoteFile, ...]


class Split(Struct, frozen=True, tag_field="event", tag="split"):
    """Each of `parts` is added as a torrent of its own together with this event."""

    folder: str
    parts: tuple[Part, ...]


class Placed(Struct, frozen=True, tag_field="event", tag="placed"):
    content_path: str
    places: tuple[PlacedFile, ...] = ()  # told when clients wished how the content is to lie
    revision: int = 0  # of the layout that was followed


class Seen(Struct, frozen=True, tag_field="event", tag="seen"):
    by: str  # the Arr's name, or "" when we looked ourselves


class ArrangeBegun(Struct, frozen=True, tag_field="event", tag="arrange_begun"):
    round: Round


class Arranged(Struct, frozen=True, tag_field="event", tag="arranged"):
    """The round that was under way is at its end."""


class CheckAsked(Struct, frozen=True, tag_field="event", tag="check_asked"):
    pass


class Checked(Struct, frozen=True, tag_field="event", tag="checked"):
    """The provider holds all of it; what our disk misses is to be placed again."""

    folder: str = ""  # the provider's name for the torrent
    missing: tuple[str, ...] = ()  # files, as the torrent or its provider names them


class Lost(Struct, frozen=True, tag_field="event", tag="lost"):
    detail: str


class Left(Struct, frozen=True, tag_field="event", tag="left"):
    """It waits no longer for its provider, where its remote item stays until it can be let go of."""

    detail: str


class Freed(Struct, frozen=True, tag_field="event", tag="freed"):
    """A remote item it had is let go of: gone, or kept for somebody else."""

    remote: Remote
    remote_kept: bool


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
    arr: str = ""  # the Arr that was told, "" when nobody was


class Retried(Struct, frozen=True, tag_field="event", tag="retried"):
    pass


class Recategorised(Struct, frozen=True, tag_field="event", tag="recategorised"):
    category: str
    save_path: str


class Relocated(Struct, frozen=True, tag_field="event", tag="relocated"):
    save_path: str
    automatic: bool = False  # from now on it is that of its category


class LaidOut(Struct, frozen=True, tag_field="event", tag="laid_out"):
    """Clients said how the content is to lie."""

    folder: str
    files: tuple[FileWish, ...]


class Renamed(Struct, frozen=True, tag_field="event", tag="renamed"):
    name: str


class Adjusted(Struct, frozen=True, tag_field="event", tag="adjusted"):
    options: Options


class Retracked(Struct, frozen=True, tag_field="event", tag="retracked"):
    trackers: tuple[Tracker, ...]


class Paused(Struct, frozen=True, tag_field="event", tag="paused"):
    pass


class Resumed(Struct, frozen=True, tag_field="event", tag="resumed"):
    pass


class RemovalAsked(Struct, frozen=True, tag_field="event", tag="removal_asked"):
    delete_files: bool
    release_remote: bool | None = None


class Released(Struct, frozen=True, tag_field="event", tag="released"):
    remote_kept: bool
    remote: Remote | None = None  # what was held until now
    linked: bool = False  # a library may point at it


Event = (
    Added
    | Submitted
    | Refused
    | Cached
    | Split
    | Placed
    | ArrangeBegun
    | Arranged
    | CheckAsked
    | Checked
    | Seen
    | Lost
    | Left
    | Freed
    | Stumbled
    | Broke
    | GaveUp
    | Reported
    | Retried
    | Recategorised
    | Relocated
    | LaidOut
    | Renamed
    | Adjusted
    | Retracked
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
            return _stumbled(torrent, stumble, at)
        case Removing(remote=None) as leaving, Submitted(remote=remote):  # it was just being added there
            return replace(torrent, phase=replace(leaving, remote=remote), left=_without(torrent, remote))
        case Removing() | Ready(), Reported():  # its Arr had it removed meanwhile, or does not import it
            return torrent
        case phase, Freed(remote=remote) if not isinstance(phase, Gone):
            return replace(torrent, left=_without(torrent, remote))
        case Removing() | Gone(), _:
            raise StaleEvent(_pair(torrent, event))
        case Accepted(), Submitted(remote=remote):
            return replace(_moved(torrent, Fetching(remote, at)), left=_without(torrent, remote))
        case Fetching(remote=known), Submitted(remote=remote) if known == remote:
            return _moved(torrent, torrent.phase)
        case Fetching(), Submitted(remote=remote):
            return _moved(torrent, Fetching(remote, at))
        case Accepted() | Fetching() | Placing(), Refused(provider=provider, reason=reason, detail=detail):
            refusal = RefusalNote(provider=provider, reason=reason, detail=detail)
            kept = tuple(known for known in torrent.refusals if known.provider != provider)
            return replace(_moved(torrent, Accepted()), refusals=(*kept, refusal))
        case Fetching(remote=remote), Cached(folder=folder, files=files):
            return _known(_at_metadata(_moved(torrent, Placing(remote, at, folder, files))), files)
        case Fetching(remote=remote), Split():
            return _moved(torrent, Divided(remote, at))
        case Placing(remote=remote, folder=folder, files=files), Placed(content_path=path) as placed:
            confirming = Confirming(remote, at, folder, files, path)
            content = Content(path, placed.places, placed.revision) if placed.revision else None
            return standing_at(_moved(torrent, confirming), content)
        case Placing() | Confirming() | Ready(), ArrangeBegun(round=begun) if torrent.round is None:
            return replace(torrent, round=begun)
        case Placing() | Confirming() | Ready() as phase, Arranged() if torrent.round is not None:
            return arranged(_moved(torrent, phase), torrent.round, at)
        case Ready(), CheckAsked():
            return replace(torrent, check_asked=True)
        case Ready() as ready, Checked(folder=folder, missing=missing):
            checked = replace(_moved(torrent, ready), check_asked=False)
            if not missing:
                return checked
            again = Placing(ready.remote, at, folder, ready.files)
            return replace(checked, phase=again, content=standing(torrent))
        case Confirming(remote=remote, files=files, content_path=path), Seen():
            return _finished(_moved(torrent, Ready(remote, files, path)), remote, at)
        case Fetching() | Placing() | Confirming() | Ready(), Lost(detail=detail):
            lost = replace(torrent, content=standing(torrent), check_asked=False, losses=torrent.losses + 1)
            return replace(_moved(lost, Accepted()), waiting_for=detail)
        case Fetching(remote=remote) | Placing(remote=remote), Left(detail=detail):
            moved = _moved(torrent, Accepted())
            return replace(moved, waiting_for=detail, left=(*torrent.left, remote))
        case Accepted() | Fetching() | Placing() | Confirming() | Ready() | Failed(
            reported=False
        ), Stumbled() as stumble:
            return _stumbled(torrent, stumble, at)
        case Accepted() | Fetching() | Placing() | Confirming(), GaveUp(reason=reason, detail=detail):
            return _failed(torrent, reason, detail)
        case Accepted() | Fetching() | Placing() | Confirming() | Divided() | Ready() | Failed(), Broke(
            detail=detail
        ):
            return _failed(torrent, Reason.BUG, detail)
        case Failed(reported=False) as failed, Reported():
            return _moved(torrent, replace(failed, reported=True))
        case Failed(remote=remote), Retried():
            left = torrent.left if remote is None else (*torrent.left, remote)
            return replace(_moved(torrent, Accepted()), refusals=(), losses=0, left=left)
        case _, RemovalAsked(delete_files=delete_files, release_remote=release_remote):
            return _removing(torrent, delete_files, release_remote)
        case _, Recategorised(category=category, save_path=save_path):
            stays = bool(content_path(torrent)) and not torrent.options.auto_tmm
            return relocated(replace(torrent, category=category), torrent.save_path if stays else save_path)
        case _, Relocated(save_path=save_path, automatic=automatic):
            options = replace(torrent.options, auto_tmm=automatic)
            return relocated(replace(torrent, options=options), save_path)
        case _, LaidOut(folder=folder, files=files):
            return laid_out(torrent, folder, files)
        case _, Renamed(name=name):
            return replace(torrent, name=name)
        case _, Adjusted(options=options):
            return replace(torrent, options=options)
        case _, Retracked(trackers=trackers):
            return replace(torrent, trackers=trackers)
        case _, Paused():
            return replace(torrent, paused=True)
        case _, Resumed():
            return replace(torrent, paused=False, retry_at=None)
    raise StaleEvent(_pair(torrent, event))


def part_of(whole: Torrent, split: Split, part: Part, torrent_id: int, at: datetime) -> Torrent:
    """One season of `whole`, as it begins its own life when `split` happens."""
    if not isinstance(whole.phase, Fetching):
        raise StaleEvent(_pair(whole, split))
    return replace(
        _at_metadata(whole),
        id=torrent_id,
        infohash=part.infohash,
        infohash_v2="",
        part_of=whole.infohash,
        name=part.name,
        files=tuple(TorrentFile(file.path, file.size) for file in part.files),
        size=sum(file.size for file in part.files),
        left=(),
        phase=Placing(whole.phase.remote, at, split.folder, part.files),
        added_at=at,
        layout=replace(whole.layout, folder=""),
    )


def _without(torrent: Torrent, remote: Remote) -> tuple[Remote, ...]:
    return tuple(known for known in torrent.left if known != remote)


def _moved(torrent: Torrent, phase: Phase) -> Torrent:
    calm = replace(torrent, stumbles=0, retry_at=None, waiting_for="", waiting_reason=None, unseen_since=None)
    return replace(calm, phase=phase)


def _stumbled(torrent: Torrent, event: Stumbled, at: datetime) -> Torrent:
    unseen_since: datetime | None = None
    if event.reason is Reason.PATH_NOT_VISIBLE:
        looked = torrent.retry_at is not None and at - torrent.retry_at < LONG_BREAK
        unseen_since = (torrent.unseen_since if looked else None) or at
    return replace(
        torrent,
        stumbles=torrent.stumbles + 1,
        retry_at=event.retry_at,
        waiting_for=event.detail,
        waiting_reason=event.reason,
        unseen_since=unseen_since,
    )


def _at_metadata(torrent: Torrent) -> Torrent:
    """Whoever wants to choose before anything is placed finds the torrent paused."""
    if not torrent.options.stop_at_metadata:
        return torrent
    return replace(torrent, paused=True, options=replace(torrent.options, stop_at_metadata=False))


def _known(torrent: Torrent, files: tuple[RemoteFile, ...]) -> Torrent:
    """A magnet learns its files from the provider; metainfo, where we have it, knows better."""
    if torrent.files:
        return torrent
    learned = tuple(TorrentFile(file.path, file.size) for file in files)
    return replace(torrent, files=learned, size=sum(file.size for file in files))


def _finished(torrent: Torrent, remote: Remote, at: datetime) -> Torrent:
    if torrent.completed_at is None or (torrent.finished_from and remote not in torrent.finished_from):
        torrent = replace(torrent, finished_from=(*torrent.finished_from, remote))
    return replace(torrent, completed_at=at)


def _failed(torrent: Torrent, reason: Reason, detail: str) -> Torrent:
    reported = EFFECTS[reason] is not Effect.REPORT
    return _moved(torrent, Failed(reason, detail, reported, remote_of(torrent), content_path(torrent)))


def _removing(torrent: Torrent, delete_files: bool, release_remote: bool | None) -> Torrent:
    held = remote_of(torrent)
    finished = was_finished_from(torrent, held) or isinstance(torrent.phase, Divided)
    return _moved(torrent, Removing(delete_files, release_remote, finished, held, content_path(torrent)))


def _pair(torrent: Torrent, event: Event) -> str:
    return f"{type(event).__name__} while {type(torrent.phase).__name__}"
