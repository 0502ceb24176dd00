"""A library of links into the mount of one emulated account, looked at as repair does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from msgspec.structs import replace

from compat.content import Release
from compat.emulators.mount import Mount
from qbitproxy.core.events import Cached, Submitted
from qbitproxy.core.library_files import LibraryFile
from qbitproxy.core.ports import RemoteItem
from qbitproxy.core.torrent import Remote, Request
from qbitproxy.core.verdict import Evidence, Verdict, judge
from qbitproxy.files.mounts import Looks
from qbitproxy.files.sips import Sips
from qbitproxy.library import Draft
from qbitproxy.providers import PROVIDERS
from qbitproxy.roster import Roster
from qbitproxy.settings import Secret, Settings
from qbitproxy.settings.peers import ProviderSettings
from qbitproxy.settings.sections import FilesSettings
from qbitproxy.wiring import hands_of
from qbitproxy.workers.hands import Hands
from qbitproxy.workers.inspection import Asked, Inspection
from tests.providers.account import VIDEO, source_of
from tests.providers.emulated import emulator_of
from tests.support import EagerClock, a_library

ACCOUNT = "main"  # as configured


class Scene:
    """One account, its mount, a library beside it."""

    def __init__(self, folder: Path, service: Any, hands: Hands, clock: EagerClock) -> None:
        self.service, self.hands, self.clock = service, hands, clock
        self.mount, self.media = Mount(folder / "mount"), folder / "media"
        self.media.mkdir()

    async def holds(self, release: Release, *, shown: bool = True) -> RemoteItem:
        """Let the account hold a release that no torrent of ours knows."""
        self.service.knows(release)
        item = await self.hands.providers[ACCOUNT].provider.submit(source_of(release), VIDEO)
        if shown:
            self.mount.appear(release)
        return item

    async def made(self, release: Release, *, link: str = "") -> RemoteItem:
        """Let the account hold a release for a torrent of ours, which knows its files by `link`, if given."""
        item = await self.holds(release)
        torrent = await self.hands.library.accept(
            Draft(
                source=source_of(release),
                category="tv-sonarr",
                save_path=self.hands.library.save_path("tv-sonarr"),
                request=Request(),
            )
        )
        await self.hands.library.record(torrent.id, Submitted(Remote(ACCOUNT, item.id)))
        assert item.files is not None
        files = tuple(replace(file, link=link or file.link) for file in item.files)
        await self.hands.library.record(torrent.id, Cached(release.name, files))
        return item

    async def drops(self, item: RemoteItem, release: Release) -> None:
        """Let the account hold an item no more, nor the mount show it."""
        await self.hands.providers[ACCOUNT].provider.release(item.id)
        self.mount.vanish(release)

    def file(self, release: Release, path: str = "", *, leads_to: str = "") -> LibraryFile:
        """A file of the library that links to a file of a release on the mount, or to anything."""
        path = path or next(iter(release.files))
        place = self.media / f"{path.rpartition('/')[2]}"
        place.symlink_to(leads_to or self.mount.root / release.name / path)
        return self.known(str(place), release.files[path])

    def known(self, path: str, size: int) -> LibraryFile:
        return LibraryFile(
            arr="sonarr", id=1, media_id=1, parts=(1,), path=path, ours=path, size=size, title="Title"
        )

    async def inspection(
        self, *, remembered: Mapping[str, Collection[str]] | None = None, **options: Any
    ) -> Inspection:
        """A run that remembers no earlier one, unless it is told of it."""
        looks, sips = Looks(timedelta(seconds=5)), Sips(self.clock, timedelta(seconds=5))
        return await Inspection.begin(self.hands, looks, sips, remembered=remembered or {}, **options)

    async def evidence(
        self,
        *files: LibraryFile,
        remote: Remote | None = None,
        infohash: str = "",
        sure: bool = False,
        **options: Any,
    ) -> list[Evidence]:
        """What one run sees of the files."""
        asked = [Asked(file, remote, infohash) for file in files]
        return await (await self.inspection(**options)).evidence(asked, sure=sure)

    async def verdict(self, file: LibraryFile, **options: Any) -> Verdict:
        """What one run makes of a file."""
        [evidence] = await self.evidence(file, **options)
        return judge(evidence)


@asynccontextmanager
async def a_scene(
    folder: Path, kind: str = "realdebrid", service: Any = None, **provider: Any
) -> AsyncIterator[Scene]:
    """A scene with an account of that kind."""
    clock, spec = EagerClock(), PROVIDERS[kind]
    async with (
        service or emulator_of(spec) as running,
        a_library(folder, clock) as library,
        aiohttp.ClientSession() as session,
    ):
        account = ProviderSettings(
            kind=kind,
            requests_per_minute=6000,
            api_key=Secret(running.token),
            base_url=running.url,
            mount=str(folder / "mount"),
            **provider,
        )
        settings = Settings(
            providers={ACCOUNT: account},
            files=FilesSettings(download_root=str(folder / "downloads"), keep_free=0),
        )
        roster = Roster(settings.arrs, settings.arr_learning, session, clock)
        yield Scene(folder, running, hands_of(settings, library, roster, session, clock), clock)
        await roster.close()
