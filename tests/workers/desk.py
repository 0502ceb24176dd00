"""The workers' hands on real parts, in a time of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
from msgspec.structs import replace

from compat.content import Release
from compat.emulators.mount import Mount
from compat.emulators.realdebrid import RealDebrid
from compat.emulators.sonarr import Sonarr
from qbitproxy.core.plan import Step, Wait, next_step
from qbitproxy.core.torrent import Action, Request, Torrent
from qbitproxy.library import Draft, Library
from qbitproxy.roster import Roster
from qbitproxy.settings import Secret, Settings
from qbitproxy.settings.peers import ArrKind, ArrSettings, ProviderSettings
from qbitproxy.settings.sections import FetchingSettings, FilesSettings, GateSettings
from qbitproxy.wiring import hands_of as hands_of
from qbitproxy.workers.advance import advance_once
from qbitproxy.workers.hands import Hands
from qbitproxy.workers.pulse import Pulse
from tests.providers.account import source_of
from tests.support import DEADLINE, ManualClock, a_library

PROVIDER = "main"  # as configured


class WatchedClock(ManualClock):
    """Knows when somebody has gone to sleep."""

    def __init__(self) -> None:
        super().__init__()
        self._fell_asleep = asyncio.Event()

    async def sleep(self, delay: timedelta) -> None:
        self._fell_asleep.set()
        await super().sleep(delay)

    async def pass_by(self, by: timedelta) -> None:
        """Let `by` pass, then wait until the one loop that runs has done what was due and sleeps again."""
        self._fell_asleep.clear()
        self.advance(by)
        async with asyncio.timeout(DEADLINE):
            await self._fell_asleep.wait()


class Desk:
    """One account at an emulated service, one Sonarr, what the workers work with."""

    def __init__(
        self, service: RealDebrid, sonarr: Sonarr, mount: Mount, hands: Hands, clock: WatchedClock
    ) -> None:
        self.service, self.sonarr, self.mount = service, sonarr, mount
        self.hands, self.clock, self.pulse = hands, clock, Pulse(clock)

    @property
    def library(self) -> Library:
        return self.hands.library

    async def accept(
        self,
        release: Release,
        category: str = "tv-sonarr",
        *,
        action: Action = Action.NONE,
        callback_url: str = "",
    ) -> int:
        """Ask for a release; the torrent's id."""
        draft = Draft(
            source=source_of(release),
            category=category,
            save_path=self.library.save_path(category),
            request=Request(arr="sonarr", action=action, callback_url=callback_url),
        )
        return (await self.library.accept(draft)).id

    def torrent(self, torrent_id: int) -> Torrent:
        """The torrent as it is."""
        torrent = self.library.get(torrent_id)
        assert torrent is not None
        return torrent

    def phase(self, torrent_id: int) -> str:
        """The name of the phase it is in."""
        return type(self.torrent(torrent_id).phase).__name__

    async def step(self, torrent_id: int) -> Torrent:
        """Take the torrent's next step, if there is one to be taken now."""
        await self._step(torrent_id)
        return self.torrent(torrent_id)

    async def last_step(self, torrent_id: int) -> None:
        """Take the torrent's next step, after which it is gone."""
        await self._step(torrent_id)
        assert self.library.get(torrent_id) is None

    async def fetch(self, release: Release) -> int:
        """Ask for a release and submit it: the torrent's id. A second passes, for the account's pace."""
        self.clock.advance(timedelta(seconds=1))
        torrent_id = await self.accept(release)
        await self.step(torrent_id)
        assert self.phase(torrent_id) == "Fetching"
        return torrent_id

    async def story(self, torrent_id: int) -> list[str]:
        """The names of all that happened to a torrent, oldest first."""
        return [type(line.event).__name__ for line in await self.library.history(torrent_id)]

    async def until(self, torrent_id: int, fact: Callable[[Torrent], bool]) -> Torrent:
        """Wait for a fact; no time passes by the clock."""
        async with asyncio.timeout(DEADLINE):
            return await self.library.until(torrent_id, fact)

    def waits_for(self, torrent_id: int) -> timedelta:
        """How long the torrent is left alone from now on."""
        at: datetime | None = self.torrent(torrent_id).retry_at
        assert at is not None
        return at - self.clock.now()

    async def _step(self, torrent_id: int) -> None:
        torrent = self.torrent(torrent_id)
        await advance_once(torrent, next_step(torrent, self.hands.world(torrent)), self.hands)


@asynccontextmanager
async def a_desk(
    folder: Path,
    service: RealDebrid | None = None,
    *,
    fetching: FetchingSettings | None = None,
    clock: WatchedClock | None = None,
) -> AsyncIterator[Desk]:
    """A desk whose provider may fetch what it does not hold."""
    clock, mount = clock or WatchedClock(), Mount(folder / "mount")
    service = service or RealDebrid()
    mount.attach(service)
    async with (
        service,
        Sonarr(folder / "library") as sonarr,
        a_library(folder, clock) as library,
        aiohttp.ClientSession() as session,
    ):
        account = ProviderSettings(
            kind="realdebrid",
            requests_per_minute=6000,  # its emulator sets no limit
            api_key=Secret(service.token),
            base_url=service.url,
            mount=str(mount.root),
        )
        settings = Settings(
            providers={PROVIDER: account},
            arrs={"sonarr": ArrSettings(kind=ArrKind.SONARR, url=sonarr.url, api_key=Secret(sonarr.api_key))},
            files=FilesSettings(download_root=str(folder / "downloads"), keep_free=0),
            gate=GateSettings(sizes=False),  # films only in name
            fetching=replace(fetching or FetchingSettings(), uncached=True),
        )
        roster = Roster(settings.arrs, settings.arr_learning, session, clock)
        yield Desk(service, sonarr, mount, hands_of(settings, library, roster, session, clock), clock)
        await roster.close()


@asynccontextmanager
async def at_work(*loops: Callable[[], Coroutine[None, None, None]]) -> AsyncIterator[None]:
    """The loops, running until the block ends."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(loop()) for loop in loops]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def steps_taken(hands: Hands) -> AsyncIterator[tuple[Step, Torrent | None]]:
    """Every step that torrents can take now, each with its torrent after it; of one torrent ten at most."""
    for torrent in hands.library.all():
        for _ in range(10):
            now = hands.library.get(torrent.id)
            step = next_step(now, hands.world(now)) if now is not None else Wait()
            if now is None or isinstance(step, Wait):
                break
            await advance_once(now, step, hands)
            yield step, hands.library.get(torrent.id)
