"""One list call per provider: what it says of the torrents it works on."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from qbitproxy.core.choice import others_serve
from qbitproxy.core.events import Freed, Left, StaleEvent
from qbitproxy.core.faults import Denied, Fault, Unreachable
from qbitproxy.core.ports import RemoteItem
from qbitproxy.core.torrent import Fetching, Torrent, remote_of
from qbitproxy.library import UnknownTorrent
from qbitproxy.workers.hands import Hands
from qbitproxy.workers.pulse import Pulse
from qbitproxy.workers.steps import denied, loss, seen_item

log = structlog.get_logger()

TICK = timedelta(milliseconds=250)
EAGER = timedelta(seconds=1)
YOUNG = timedelta(seconds=20)
"""A torrent this young may be cached, so the list is read every EAGER."""

LOST_SHARE = 0.5
LOST_COUNT = 5
"""A list that suddenly misses more than this share of at least so many known items is doubted."""

LOST_AFTER = timedelta(seconds=5)
"""How far apart the two lists are that both miss an item before it counts as lost."""

OUTAGE = timedelta(minutes=15)
"""After this long without an answer, or with the account refused, torrents go on wherever else they can.

What lists have said for as long is believed, however much they miss.
"""


class Poll:
    """Watches one provider while it works on something for us; costs nothing when it does not."""

    def __init__(self, name: str, hands: Hands, pulse: Pulse) -> None:
        self._name, self._hands, self._pulse = name, hands, pulse
        self._fetching: dict[int, Torrent] = {}
        self._version = -1
        self._missing_since: dict[int, datetime] = {}
        self._doubted_since: datetime | None = None
        self._down_since: datetime | None = None
        self._silent_since: datetime | None = None  # down, and not because it asks us to wait

    async def run(self) -> None:
        """Poll until cancelled."""
        last: datetime | None = None
        while True:
            self._pulse.beat(f"poll {self._name}", timedelta(seconds=60))
            self._catch_up()
            now = self._hands.clock.now()
            if self._fetching and (last is None or now - last >= self._interval(now)):
                await self._look()
                last = self._hands.clock.now()
            else:
                await self._hands.clock.sleep(TICK)

    def _catch_up(self) -> None:
        library = self._hands.library
        if self._version < 0:
            changed = [torrent.id for torrent in library.all()]
        else:
            changed = library.changed_since(self._version)
        self._version = library.version
        for torrent_id in changed:
            torrent = library.get(torrent_id)
            if torrent is not None and self._is_ours(torrent):
                self._fetching[torrent_id] = torrent
            else:
                self._fetching.pop(torrent_id, None)
                self._missing_since.pop(torrent_id, None)
        if not self._fetching:  # nobody looks, so nobody knows
            self._silent_since = self._doubted_since = None

    def _is_ours(self, torrent: Torrent) -> bool:
        phase = torrent.phase
        return isinstance(phase, Fetching) and phase.remote.provider == self._name

    def _interval(self, now: datetime) -> timedelta:
        usual = self._hands.providers[self._name].poll
        if self._down_since is not None:
            return usual
        young = any(
            isinstance(torrent.phase, Fetching) and now - torrent.phase.since < YOUNG
            for torrent in self._fetching.values()
        )
        return min(EAGER, usual) if young else usual

    async def _look(self) -> None:
        asked_at = self._hands.clock.now()
        known = dict(self._fetching)
        try:
            items = {item.id: item for item in await self._hands.providers[self._name].provider.items()}
        except Fault as fault:
            if isinstance(fault, Denied):
                self._hands.rest(self._name, denied(fault))
            self._went_down(fault, asked_at)
            if self._silent_since is not None and asked_at - self._silent_since >= OUTAGE:
                await self._leave(known.values(), f"{fault}, since {self._silent_since:%Y-%m-%d %H:%M} UTC")
            return
        self._came_back()
        for torrent in known.values():
            item = items.get(_remote_id(torrent))
            if item is not None:
                self._observe(torrent, item)
        self._hands.listed_at[self._name] = asked_at
        absent = [t for t in known.values() if _remote_id(t) not in items]
        if not self._is_doubted(len(known), len(absent), asked_at):
            for torrent in absent:
                await self._miss(torrent, asked_at)

    def _is_doubted(self, known: int, absent: int, at: datetime) -> bool:
        """Whether a list lacks so many at once that nothing is concluded from it yet."""
        if known < LOST_COUNT or absent <= LOST_SHARE * known:
            self._doubted_since = None
            return False
        if self._doubted_since is None:
            self._doubted_since = at
            log.warning("list_not_believed", provider=self._name, known=known, absent=absent)
        return at - self._doubted_since < OUTAGE

    async def _leave(self, torrents: Iterable[Torrent], why: str) -> None:
        """Let those go on elsewhere that can; what they have here is let go of once it answers again."""
        library = self._hands.library
        for torrent in torrents:
            world = self._hands.world(torrent)
            if torrent.paused or library.get(torrent.id) != torrent:
                continue
            if others_serve(torrent, world.providers, self._name, world.uncached, world.now):
                with suppress(StaleEvent, UnknownTorrent):
                    await library.record(torrent.id, Left(why))
                    log.warning("torrent_moves_on", torrent=torrent.id, provider=self._name)

    def _observe(self, torrent: Torrent, item: RemoteItem) -> None:
        self._missing_since.pop(torrent.id, None)
        library = self._hands.library
        seen = seen_item(torrent, item, library.telemetry(torrent.id), self._hands.clock.now())
        library.observe(torrent.id, seen)

    async def _miss(self, torrent: Torrent, asked_at: datetime) -> None:
        """An item absent from two lists, both asked for after it was submitted, is lost."""
        if isinstance(torrent.phase, Fetching) and asked_at <= torrent.phase.since:
            return
        first = self._missing_since.setdefault(torrent.id, asked_at)
        if asked_at - first < LOST_AFTER:
            return
        detail = f"{self._name} does not list it any more"
        library, remote = self._hands.library, remote_of(torrent)
        try:
            if remote is not None:
                await library.record(torrent.id, Freed(remote, remote_kept=False))
            await library.record(torrent.id, loss(torrent, self._name, detail))
        except (StaleEvent, UnknownTorrent):
            return
        log.warning("torrent_lost", torrent=torrent.id, provider=self._name)

    def _went_down(self, fault: Fault, at: datetime) -> None:
        if not isinstance(fault, Unreachable | Denied):
            self._silent_since = None
        elif self._silent_since is None:
            self._silent_since = at
        if self._down_since is None:
            self._down_since = at
            log.warning("poll_failing", provider=self._name, detail=fault.detail)

    def _came_back(self) -> None:
        self._silent_since = None
        if self._down_since is not None:
            lasted = self._hands.clock.now() - self._down_since
            self._down_since = None
            log.info("poll_recovered", provider=self._name, seconds=round(lasted.total_seconds()))


def _remote_id(torrent: Torrent) -> str:
    phase = torrent.phase
    return phase.remote.id if isinstance(phase, Fetching) else ""
