"""What should be done next with a torrent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

from msgspec import Struct

from qbitproxy.core.choice import (
    Ask,
    Nobody,
    Serve,
    Sleep,
    Stand,
    Standing,
    allows_uncached,
    choose,
    others_may_hold,
)
from qbitproxy.core.faults import Reason
from qbitproxy.core.layout import is_due, standing, wants_nothing
from qbitproxy.core.ports import ItemState, RemoteItem
from qbitproxy.core.torrent import (
    Accepted,
    Action,
    Confirming,
    Content,
    Divided,
    Failed,
    Fetching,
    Gone,
    Placing,
    Ready,
    Remote,
    Removing,
    Torrent,
)

FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=5)
SHORTEST_LOOK, LONGEST_LOOK = timedelta(seconds=1), timedelta(seconds=15)


class Check(Struct, frozen=True):
    """Ask `providers` whether they hold the torrent."""

    providers: tuple[str, ...]


class Submit(Struct, frozen=True):
    """Make `provider` hold the torrent."""

    provider: str
    fetch: bool = False  # it is known not to hold it yet
    why: str = ""  # in words for a person


class Queue(Struct, frozen=True):
    """Stand in line for a slot at any of `providers`."""

    providers: tuple[str, ...]
    fetch: bool  # to be worked on for long


class Collect(Struct, frozen=True):
    """The provider has it: ask which files."""

    remote: Remote


class Abandon(Struct, frozen=True):
    """Let go of the remote item; this provider does not serve the torrent."""

    remote: Remote
    reason: Reason
    detail: str


class Place(Struct, frozen=True):
    """Make the files appear below the save path."""

    phase: Placing


class Arrange(Struct, frozen=True):
    """Bring what stands nearer to how clients want it to lie."""

    content: Content


class Verify(Struct, frozen=True):
    """Look whether everything is still there: at the provider, on our disk."""

    phase: Ready


class Confirm(Struct, frozen=True):
    """Ask the Arr whether it sees what was placed."""

    phase: Confirming


class GiveUp(Struct, frozen=True):
    """Nobody serves it, or patience ended."""

    reason: Reason
    detail: str


class Finish(Struct, frozen=True):
    """Every season of it is gone, so it goes, too."""


class Report(Struct, frozen=True):
    """Tell the Arr to look for another release."""

    phase: Failed


class Release(Struct, frozen=True):
    """Let go of everything the torrent holds."""

    phase: Removing
    remote_too: bool


class Wait(Struct, frozen=True):
    """Nothing to do before `until`; None: until something happens."""

    until: datetime | None = None
    stays: bool = False  # the provider is left to work on it for long


Step = (
    Check
    | Submit
    | Queue
    | Collect
    | Abandon
    | Place
    | Arrange
    | Verify
    | Confirm
    | GiveUp
    | Finish
    | Report
    | Release
    | Wait
)


class Patience(Struct, frozen=True, kw_only=True):
    """How long we wait for others before we give up."""

    probe: timedelta = timedelta(seconds=10)  # an unfinished remote item counts as not cached after this
    metadata: timedelta = timedelta(minutes=10)
    stall: timedelta = timedelta(hours=6)
    mount: timedelta = timedelta(minutes=30)
    confirm: timedelta = timedelta(minutes=30)


class World(Struct, frozen=True, kw_only=True):
    """Everything outside the torrent that its next step depends on."""

    now: datetime
    providers: Mapping[str, Standing]  # in order of preference
    connected: bool = True  # the provider that holds it is among those of the settings
    item: RemoteItem | None = None  # as the last poll showed it
    moved_at: datetime | None = None  # when that item last made progress
    looked_at: datetime | None = None  # when somebody last could look at it, None for now
    uncached: bool | None = None  # the Arr's own policy
    patience: Patience = Patience()
    parts: int = 0  # seasons of it that are torrents of their own
    release_downloaded: bool = True  # let go of the remote item once its bytes are on our disk


def next_step(torrent: Torrent, world: World) -> Step:
    """The step that brings `torrent` on, derived from where it is."""
    if torrent.retry_at is not None and torrent.retry_at > world.now:
        return Wait(torrent.retry_at)
    match torrent.phase:
        case Removing() as phase:
            return Release(phase, _releases_remote(torrent, phase, world))
        case Failed(reported=False) as phase:
            return Report(phase)
        case Confirming() | Ready() if is_due(torrent) and (content := standing(torrent)) is not None:
            return Arrange(content)
        case Ready() as phase if torrent.check_asked:
            return Verify(phase)
        case Failed() | Ready() | Gone():
            return Wait()
        case Divided():
            return Wait(world.now + LONGEST_LOOK) if world.parts else Finish()
        case _ if torrent.paused or wants_nothing(torrent):
            return Wait()
        case Accepted():
            return _submit(torrent, world)
        case Fetching() as phase:
            return _fetch(torrent, phase, world)
        case Placing() as phase:
            if _unseen_for(torrent) > world.patience.mount:
                return GiveUp(Reason.PATH_NOT_VISIBLE, torrent.waiting_for)
            return Place(phase)
        case Confirming() as phase:
            if _unseen_for(torrent) > world.patience.confirm:
                return GiveUp(Reason.PATH_NOT_VISIBLE, torrent.waiting_for)
            return Confirm(phase)
        case phase:
            assert_never(phase)


def spread(torrent_id: int) -> timedelta:
    """A part of five seconds, so that those who wait for one provider do not all try it at once."""
    return timedelta(seconds=torrent_id * 37 % 100 / 20)


def back_off(torrent_id: int, stumbles: int, longest: timedelta = LONGEST_WAIT) -> timedelta:
    """How long to wait after the `stumbles`-th failure in a row: doubling, spread by a tenth per torrent."""
    doubled = min(FIRST_WAIT * 2 ** min(stumbles, 20), longest)
    return timedelta(seconds=doubled.total_seconds() * (1 + torrent_id * 37 % 100 / 1000))


def _submit(torrent: Torrent, world: World) -> Step:
    match choose(torrent, world.providers, world.uncached, world.now):
        case Serve(provider=name, fetch=fetch, why=why):
            return Submit(name, fetch, why)
        case Ask(providers=names):
            return Check(names)
        case Stand(providers=names, fetch=fetch):
            return Queue(names, fetch)
        case Sleep(until=until):
            return Wait(until + spread(torrent.id) if until is not None else None)
        case Nobody(reason=reason, detail=detail):
            return GiveUp(reason, detail)
        case chosen:
            assert_never(chosen)


def _fetch(torrent: Torrent, phase: Fetching, world: World) -> Step:
    item, remote, patience = world.item, phase.remote, world.patience
    others = others_may_hold(torrent, world.providers, remote.provider, world.now)
    if not world.connected:
        return Collect(remote)  # nobody polls it, so that nothing would ever happen: this says why
    if item is None or item.id != remote.id:
        return Wait()
    match item.state:
        case ItemState.DONE:
            return Collect(remote)
        case ItemState.FAILED:
            return Abandon(remote, item.reason or Reason.NO_SEEDS, item.detail)
        case ItemState.UNPREPARED:
            return Submit(remote.provider)
        case ItemState.CONVERTING if not others and _has_slot(remote.provider, world):
            metadata = Abandon(remote, Reason.NO_SEEDS, "its metadata never arrived")
            return _patiently(metadata, phase.since + patience.metadata, world, stays=True)
    if others or not _may_stay(torrent, remote.provider, world):
        refusal = Abandon(remote, Reason.NOT_CACHED, f"{remote.provider} does not hold it yet")
        return _patiently(refusal, phase.since + patience.probe, world)
    moved_at = max(phase.since, world.moved_at or phase.since)
    stalled = Abandon(remote, Reason.STALLED, f"no progress since {moved_at:%Y-%m-%d %H:%M} UTC")
    return _patiently(stalled, moved_at + patience.stall, world, stays=True)


def _may_stay(torrent: Torrent, name: str, world: World) -> bool:
    """Whether `name` may work on the torrent for long: it is allowed to, and has a slot for it."""
    standing = world.providers.get(name)
    allowed = standing is not None and allows_uncached(torrent, standing, world.uncached)
    return allowed and _has_slot(name, world)


def _has_slot(name: str, world: World) -> bool:
    return name in world.providers and world.providers[name].fetch_room


def _unseen_for(torrent: Torrent) -> timedelta:
    """How long we have been looking in vain: until the latest look, however long ago that is."""
    if torrent.unseen_since is None or torrent.retry_at is None:
        return timedelta()
    return torrent.retry_at - torrent.unseen_since


def _patiently(step: Step, deadline: datetime, world: World, *, stays: bool = False) -> Step:
    """`step`, once a look after `deadline` has changed nothing: what nobody sees may have moved."""
    if world.now < deadline:
        return Wait(deadline, stays)
    if (world.looked_at or world.now) >= deadline:
        return step
    return Wait(world.now + min(max(world.now - deadline, SHORTEST_LOOK), LONGEST_LOOK), stays)


def _releases_remote(torrent: Torrent, phase: Removing, world: World) -> bool:
    """A finished link may be what a library plays, so only its bytes on our own disk free the remote item."""
    if phase.remote is None:
        return False
    if phase.release_remote is not None:
        return phase.release_remote
    if not phase.finished:
        return True
    return torrent.request.action is Action.DOWNLOAD and world.release_downloaded
