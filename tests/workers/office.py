"""Libraries of which it is surveyed who refers to what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from compat.content import Release
from qbitproxy.core.orphans import Kind, Orphan, Survey
from qbitproxy.core.torrent import Remote
from qbitproxy.references import References
from qbitproxy.store import Store
from qbitproxy.workers.pulse import Pulse
from qbitproxy.workers.survey import SurveyRules, Surveys
from tests.providers.account import VIDEO, source_of
from tests.workers.clinic import Clinic, a_clinic

DAY = timedelta(days=1)
SPRING = Release("Spring.2019.S01E01.1080p", {"Spring.2019.S01E01.1080p.mkv": 60_000})
FALL = Release("Fall.2020.S01E01.1080p", {"Fall.2020.S01E01.1080p.mkv": 50_000})
MANY = [Release(f"Show.{n}.S01E01.1080p", {f"Show.{n}.S01E01.1080p.mkv": 10_000 + n}) for n in range(12)]


class Office:
    """A clinic in which surveys are made; its Arr may be made unknown."""

    def __init__(self, clinic: Clinic, store: Store) -> None:
        self.clinic, self.store = clinic, store
        self.arrs = ["sonarr"]
        self.has(SurveyRules())

    def has(self, rules: SurveyRules) -> None:
        """Begin again, as after a restart, with these rules."""
        self.references = References(self.store, self.clinic.clock)
        self.surveys = Surveys(
            self.clinic.ward, self.references, rules, lambda: self.arrs, Pulse(self.clinic.clock)
        )

    async def survey(self) -> Survey:
        self.clinic.clock.advance(timedelta(seconds=1))
        return await self.surveys.survey()

    async def orphans(self, kind: Kind | None = None) -> list[str]:
        return [orphan.name.removesuffix(".mkv") for orphan in await self.references.orphans(kind)]

    async def orphan(self, name: str) -> Orphan:
        [found] = [
            orphan
            for orphan in await self.references.orphans()
            if name in (orphan.name, orphan.name.removesuffix(".mkv"))
        ]
        return found

    async def removes(self, *names: str, despite: bool = False) -> Survey:
        """A person's wish, and the survey after it."""
        numbers = [(await self.orphan(name)).number for name in names]
        assert await self.references.ask(numbers, despite=despite) == numbers
        return await self.survey()

    async def submits(self, release: Release, at: str = "first") -> Remote:
        """An item in an account that no library knows, as old as all of them."""
        self.clinic.services[at].knows(release)
        item = await self.clinic.hands.providers[at].provider.submit(source_of(release), VIDEO)
        self.clinic.mounts[at].appear(release)
        return Remote(at, item.id)

    async def further_library_holds(self, *releases: Release) -> Path:
        """Have a folder of links that belongs to no Arr, named in the settings."""
        folder = self.clinic.folder / "further"
        folder.mkdir()
        for release in releases:
            await self.submits(release)
            for path in release.files:
                (folder / path).symlink_to(self.clinic.mounts["first"].root / release.name / path)
        self.has(SurveyRules(libraries=(str(folder),)))
        return folder

    def left_behind(self, name: str) -> Path:
        """A folder of links in the download folder that is no torrent's."""
        folder = Path(self.clinic.hands.library.save_path("")) / name
        folder.mkdir(parents=True)
        (folder / "film.mkv").symlink_to(self.clinic.mounts["first"].root / "Gone.2001.1080p" / "film.mkv")
        return folder

    def unmounts_the_library(self) -> None:
        """The disk goes, the folder that it was mounted on stays."""
        root = self.clinic.sonarr.root
        root.rename(self.clinic.folder / "not mounted")
        root.mkdir()

    def held(self, at: str = "first") -> set[str]:
        return {item.infohash for item in self.clinic.services[at].items()}


@asynccontextmanager
async def an_office(folder: Path) -> AsyncIterator[Office]:
    """What the services hold was added before its time."""
    async with a_clinic(folder) as clinic:
        clinic.clock.advance(timedelta(days=500))
        store = Store(folder / "references.db")
        try:
            yield Office(clinic, store)
        finally:
            store.close()
