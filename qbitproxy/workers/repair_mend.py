"""The second part of a repair job: what is broken is brought back in place, by the ordinary pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import structlog
from msgspec.structs import replace

from qbitproxy.core.events import Freed, Lost, RemovalAsked, StaleEvent, Submitted
from qbitproxy.core.faults import Fault
from qbitproxy.core.findings import HEALING, Finding, Left, Mended, Mending, Treatment, candidates, hopeless
from qbitproxy.core.ports import Source
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
from qbitproxy.core.verdict import Broken, Rot
from qbitproxy.library import Draft, UnknownTorrent
from qbitproxy.workers.inspection import Asked
from qbitproxy.workers.leads import Leads
from qbitproxy.workers.ward import Ward

log = structlog.get_logger()

CATEGORY = "qbitproxy-repair"
"""What torrents that only bring something back are filed under, followed by their provider."""

MOST_COPIES = 3
"""Dead items of one release that are done without before its service counts as not serving it."""

AT_ONCE = 100  # findings looked at in one go

_LOST = frozenset({Rot.ITEM_GONE, Rot.ITEM_FAILED})


class Mend:
    """Heals the findings of jobs; every step may be taken again."""

    def __init__(self, ward: Ward) -> None:
        self._ward, self._leads = ward, Leads(ward)

    async def go_on(self, job: RepairJob) -> None:
        """Do what can be done for the findings of `job` now."""
        repairs = self._ward.repairs
        if self._ward.rules.dry_run:
            await repairs.record(job.id, self._ward.only_looks())
            return
        findings = await repairs.unfinished(job.id, HEALING, AT_ONCE)
        for finding in findings:
            if not finding.infohash:
                finding = replace(finding, infohash=await self._infohash(finding))
            treatment = await self._treated(finding)
            if treatment != finding.treatment:
                log.info("finding_treated", job=job.id, path=finding.file.ours, treatment=str(treatment))
                await self._keep(finding, treatment)
        if not findings:
            await repairs.record(job.id, AllMended(await repairs.count(job.id, ("stuck",))))
            await self.tidy()

    async def _keep(self, finding: Finding, treatment: Treatment) -> None:
        """Write down what became of a finding; what its file has left behind may go after that."""
        by = finding.treatment.torrent if isinstance(finding.treatment, Mending) else 0
        torrent = self._ward.hands.library.get(by)
        new = remote_of(torrent) if torrent is not None else None
        finding = replace(finding, treatment=treatment)
        if not isinstance(treatment, Mended) or torrent is None or new is None:
            if new is not None and finding.remote is not None and new.provider == finding.remote.provider:
                finding = replace(finding, back=new)
            await self._ward.repairs.put(finding)
            return
        await self._ward.repairs.put_mended(finding, new)
        if torrent.request.without:
            await self._left_behind(finding, torrent)

    async def _left_behind(self, finding: Finding, torrent: Torrent) -> None:
        """Let go of the dead item that `torrent` has replaced, if nobody can miss anything of it.

        It is ours, nothing is known to lie in it any more, and the file that the service did not serve was
        its only one. Cut short, it stays.
        """
        hands, repairs, old = self._ward.hands, self._ward.repairs, finding.remote
        only = isinstance(torrent.phase, Ready) and len(torrent.phase.files) == 1
        if old is None or not only or old == remote_of(torrent) or not await hands.library.is_ours(old):
            return
        family = hands.library.family(torrent)
        needed = any(isinstance(kin.phase, Accepted) or old in (remote_of(kin), *kin.left) for kin in family)
        if needed or await repairs.is_needed(old, finding.file.ours):
            return
        try:
            await hands.connected(old.provider).behind.release(old.id)
        except Fault as fault:
            log.info("dead_item_stays", provider=old.provider, detail=fault.detail)
            return
        log.info("dead_item_released", provider=old.provider, path=finding.file.ours)
        await repairs.drop_item(old)
        with suppress(StaleEvent, UnknownTorrent):
            await hands.library.record(torrent.id, Freed(old, remote_kept=False))

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
            if not isinstance(led, str):
                return led
        ours = self._our_torrents(finding)
        if ours:
            for torrent in ours:
                with suppress(StaleEvent, UnknownTorrent):
                    lost = Lost("; ".join(finding.details) or "it is gone")
                    await self._ward.hands.library.record(torrent.id, lost)
            return Mending(ours[0].id, self._ward.hands.clock.now(), ())
        return await self._attempt(finding, (), "nobody is there to ask")

    async def _followed(self, finding: Finding) -> Mended | Left | str:
        """Lead the link to where the mount shows what strayed; else why not."""
        inspection = await self._ward.inspection()
        [evidence] = await inspection.evidence([Asked(finding.file, finding.remote, finding.infohash)])
        place = await inspection.shown_at(finding.file, evidence)
        if place is None:
            return "it is not shown anywhere"
        return await self._leads.led(finding, place)

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

    async def _attempt(
        self, finding: Finding, tried: tuple[str, ...], why: str, dead: tuple[str, ...] = ()
    ) -> Treatment:
        """Submit the release to the next provider that may have it.

        Where it holds an item that does not serve the file, the release is added anew beside that one. `dead`
        are those found so far at the provider that is asked next.
        """
        hands = self._ward.hands
        infohash = finding.infohash
        names = [name for name, hand in hands.providers.items() if not hand.last_resort]
        anew = [name for name in names if hands.providers[name].adds_anew]
        left = [name for name in candidates(finding, names, anew) if name not in tried]
        if not infohash:
            return hopeless(finding, "nobody knows what release it is of")
        if not left:
            return hopeless(finding, why)
        without = _dead_at(left[0], finding, dead)
        category = f"{CATEGORY}-{left[0]}{f'-anew-{len(without)}' if without else ''}"
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
                without=without,
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
        return grab.torrent if grab is not None else ""

    async def _after(self, finding: Finding, mending: Mending) -> Treatment:
        """What came of an attempt so far."""
        hands = self._ward.hands
        torrent = hands.library.get(mending.torrent)
        match torrent.phase if torrent is not None else None:
            case Ready() if torrent is not None and not torrent.check_asked:
                healed = await self._leads.healed(finding, torrent)
                if not isinstance(healed, str):
                    return healed
                return await self._again(finding, mending, torrent, healed)
            case Failed(detail=detail):
                return await self._again(finding, mending, torrent, detail)
            case None | Removing():
                return await self._attempt(finding, mending.tried, "its torrent was removed meanwhile")
        if hands.clock.now() - mending.since > self._ward.rules.patience:
            return await self._again(finding, mending, torrent, "it took too long")
        return mending

    async def _again(
        self, finding: Finding, mending: Mending, torrent: Torrent | None, why: str
    ) -> Treatment:
        """The next attempt after one that did not help.

        It is at the same provider when that had one more item of the release, which was no better.
        """
        remote = remote_of(torrent) if torrent is not None else None
        dead = torrent.request.without if torrent is not None else ()
        if torrent is not None and remote is not None and dead and len(dead) < MOST_COPIES:
            lines = await self._ward.hands.library.history(torrent.id)
            submissions = [line.event for line in lines if isinstance(line.event, Submitted)]
            if any(each.adopted and each.remote == remote for each in submissions):
                return await self._attempt(finding, mending.tried[:-1], why, (*dead, remote.id))
        return await self._attempt(finding, mending.tried, why)


def _dead_at(provider: str, finding: Finding, dead: tuple[str, ...]) -> tuple[str, ...]:
    """What `provider` holds of a finding's release without serving the file."""
    remote = finding.remote
    if finding.verdict != Broken(Rot.LINK_DEAD) or remote is None or remote.provider != provider:
        return ()
    return dead or (remote.id,)
