"""Every torrent's next step, as soon as it is due."""

from __future__ import annotations

import asyncio
import heapq
from collections import defaultdict
from datetime import datetime, timedelta

import structlog
from structlog.contextvars import bound_contextvars

from qbitproxy.core.events import Broke, Event, StaleEvent, Stumbled
from qbitproxy.core.faults import Fault, Reason
from qbitproxy.core.plan import (
    Abandon,
    Arrange,
    Check,
    Collect,
    Place,
    Queue,
    Release,
    Report,
    Step,
    Submit,
    Verify,
    Wait,
    next_step,
)
from qbitproxy.core.torrent import Action, Remote, Removing, Torrent
from qbitproxy.files import DiskProblem, NotYet
from qbitproxy.library import UnknownTorrent
from qbitproxy.turns import in_turns
from qbitproxy.workers.hands import Hands
from qbitproxy.workers.pulse import Pulse
from qbitproxy.workers.steps import after_fault, not_yet, perform, stumble

log = structlog.get_logger()

TICK = timedelta(milliseconds=250)
CONSIDERED_AT_ONCE = 500
STEPS_AT_ONCE = 16
"""Steps under way at one provider, and those that concern none: a slow service holds up no other."""

CHECKS_AT_ONCE = 200
"""Torrents that wait to hear who holds them: they share calls, the more of them the fewer."""

LINKS_AT_ONCE = 4
MOVES_AT_ONCE = 4


class Advance:
    """Runs at most one step per torrent, a bounded number at once; a waiting torrent holds no slot."""

    def __init__(self, hands: Hands, pulse: Pulse, downloads_at_once: int) -> None:
        self._hands, self._pulse = hands, pulse
        self._due: set[int] = {torrent.id for torrent in hands.library.all()}
        self._stirred = asyncio.Event()
        self._stirred.set()
        self._alarms: list[tuple[datetime, int]] = []
        self._armed: dict[int, datetime] = {}  # the earliest alarm of each torrent
        self._running: dict[int, tuple[Step, asyncio.Task[None]]] = {}
        self._adding: set[int] = set()  # those that are just being added to a provider
        self._steps: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(STEPS_AT_ONCE))
        self._releases: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(STEPS_AT_ONCE))
        self._checks = asyncio.Semaphore(CHECKS_AT_ONCE)
        self._links = asyncio.Semaphore(LINKS_AT_ONCE)
        self._moves = asyncio.Semaphore(MOVES_AT_ONCE)
        self._downloads = asyncio.Semaphore(downloads_at_once)

    async def run(self) -> None:
        """Advance torrents until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_library(self._hands.library.version))
            group.create_task(self._watch_clock())
            while True:
                await self._stirred.wait()
                self._stirred.clear()
                due, self._due = self._due, set()
                async for ids in in_turns(sorted(due), CONSIDERED_AT_ONCE):
                    for torrent_id in ids:
                        self._consider(torrent_id, group)

    async def _watch_library(self, version: int) -> None:
        library = self._hands.library
        while True:
            now = await library.changed(version)
            self._stir(library.changed_since(version))
            version = now

    async def _watch_clock(self) -> None:
        while True:
            self._pulse.beat("advance")
            await self._hands.clock.sleep(TICK)
            now = self._hands.clock.now()
            rung: list[int] = []
            while self._alarms and self._alarms[0][0] <= now:
                at, torrent_id = heapq.heappop(self._alarms)
                if self._armed.get(torrent_id) == at:
                    del self._armed[torrent_id]
                    rung.append(torrent_id)
            self._stir(rung)

    def _arm(self, torrent_id: int, until: datetime) -> None:
        """An earlier alarm of the same torrent will ask again, so a later one is not needed."""
        if torrent_id not in self._armed or until < self._armed[torrent_id]:
            self._armed[torrent_id] = until
            heapq.heappush(self._alarms, (until, torrent_id))

    def _stir(self, ids: list[int]) -> None:
        if ids:
            self._due.update(ids)
            self._stirred.set()

    def _consider(self, torrent_id: int, group: asyncio.TaskGroup) -> None:
        torrent = self._hands.library.get(torrent_id)
        running = self._running.get(torrent_id)
        if running is not None:
            step, task = running
            ends = torrent is None or isinstance(torrent.phase, Removing) or torrent.paused
            if ends and not (self._is_added(torrent_id, torrent) or _goes_on(step, torrent)):
                task.cancel()
            return
        slots, now = self._hands.slots, self._hands.clock.now()
        if torrent is None:
            self._stir(slots.forget(torrent_id, now))
            return
        step = next_step(torrent, self._hands.world(torrent))
        self._stir(slots.settle(torrent, step, now))
        match step:
            case Wait(until=until):
                if until is not None:
                    self._arm(torrent_id, until)
            case Queue():
                pass  # its turn will be called
            case _:
                self._running[torrent_id] = step, group.create_task(self._take(torrent, step))

    async def _take(self, torrent: Torrent, step: Step) -> None:
        """Carry out one step in its lane, then look at the torrent again."""
        try:
            async with self._lane(torrent, step):
                if self._hands.library.get(torrent.id) == torrent:
                    if isinstance(step, Submit):
                        self._adding.add(torrent.id)
                    await advance_once(torrent, step, self._hands)
        finally:
            del self._running[torrent.id]
            self._adding.discard(torrent.id)
            whole = self._hands.library.with_infohash(torrent.part_of) if torrent.part_of else []
            self._stir([torrent.id, *(each.id for each in whole)])  # a whole ends with its last season

    def _is_added(self, torrent_id: int, torrent: Torrent | None) -> bool:
        """Whether it is removed while a provider adds it: only the answer says what is to be let go of."""
        return torrent_id in self._adding and torrent is not None and isinstance(torrent.phase, Removing)

    def _lane(self, torrent: Torrent, step: Step) -> asyncio.Semaphore:
        match step:
            case Check():
                return self._checks
            case Submit(provider=provider):
                return self._steps[provider]
            case Collect(remote=remote) | Abandon(remote=remote):
                return self._steps[remote.provider]
            case Verify(phase=phase):
                return self._steps[phase.remote.provider]
            case Release(phase=Removing(remote=Remote(provider=provider)), remote_too=True):
                return self._releases[provider]
            case Arrange():
                return self._moves
            case Place():
                return self._downloads if torrent.request.action is Action.DOWNLOAD else self._links
        return self._steps[""]


def _goes_on(step: Step, torrent: Torrent | None) -> bool:
    """Whether a step is to be brought to its end although the torrent is paused or on its way out."""
    if isinstance(step, Arrange | Verify):
        return torrent is not None and not isinstance(torrent.phase, Removing)
    return isinstance(step, Release | Report)  # an Arr that is told calls back for the removal


async def advance_once(torrent: Torrent, step: Step, hands: Hands) -> None:
    """Carry out one step and record what came of it. Cancelled: nothing recorded, so it is done again."""
    with bound_contextvars(torrent=torrent.id, step=type(step).__name__):
        for event in await _outcome(torrent, step, hands):
            try:
                await hands.library.record(torrent.id, event)
            except (StaleEvent, UnknownTorrent):  # a person deleted or paused it meanwhile
                log.info("step_result_dropped", outcome=type(event).__name__)
                return
            if isinstance(event, Stumbled):  # shown with the torrent; an outage is told once, by who rests
                log.debug("torrent_waits", detail=event.detail)
            else:
                log.info("torrent_advanced", outcome=type(event).__name__)


async def _outcome(torrent: Torrent, step: Step, hands: Hands) -> list[Event]:
    now = hands.clock.now()
    try:
        try:
            return await perform(step, torrent, hands)
        except Fault as fault:
            log.debug("step_stumbled", fault=type(fault).__name__, detail=fault.detail)
            return await after_fault(fault, torrent, hands)
    except Fault as fault:  # while letting go of what the first fault left behind
        return [stumble(torrent, Reason.OUTAGE, str(fault), now, fault.retry_after)]
    except NotYet as wait:
        return [not_yet(torrent, str(wait), now)]
    except DiskProblem as problem:
        log.warning("disk_problem", detail=str(problem))
        return [stumble(torrent, Reason.OUTAGE, str(problem), now)]
    except Exception as bug:  # a bug of ours must not take the other torrents with it
        log.exception("step_broke")
        if isinstance(torrent.phase, Removing):
            return [stumble(torrent, Reason.BUG, type(bug).__name__, now)]
        return [Broke(f"{type(bug).__name__} in step {type(step).__name__}: see the log")]
