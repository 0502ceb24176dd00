"""The first part of a repair job: every file of its libraries is looked at, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from msgspec.structs import replace

from qbitproxy.core.faults import Fault, Unreachable
from qbitproxy.core.findings import Finding
from qbitproxy.core.library_files import LibraryFile
from qbitproxy.core.plan import back_off
from qbitproxy.core.ports import ArrLibrary
from qbitproxy.core.repair import Looked, RepairJob, Scanning, Tally, Unheard, Waits
from qbitproxy.core.verdict import Broken, Doubt, Evidence, Healthy, Rot, Unknown, Verdict, judge
from qbitproxy.repairs import Before, Seen
from qbitproxy.workers.inspection import Asked, Inspection
from qbitproxy.workers.ward import Ward

log = structlog.get_logger()

LOOKED_AT_ONCE = 100  # files
MOST_PAGES = 20  # of a library that are gathered for them
GRABS_AT_ONCE = 20
"""Files of a page whose release the Arr is asked for, where nothing else tells what they are."""

MOST_UNKNOWN = 1000  # findings of a job that are kept although nothing is known
MOST_STUMBLES = 6
LONGEST_WAIT = timedelta(minutes=5)

NEVER = Before()

_UNRESOLVED = (Unknown(Doubt.UNRESOLVED), Broken(Rot.NOT_SHOWN))


@dataclass
class Quota:
    """How many files of a library are looked at yet."""

    cutoff: str  # a good look before this is long enough ago
    at_cutoff: int  # files whose last good look was just then
    left: int

    def takes(self, healthy: str) -> bool:
        """Whether a file is one of them."""
        if not self.left or healthy > self.cutoff or (healthy == self.cutoff and not self.at_cutoff):
            return False
        self.at_cutoff -= healthy == self.cutoff
        self.left -= 1
        return True


class Scan:
    """One run through the libraries of a job; cut short, it is begun again at the pages it was at."""

    def __init__(self, ward: Ward, inspection: Inspection) -> None:
        self._ward, self._inspection = ward, inspection
        self._unknowns = 0
        self._quotas: dict[str, Quota] = {}  # by Arr

    async def go_on(self, job: RepairJob, phase: Scanning) -> None:
        """Look at the next files of `job`: of several small pages, so that services are asked for many."""
        ward, name = self._ward, job.scope.arrs[phase.arr]
        library = ward.library_of(name)
        if library is None:
            await self._not_heard(job, name, Unreachable(name, "nothing says where its API is"))
            return
        files: list[LibraryFile] = []
        after, pages = phase.after, 0
        while len(files) < LOOKED_AT_ONCE and pages < MOST_PAGES and (after or not pages):
            try:
                page = await library.library(after, job.scope.media_ids)
            except Fault as fault:
                if pages:  # what was heard counts; it will be asked again
                    break
                await self._not_heard(job, name, fault)
                return
            if page.after and page.after == after:
                await ward.repairs.record(job.id, Unheard(name, "its library goes round in circles"))
                return
            files += page.files
            after, pages = page.after, pages + 1
        await self._note(job, name, library, files, after)

    async def _not_heard(self, job: RepairJob, name: str, fault: Fault) -> None:
        repairs = self._ward.repairs
        if job.stumbles >= MOST_STUMBLES:
            await repairs.record(job.id, Unheard(name, fault.detail))
        else:
            wait = back_off(0, job.stumbles + 2, LONGEST_WAIT)
            await repairs.record(job.id, Waits(self._ward.hands.clock.now() + wait, str(fault)))

    async def _note(
        self, job: RepairJob, name: str, library: ArrLibrary, files: Sequence[LibraryFile], after: str
    ) -> None:
        ward, now = self._ward, self._ward.hands.clock.now()
        findings: list[Finding] = []
        seen: list[Seen] = []
        tally = Tally(files=len(files))
        self._unknowns = await ward.repairs.unknowns(job.id)
        for stretch in _stretches(files):
            before = await ward.repairs.before(name, [file.id for file in stretch])
            chosen = await self._chosen(job, name, stretch, before)
            left_out = {file.id for file in stretch} - {file.id for file in chosen}
            if left_out:
                await ward.repairs.touch(name, sorted(left_out))
            tally = tally + Tally(skipped=len(left_out))
            for asked, verdict, evidence in await self._verdicts(chosen, before, library):
                tally = tally + _counted(verdict)
                healthy = isinstance(verdict, Healthy)
                infohash = evidence.infohash or asked.infohash
                seen.append(Seen(name, asked.file.id, now, healthy, evidence.remote, infohash))
                findings += self._finding(job, asked, verdict, evidence)
        job = await ward.repairs.record(job.id, Looked(arr=name, after=after, tally=tally), findings, seen)
        if not after:
            log.info("library_looked_at", job=job.id, arr=name, files=job.tallies[name].files)

    async def _chosen(
        self, job: RepairJob, name: str, files: Sequence[LibraryFile], before: Mapping[int, Before]
    ) -> list[LibraryFile]:
        """Of a large library a scheduled run looks at those whose last good look is longest ago."""
        most = self._ward.rules.most_files
        if not (most and job.recurrent):
            return list(files)
        if name not in self._quotas:
            left = max(most - job.tallies.get(name, Tally()).looked_at, 0)
            cutoff, at_cutoff = await self._ward.repairs.oldest(name, most)
            self._quotas[name] = Quota(cutoff, at_cutoff, left)
        quota = self._quotas[name]
        return [file for file in files if quota.takes(before.get(file.id, NEVER).healthy)]

    async def _verdicts(
        self, files: Sequence[LibraryFile], before: Mapping[int, Before], library: ArrLibrary
    ) -> list[tuple[Asked, Verdict, Evidence]]:
        known = [before.get(file.id, NEVER) for file in files]
        asked = [Asked(file, one.remote, one.infohash) for file, one in zip(files, known, strict=True)]
        evidence = await self._inspection.evidence(asked)
        unclear = [number for number, each in enumerate(evidence) if judge(each) in _UNRESOLVED]
        again: list[int] = []
        for number in unclear[:GRABS_AT_ONCE]:
            infohash = await self._infohash(files[number], library)
            if infohash:
                asked[number] = replace(asked[number], infohash=infohash)
                again.append(number)
        seen = await self._inspection.evidence([asked[number] for number in again]) if again else []
        for number, each in zip(again, seen, strict=True):
            evidence[number] = each
        return [(one, judge(each), each) for one, each in zip(asked, evidence, strict=True)]

    async def _infohash(self, file: LibraryFile, library: ArrLibrary) -> str:
        try:
            grab = await library.grab_of(file)
        except Fault:
            return ""
        return grab.torrent if grab is not None else ""

    def _finding(self, job: RepairJob, asked: Asked, verdict: Verdict, evidence: Evidence) -> list[Finding]:
        if isinstance(verdict, Healthy):
            return []
        if isinstance(verdict, Unknown):
            self._unknowns += 1
            if self._unknowns > MOST_UNKNOWN:
                return []
        return [
            Finding(
                job=job.id,
                file=asked.file,
                verdict=verdict,
                found_at=self._ward.hands.clock.now(),
                remote=evidence.remote or asked.remote,
                infohash=evidence.infohash or asked.infohash,
                target=evidence.target,
                details=evidence.details,
            )
        ]


def _counted(verdict: Verdict) -> Tally:
    match verdict:
        case Healthy():
            return Tally(healthy=1)
        case Broken():
            return Tally(broken=1)
        case Unknown():
            return Tally(unknown=1)


def _stretches(files: Sequence[LibraryFile]) -> list[Sequence[LibraryFile]]:
    return [files[begin : begin + LOOKED_AT_ONCE] for begin in range(0, len(files), LOOKED_AT_ONCE)]
