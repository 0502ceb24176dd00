"""The second part of a repair job: what is broken is brought back in place, by the ordinary pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import structlog
from msgspec.structs import replace

from qbitproxy.core.events import Lost, RemovalAsked, StaleEvent
from qbitproxy.core.faults import Fault
from qbitproxy.core.findings import HEALING, Finding, Mended, Mending, Treatment, candidates, hopeless
from qbitproxy.core.layout import standing
from qbitproxy.core.library_files import LibraryFile
from qbitproxy.core.ports import Source
from qbitproxy.core.records import file_at
from qbitproxy.core.repair import Mended as AllMended
from qbitproxy.core.repair import RepairJob
from qbitproxy.core.torrent import (
    Accepted,
    Action,
    Failed,
    Fetching,
    Ready,
    Removing,
    Request,
    Torrent,
    origin,
    remote_of,
)
from qbitproxy.core.verdict import Broken, Look, Rot
from qbitproxy.files.problems import DiskProblem
from qbitproxy.files.relink import swap, target_of
from qbitproxy.library import Draft, UnknownTorrent
from qbitproxy.workers.inspection import Asked
from qbitproxy.workers.ward import Ward

log = structlog.get_logger()

CATEGORY = "qbitproxy-repair"
"""What torrents that only bring something back are filed under, followed by their provider."""

AT_ONCE = 100  # findings looked at in one go

_LOST = frozenset({Rot.ITEM_GONE, Rot.ITEM_FAILED})


class Mend:
    """Heals the findings of jobs; every step may be taken again."""

    def __init__(self, ward: Ward) -> None:
        self._ward = ward

    async def go_on(self, job: RepairJob) -> None:
        """Do what can be done for the findings of `job` now."""
        repairs = self._ward.repairs
        findings = await repairs.unfinished(job.id, HEALING, AT_ONCE)
        for finding in findings:
            if not finding.infohash:
                finding = replace(finding, infohash=await self._infohash(finding))
            treatment = await self._treated(finding)
            if treatment != finding.treatment:
                log.info("finding_treated", job=job.id, path=finding.file.ours, treatment=str(treatment))
                await repairs.put(replace(finding, treatment=treatment))
        if not findings:
            await repairs.record(job.id, AllMended(await repairs.count(job.id, ("stuck",))))
            await self.tidy()

    async def tidy(self) -> None:
        """Let go of torrents that brought something back, not of what libraries play by now.

        What the service has and the mount did not show in time may be shown where a library looks.
        """
        in_use = await self._ward.repairs.torrents_in_use()
        for torrent in self._ward.hands.library.listed():
            if torrent.category.startswith(CATEGORY) and torrent.id not in in_use:
                kept = None if isinstance(torrent.phase, Accepted | Fetching) else False
                with suppress(StaleEvent, UnknownTorrent):
                    await self._ward.hands.library.record(
                        torrent.id, RemovalAsked(delete_files=True, release_remote=kept)
                    )

    async def _treated(self, finding: Finding) -> Treatment:
        match finding.treatment:
            case Mending() as mending:
                return await self._after(finding, mending)
            case _:
                return await self._begun(finding)

    async def _begun(self, finding: Finding) -> Treatment:
        if finding.verdict == Broken(Rot.STRAYED):
            led = await self._followed(finding)
            if isinstance(led, Mended):
                return led
        ours = self._our_torrents(finding)
        if ours:
            for torrent in ours:
                with suppress(StaleEvent, UnknownTorrent):
                    lost = Lost("; ".join(finding.details) or "it is gone")
                    await self._ward.hands.library.record(torrent.id, lost)
            return Mending(ours[0].id, self._ward.hands.clock.now(), ())
        return await self._attempt(finding, (), "nobody is there to ask")

    async def _followed(self, finding: Finding) -> Mended | str:
        """Lead the link to where the mount shows what strayed; else why not."""
        inspection = await self._ward.inspection()
        [evidence] = await inspection.evidence([Asked(finding.file, finding.remote, finding.infohash)])
        place = await inspection.shown_at(finding.file, evidence)
        return await self._led(finding.file, str(place)) if place is not None else "it is not shown anywhere"

    def _our_torrents(self, finding: Finding) -> Sequence[Torrent]:
        """Those of our torrents whose content the file was linked to."""
        if not isinstance(finding.verdict, Broken) or finding.verdict.why not in _LOST:
            return ()
        return [
            torrent
            for torrent in self._ward.hands.library.listed()
            if not torrent.category.startswith(CATEGORY)
            and torrent.completed_at is not None
            and not isinstance(torrent.phase, Failed)
            and torrent.request.action is Action.SYMLINK
            and finding.remote is not None
            and remote_of(torrent) == finding.remote
        ]

    async def _attempt(self, finding: Finding, tried: tuple[str, ...], why: str) -> Treatment:
        """Submit the release to the next provider that may have it."""
        hands = self._ward.hands
        infohash = finding.infohash
        names = [name for name, hand in hands.providers.items() if not hand.last_resort]
        left = [name for name in candidates(finding, names) if name not in tried]
        if not infohash:
            return hopeless(finding, "nobody knows what release it is of")
        if not left:
            return hopeless(finding, why)
        category = f"{CATEGORY}-{left[0]}"
        draft = Draft(
            source=Source(
                infohash=infohash,
                name=finding.file.title or infohash,
                magnet=f"magnet:?xt=urn:btih:{infohash}",
            ),
            category=category,
            save_path=hands.library.save_path(category),
            request=Request(
                origin="repair",
                action=Action.SYMLINK if hands.providers[left[0]].mount else Action.NONE,
                provider=left[0],
                uncached=False,
                skip_multi_season=True,
            ),
        )
        torrent = await hands.library.accept(draft)
        return Mending(torrent.id, hands.clock.now(), (*tried, left[0]))

    async def _infohash(self, finding: Finding) -> str:
        """By our own torrents, else by the Arr's history."""
        remote = finding.remote
        for torrent in self._ward.hands.library.all():
            if remote is not None and remote_of(torrent) == remote:
                return origin(torrent)
        library = self._ward.library_of(finding.file.arr)
        if library is None:
            return ""
        try:
            grab = await library.grab_of(finding.file)
        except Fault as fault:
            log.info("grab_not_known", path=finding.file.ours, detail=fault.detail)
            return ""
        return grab.infohash if grab is not None and len(grab.infohash) == 40 else ""

    async def _after(self, finding: Finding, mending: Mending) -> Treatment:
        """What came of an attempt so far."""
        hands = self._ward.hands
        torrent = hands.library.get(mending.torrent)
        match torrent.phase if torrent is not None else None:
            case Ready() if torrent is not None and not torrent.check_asked:
                healed = await self._healed(finding, torrent)
                if isinstance(healed, Mended):
                    return healed
                return await self._attempt(finding, mending.tried, healed)
            case Failed(detail=detail):
                return await self._attempt(finding, mending.tried, detail)
            case None | Removing():
                return await self._attempt(finding, mending.tried, "its torrent was removed meanwhile")
        if hands.clock.now() - mending.since > self._ward.rules.patience:
            return await self._attempt(finding, mending.tried, "it took too long")
        return mending

    async def _healed(self, finding: Finding, torrent: Torrent) -> Mended | str:
        """Whether the file can be read again, its link led elsewhere where need be; else why not."""
        file = finding.file
        if await self._reads(file.ours, file.size):
            return Mended("its service has it again")
        placed = _placed(torrent, file.ours, file.size)
        if placed is None:
            return "the release has no such file"
        try:
            target = await self._ward.looks.ask(placed.parent, partial(target_of, placed))
        except (OSError, DiskProblem) as problem:
            return f"what came back cannot be looked at: {problem}"
        return await self._led(file, target or str(placed))

    async def _led(self, file: LibraryFile, target: str) -> Mended | str:
        """Lead the link of a library's file to `target`, once that has been read; else why not."""
        path = Path(file.ours)
        try:
            old = await self._ward.looks.ask(path.parent, partial(target_of, path))
            if old is None:
                return "it is no link that could lead elsewhere"
            if not await self._reads(target, file.size):
                return f"{target} cannot be read"
            if not await self._ward.looks.ask(path.parent, partial(swap, path, target, old)):
                return "its link was changed meanwhile"
            if await self._reads(file.ours, file.size):
                return Mended(f"it leads to {target} now")
            await self._ward.looks.ask(path.parent, partial(swap, path, old, target))
        except (OSError, DiskProblem) as problem:
            return f"its link cannot be changed: {problem}"
        return "it still cannot be read"

    async def _reads(self, path: str, size: int) -> bool:
        sights = self._ward.sights()
        sight = await sights.see(path, size)
        if sight.look is not Look.SHOWN:
            return False
        return (await sights.taste(path, size, sight.trail)).look is Look.READ


def _placed(torrent: Torrent, path: str, size: int) -> Path | None:
    """Where the torrent's content shows the file that the library has at `path`."""
    content = standing(torrent)
    if content is None or not isinstance(torrent.phase, Ready):
        return None
    file = file_at(torrent.phase.files, path, size)
    at = next((place.at for place in content.places if file is not None and place.path == file.path), None)
    return Path(content.path) / at if at is not None else None
