"""Libraries of an emulated Sonarr that link to two accounts, with everything that repairs them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from compat.content import Release
from compat.emulators.arr_offer import Offer
from compat.emulators.arr_shelf import MediaFile
from compat.emulators.mount import Mount
from compat.emulators.realdebrid import RealDebrid
from compat.emulators.sonarr import Sonarr
from compat.emulators.torbox import TorBox
from qbitproxy.core.findings import Finding
from qbitproxy.core.notices import Kind
from qbitproxy.core.repair import RUNNING, RepairJob, Scope
from qbitproxy.files.mounts import Looks
from qbitproxy.outbox import Outbox
from qbitproxy.repairs import Repairs
from qbitproxy.roster import Roster
from qbitproxy.settings import Secret, Settings
from qbitproxy.settings.peers import ArrKind, ArrSettings, ProviderSettings
from qbitproxy.settings.sections import FilesSettings, GateSettings
from qbitproxy.store import Store
from qbitproxy.store.torrents import cursor
from qbitproxy.wiring import hands_of
from qbitproxy.workers.announce import READER
from qbitproxy.workers.hands import Hands
from qbitproxy.workers.notices import Notices
from qbitproxy.workers.pulse import Pulse
from qbitproxy.workers.repair import Repair
from qbitproxy.workers.ward import RepairRules, Ward
from tests.providers.account import VIDEO, source_of
from tests.support import EagerClock, a_library
from tests.workers.desk import steps_taken

PATIENCE = timedelta(minutes=10)
EVERYTHING = Scope(("sonarr",))


class Clinic:
    """Two accounts "first" and "second", each with a mount; a Sonarr; repair, one step at a time."""

    def __init__(
        self,
        folder: Path,
        services: Mapping[str, Any],
        sonarr: Sonarr,
        hands: Hands,
        clock: EagerClock,
        rules: RepairRules,
    ) -> None:
        self.folder, self.services, self.sonarr = folder, services, sonarr
        self.hands, self.clock, self.rules = hands, clock, rules
        self.mounts = {name: Mount(folder / name) for name in services}
        self.store = Store(folder / "repairs.db")
        self.outbox = Outbox(self.store)
        self.look_up()

    def look_up(self) -> None:
        """Begin again with what is on disk, as after a kill."""
        self.repairs = Repairs(self.store, self.clock)
        self.ward = Ward(
            hands=self.hands,
            repairs=self.repairs,
            told=Notices(self.outbox, {"me": tuple(Kind)}),
            rules=self.rules,
            looks=Looks(timedelta(seconds=5)),
        )
        self.repair = Repair(self.ward, Pulse(self.clock))

    def close(self) -> None:
        self.store.close()

    # -- the world

    async def library_holds(
        self, release: Release, *, at: str = "first", elsewhere: bool = False
    ) -> list[MediaFile]:
        """Have a release in the library, held by an account; `elsewhere` has the other know it, too."""
        for name, service in self.services.items():
            service.knows(release, cached=name == at or elsewhere)
        await self.hands.providers[at].provider.submit(source_of(release), VIDEO)
        self.mounts[at].appear(release)
        folder = self.sonarr.root / release.name
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for path in release.files:
            link = folder / path.rpartition("/")[2]
            link.symlink_to(self.mounts[at].root / release.name / path)
            paths.append(link)
        offer = Offer(title=release.name, infohash=release.infohash.upper(), files=dict(release.files))
        return self.sonarr.holds(release.name, paths, offer)

    async def loses(self, *releases: Release, at: str = "first", for_good: bool = True) -> None:
        """Let an account hold releases no more; `for_good` it does not serve them again either."""
        provider, infohashes = self.hands.providers[at].provider, {each.infohash for each in releases}
        for item in await provider.items():
            if item.infohash in infohashes:
                await provider.release(item.id)
        for release in releases:
            self.mounts[at].vanish(release)
            if for_good:
                self.services[at].knows(release, cached=False)

    # -- repair

    async def looked(self, scope: Scope = EVERYTHING, **how: bool) -> RepairJob:
        """A new job, once it has nothing to do any more."""
        job = await self.repairs.ask(scope, **how)
        return await self.until_idle(job.id)

    async def until_idle(self, job_id: str, *, killed: bool = False) -> RepairJob:
        """Bring a job and the torrents on; `killed` begins again after each step."""
        for _ in range(400):
            if self.repairs.get(job_id).state not in RUNNING:
                return self.repairs.get(job_id)
            await self.step(killed=killed)
        raise AssertionError(self.repairs.get(job_id))

    async def step(self, *, killed: bool = False) -> None:
        await self.repair.go_on()
        await self.bring_torrents_on()
        self.clock.advance(timedelta(seconds=30))
        if killed:
            self.look_up()

    async def bring_torrents_on(self) -> None:
        async for _ in steps_taken(self.hands):
            pass

    async def findings(self, job: RepairJob) -> list[Finding]:
        return [row.finding for row in await self.repairs.found(job.id, 0, 1000)]

    async def treatments(self, job: RepairJob) -> list[str]:
        return [finding.tag for finding in await self.findings(job)]

    async def told(self) -> list[str]:
        """What a person was told of, the newest first."""
        return [delivery.kind for delivery in await self.outbox.listed(None, 2**60, 100)]

    async def announced(self) -> int:
        """The last journal line that was announced."""
        return await self.store.read(partial(cursor, reader=READER))

    def searched(self) -> Sequence[Any]:
        """The searches that Sonarr was asked for."""
        return [command for command in self.sonarr.commands.given if "Search" in command.name]


def can_be_read(file: MediaFile) -> bool:
    try:
        return bool(file.path.read_bytes())
    except OSError:
        return False


@asynccontextmanager
async def a_clinic(folder: Path, **rules: Any) -> AsyncIterator[Clinic]:
    clock = EagerClock()
    services = {"first": RealDebrid(), "second": TorBox()}
    async with AsyncExitStack() as stack:
        for service in services.values():
            await stack.enter_async_context(service)
        sonarr = await stack.enter_async_context(Sonarr(folder / "media"))
        library = await stack.enter_async_context(a_library(folder, clock))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        kinds = {"first": "realdebrid", "second": "torbox"}
        settings = Settings(
            providers={
                name: ProviderSettings(
                    kind=kinds[name],
                    requests_per_minute=6000,
                    api_key=Secret(service.token),
                    base_url=service.url,
                    mount=str(folder / name),
                )
                for name, service in services.items()
            },
            arrs={"sonarr": ArrSettings(kind=ArrKind.SONARR, url=sonarr.url, api_key=Secret(sonarr.api_key))},
            files=FilesSettings(download_root=str(folder / "downloads"), keep_free=0),
            gate=GateSettings(sizes=False),
        )
        roster = Roster(settings.arrs, settings.arr_learning, session, clock)
        hands = hands_of(settings, library, roster, session, clock)
        given = {"second_look": timedelta(minutes=10), "patience": PATIENCE} | rules
        clinic = Clinic(folder, services, sonarr, hands, clock, RepairRules(**given))
        for name, service in services.items():
            clinic.mounts[name].attach(service)
        try:
            yield clinic
        finally:
            clinic.close()
            await roster.close()
