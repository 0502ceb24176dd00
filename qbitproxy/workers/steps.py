"""Each step, carried out once."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from qbitproxy.core.choice import others_may_hold, others_serve
from qbitproxy.core.events import (
    Cached,
    Event,
    Freed,
    GaveUp,
    Left,
    Lost,
    Refused,
    Released,
    RemovalAsked,
    Reported,
    Seen,
    Split,
    Stumbled,
    Submitted,
)
from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.layout import collecting, kept, selecting
from qbitproxy.core.plan import (
    LONGEST_LOOK,
    LONGEST_WAIT,
    Abandon,
    Arrange,
    Check,
    Collect,
    Confirm,
    Finish,
    GiveUp,
    Place,
    Release,
    Report,
    Step,
    Submit,
    Verify,
    back_off,
)
from qbitproxy.core.ports import ItemState, RemoteItem, Source
from qbitproxy.core.torrent import (
    Accepted,
    Action,
    Failed,
    Fetching,
    Placing,
    Ready,
    Remote,
    Removing,
    Torrent,
    origin,
    remote_of,
    was_finished_from,
)
from qbitproxy.library import Telemetry, UnknownTorrent
from qbitproxy.sources import from_magnet, with_trackers, without_trackers
from qbitproxy.workers.hands import ArrHand, Hands
from qbitproxy.workers.placing import ALMOST, place
from qbitproxy.workers.upkeep import arrange, verify

MOST_LOSSES = 2
"""How often a provider may lose the same torrent before it counts as not serving it."""

USED_UP = timedelta(minutes=5)
"""A provider that asks for a longer wait has used something up: other accounts go on meanwhile."""

CLOCKS_DIFFER = timedelta(seconds=5)
"""How far a service's time may be behind ours."""

MOST_REPORTS = 20
"""How often we look for a failed torrent in the Arr's queue before we take it as not there."""


async def perform(step: Step, torrent: Torrent, hands: Hands) -> list[Event]:
    """Do what `step` says; return what came of it, in order. Raises Fault, DiskProblem, NotYet."""
    match step:
        case Check(providers=names):
            await _check(names, torrent, hands)
        case Submit(provider=name, why=why):
            return await _submit(name, why, torrent, hands)
        case Collect(remote=remote):
            return await _collect(remote, torrent, hands)
        case Abandon(remote=remote, reason=reason, detail=detail):
            return [await free(remote, torrent, hands), Refused(remote.provider, reason, detail)]
        case Place(phase=phase):
            return [await place(phase, torrent, hands)]
        case Arrange(content=content):
            return [await arrange(content, torrent, hands)]
        case Verify(phase=phase):
            return [await verify(phase, torrent, hands)]
        case Confirm(phase=phase):
            return [await _confirm(Path(phase.content_path), torrent, hands)]
        case GiveUp(reason=reason, detail=detail):
            return [GaveUp(reason, detail)]
        case Finish():
            return [RemovalAsked(delete_files=False)]
        case Report():
            return [await _report(torrent, hands)]
        case Release(phase=phase, remote_too=remote_too):
            return [await _release(phase, remote_too, torrent, hands)]
    return []


async def after_fault(fault: Fault, torrent: Torrent, hands: Hands) -> list[Event]:
    """What a failed call means for the torrent. May itself raise a Fault while letting go."""
    remote = remote_of(torrent)
    if isinstance(torrent.phase, Removing):
        return [stumble(torrent, Reason.OUTAGE, fault.detail, hands.clock.now(), fault.retry_after)]
    if isinstance(torrent.phase, Ready) and not isinstance(fault, Missing):
        return [stumble(torrent, Reason.OUTAGE, fault.detail, hands.clock.now(), fault.retry_after)]
    match fault:
        case Refusal(reason=reason):
            freed = [await free(remote, torrent, hands)] if remote is not None else []
            return [*freed, Refused(fault.owner, reason, fault.detail)]
        case Missing() if isinstance(torrent.phase, Ready):
            return [Lost(fault.detail)]  # nothing is let go of: a library may point at what is left
        case Missing() if remote is not None and remote.provider == fault.owner:
            return [await free(remote, torrent, hands), loss(torrent, fault.owner, fault.detail)]
        case Denied():
            if fault.owner in hands.providers:
                hands.rest(fault.owner, denied(fault))
                if _another_serves(fault.owner, torrent, hands):
                    return [Left(str(fault))]
            wait = 0 if isinstance(torrent.phase, Accepted) else None  # for these the plan minds the rest
            return [stumble(torrent, Reason.OUTAGE, str(fault), hands.clock.now(), wait)]
        case Busy(retry_after=wait):
            if fault.owner in hands.providers and wait is not None and wait >= USED_UP.total_seconds():
                hands.rest(fault.owner, f"asks us to wait: {fault.detail}", timedelta(seconds=wait))
                if remote is not None and _another_serves(fault.owner, torrent, hands):
                    return [await free(remote, torrent, hands), Lost(str(fault))]
                if isinstance(torrent.phase, Accepted):
                    wait = 0  # the plan knows of the rest: another account may go on at once
            return [stumble(torrent, Reason.QUOTA, str(fault), hands.clock.now(), wait)]
        case Unreachable() if _is_stranded(torrent, hands):
            return [Left(str(fault))]
        case Unreachable() if isinstance(torrent.phase, Accepted) and _rests(fault.owner, hands):
            # The plan knows how long it is left alone, and whether somebody else can be asked meanwhile.
            return [stumble(torrent, Reason.OUTAGE, str(fault), hands.clock.now(), 0)]
    return [stumble(torrent, Reason.OUTAGE, str(fault), hands.clock.now(), fault.retry_after)]


def loss(torrent: Torrent, provider: str, detail: str) -> Event:
    """What it means that `provider` has lost the torrent: after some times it does not serve it."""
    if torrent.losses >= MOST_LOSSES:
        return Refused(provider, Reason.FILTERED_BY_PROVIDER, detail)
    return Lost(detail)


def denied(fault: Denied) -> str:
    """Why the provider rests that refused the account; follows its name."""
    return f"refuses the account: {fault.detail}"


def _rests(name: str, hands: Hands) -> bool:
    return name in hands.providers and hands.resting_until(name) is not None


def _is_stranded(torrent: Torrent, hands: Hands) -> bool:
    """Whether who holds the torrent is among the providers no more, while another takes it at once."""
    remote = remote_of(torrent)
    under_way = isinstance(torrent.phase, Fetching | Placing)
    if remote is None or not under_way or remote.provider in hands.providers:
        return False
    world = hands.world(torrent)
    return others_serve(torrent, world.providers, remote.provider, world.uncached, world.now)


def _another_serves(name: str, torrent: Torrent, hands: Hands) -> bool:
    """Whether what `name` holds for us but does not hand out may be had from another account at once."""
    remote = remote_of(torrent)
    if remote is None or remote.provider != name or isinstance(torrent.phase, Failed):
        return False
    world = hands.world(torrent)
    return others_may_hold(torrent, world.providers, name, world.now)


def stumble(
    torrent: Torrent,
    reason: Reason,
    detail: str,
    now: datetime,
    retry_after: float | None = None,
    longest: timedelta = LONGEST_WAIT,
) -> Stumbled:
    """The step is to be tried again: after `retry_after` seconds, or after a growing while."""
    wait = back_off(torrent.id, torrent.stumbles, longest)
    if retry_after is not None:
        wait = timedelta(seconds=retry_after)
    return Stumbled(reason, detail, now + wait)


def not_yet(torrent: Torrent, detail: str, now: datetime) -> Stumbled:
    """Something of ours is not visible yet: look again soon."""
    return stumble(torrent, Reason.PATH_NOT_VISIBLE, detail, now, longest=LONGEST_LOOK)


async def _check(names: tuple[str, ...], torrent: Torrent, hands: Hands) -> None:
    async with asyncio.TaskGroup() as group:
        for name in names:
            inquiry = hands.connected(name).inquiry
            if inquiry is not None:
                group.create_task(hands.availability.learn(name, torrent.infohash, inquiry))


async def _submit(name: str, why: str, torrent: Torrent, hands: Hands) -> list[Event]:
    source = await _source(torrent, hands)
    if {tracker.url for tracker in torrent.trackers} != set(source.trackers):  # a client changed them
        source = with_trackers(source, torrent.trackers)
    if hands.strips(torrent, source):  # as a link: a file would still say that it is private
        source = replace(without_trackers(source), metainfo=b"")
    rules = selecting(torrent, hands.rules_for(torrent))
    async with hands.turn(name, torrent):
        item = await hands.connected(name).provider.submit(source, rules, torrent.request.without)
    events: list[Event] = [Submitted(Remote(name, item.id), why, _is_foreign(item, torrent))]
    if item.state is ItemState.DONE and item.files is not None:
        events.append(arrived(item, torrent, hands))
    _show(item, torrent, hands)
    return events


async def _source(torrent: Torrent, hands: Hands) -> Source:
    """What was handed in; a bare link for a season that outlives its pack."""
    try:
        return await hands.library.source(origin(torrent))
    except UnknownTorrent:
        return from_magnet(f"magnet:?xt=urn:btih:{origin(torrent)}")


def _is_foreign(item: RemoteItem, torrent: Torrent) -> bool:
    """Whether somebody else put an adopted item into the account.

    One that is younger than the torrent we added ourselves, and were stopped before we could note it.
    """
    if not item.adopted:
        return False
    return item.added_at is None or item.added_at < torrent.added_at - CLOCKS_DIFFER


async def _collect(remote: Remote, torrent: Torrent, hands: Hands) -> list[Event]:
    provider = hands.connected(remote.provider).provider
    item = await provider.contents(remote.id, collecting(torrent, hands.rules_for(torrent)))
    return [arrived(item, torrent, hands)]


def arrived(item: RemoteItem, torrent: Torrent, hands: Hands) -> Event:
    """What comes of it that the provider has the files: a season keeps to its own, many seasons part.

    What no Arr could import is given up before anybody is told that it is there.
    """
    files = item.files or ()
    if torrent.part_of:
        own = {file.path for file in torrent.files}
        return Cached(item.name, tuple(file for file in files if file.path in own))
    if objection := hands.objection(torrent, files):  # what clients leave out speaks against no release
        return GaveUp(Reason.REFUSED_BY_POLICY, objection)
    parts = hands.parts(torrent, tuple(kept(torrent, files)))
    return Split(item.name, parts) if parts else Cached(item.name, files)


def _show(item: RemoteItem, torrent: Torrent, hands: Hands) -> None:
    seen = hands.library.telemetry(torrent.id)
    hands.library.observe(torrent.id, seen_item(torrent, item, seen, hands.clock.now()))


def seen_item(torrent: Torrent, item: RemoteItem, before: Telemetry, now: datetime) -> Telemetry:
    """Telemetry after a look at the remote item: half of the way when the bytes come to our disk too."""
    moved = before.item is None or before.item.id != item.id or before.item.progress != item.progress
    share = 0.5 if torrent.request.action is Action.DOWNLOAD else ALMOST
    return Telemetry(
        item=replace(item, files=None),
        moved_at=now if moved else before.moved_at,
        progress=item.progress * share,
        speed=item.speed,
        seeders=item.seeders,
        done=int((torrent.size or item.size) * item.progress * share),
    )


async def free(remote: Remote, torrent: Torrent, hands: Hands) -> Freed:
    """Let go of a remote item of `torrent`, unless somebody still needs it. Raises Fault."""
    return Freed(remote, await _let_go(remote, torrent, hands))


async def _let_go(remote: Remote, torrent: Torrent, hands: Hands, *, asked_for: bool = False) -> bool:
    """Release the remote item; say whether it was kept.

    It is where another torrent shares it or is about to, where it was not ours to begin with, or where a
    library may point at it; the last two not when a person wants it gone (`asked_for`).
    """
    if remote.provider not in hands.providers:
        return True
    async with hands.turn(remote.provider, torrent):
        family = hands.library.family(torrent)
        if any(isinstance(kin.phase, Accepted) or remote_of(kin) == remote for kin in family):
            return True
        linked = was_finished_from(torrent, remote) and torrent.request.action is Action.SYMLINK
        if not asked_for and (linked or not await hands.library.may_go(remote)):
            return True
        await hands.providers[remote.provider].provider.release(remote.id)
        return False


async def _confirm(content: Path, torrent: Torrent, hands: Hands) -> Event:
    now = hands.clock.now()
    if torrent.request.action is Action.NONE:
        return Seen("")
    arr = hands.arrs.hand(torrent.request.arr)
    files = await hands.disk.placed_files(content)
    if arr is not None and arr.confirm:
        try:
            unseen = await arr.arr.unseen(
                [str(path) for path in files], [str(target) for target in files.values() if target]
            )
        except Denied:  # it polls us all the same: our own look is the best there is
            arr = None
        else:
            if unseen:
                return not_yet(torrent, _invisible(torrent.request.arr, unseen[0]), now)
            return Seen(torrent.request.arr)
    unreadable = await hands.disk.unreadable(files)
    if unreadable is not None:
        return not_yet(torrent, f"{unreadable} cannot be read", now)
    return Seen("")


def _invisible(arr: str, path: str) -> str:
    return (
        f"{arr} does not see {path}. Give it that folder (the same volume in its container), or say where "
        f"it sees ours in arrs.{arr}.path_mappings; check that it may read it"
    )


async def _report(torrent: Torrent, hands: Hands) -> Event:
    name, now = torrent.request.arr, hands.clock.now()
    arr: ArrHand | None = hands.arrs.hand(name)
    if arr is None and hands.arrs.kind(name):
        return _not_listed(torrent, f"{name} has not introduced itself yet", hands)
    if arr is None or not arr.report:
        return Reported("no Arr to tell")
    free_at = await hands.reports.next_at(name, arr.report_limit, now)
    if free_at > now:
        detail = f"{name} was told of {arr.report_limit} failures within a day: the next one waits"
        return Stumbled(Reason.QUOTA, detail, free_at)
    await hands.reports.told(name, now)
    try:
        outcome = await arr.arr.reject(torrent.infohash, torrent.category)
    except Fault as fault:
        await hands.reports.not_told(name, now)
        if isinstance(fault, Missing):  # it polls once a minute, so the queue lags behind us
            return _not_listed(torrent, fault.detail, hands)
        raise
    hands.reports.forget_misses(torrent.id)
    return Reported(outcome, name)


def _not_listed(torrent: Torrent, detail: str, hands: Hands) -> Event:
    """The Arr has yet to list the torrent, or to introduce itself: look again soon, but not for ever."""
    if hands.reports.missed(torrent.id) > MOST_REPORTS:
        hands.reports.forget_misses(torrent.id)
        return Reported(detail)
    return stumble(torrent, Reason.OUTAGE, detail, hands.clock.now(), longest=LONGEST_LOOK)


async def _release(phase: Removing, remote_too: bool, torrent: Torrent, hands: Hands) -> Event:
    """Let go of what the torrent holds; seasons that are left of it go first."""
    for part in hands.library.parts_of(torrent.infohash):
        if part.category == torrent.category and not isinstance(part.phase, Removing):
            await hands.library.record(part.id, RemovalAsked(phase.delete_files, phase.release_remote))
    if phase.delete_files:
        await hands.disk.remove(torrent, phase.content_path)
    else:
        await hands.disk.forget(torrent, phase.content_path)
    kept = True
    if remote_too and phase.remote is not None:
        asked_for = phase.release_remote is True
        kept = await _let_go(phase.remote, torrent, hands, asked_for=asked_for)
    for left in torrent.left:
        await hands.library.record(torrent.id, await free(left, torrent, hands))
    played = torrent.request.action is Action.SYMLINK or torrent.request.origin == "repair"
    return Released(kept, phase.remote, linked=kept and phase.finished and played)
