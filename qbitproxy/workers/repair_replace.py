"""The last part of a repair job: what cannot be healed is replaced through its Arr, slowly, with proof."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace

from qbitproxy.core.brake import HOUR, SAME_ITEM, may_replace_at
from qbitproxy.core.faults import Fault, Missing, Unreachable
from qbitproxy.core.findings import (
    REPLACING,
    Blocked,
    Deleted,
    Finding,
    Left,
    Mended,
    Recorded,
    Replaced,
    Restored,
    Stuck,
    Treatment,
)
from qbitproxy.core.plan import back_off
from qbitproxy.core.ports import ArrLibrary
from qbitproxy.core.repair import RepairJob, State, Waits
from qbitproxy.core.repair import Replaced as AllReplaced
from qbitproxy.core.verdict import REPLACEABLE, Broken, Healthy, Verdict, judge
from qbitproxy.workers.inspection import Asked
from qbitproxy.workers.ward import Ward

log = structlog.get_logger()

IDLE = timedelta(minutes=1)
AT_ONCE = 100  # findings looked at in one go
MOST_FAULTS = 3  # of an Arr in one round, before its other files have to wait

DELETING = timedelta(hours=1)
"""How long after it was asked an Arr may still be deleting a file, whatever it answered."""

STOPPED = Left("its job was over before it went")


class _Faults:
    """What went wrong in one round. An Arr that is down keeps its own files waiting, nobody else's."""

    def __init__(self) -> None:
        self.first: Fault | None = None
        self.by_arr: Counter[str] = Counter()

    def note(self, arr: str, fault: Fault) -> None:
        self.first = self.first or fault
        self.by_arr[arr] += 1

    def are_enough(self, arr: str) -> bool:
        return self.by_arr[arr] >= MOST_FAULTS


class Replace:
    """Replaces the findings of jobs; every step is durable before the next, and may be taken again."""

    def __init__(self, ward: Ward) -> None:
        self._ward = ward
        self._idle_until = ward.hands.clock.now()
        self._failing: set[str] = set()  # Arrs whose last call failed: others go first

    async def go_on(self, job: RepairJob) -> None:
        """Take the next step for one file of `job`, or have the Arrs search for all that went."""
        repairs, now = self._ward.repairs, self._ward.hands.clock.now()
        findings = self._within_reach(await repairs.unfinished(job.id, REPLACING, AT_ONCE))
        if not findings:
            await repairs.record(job.id, AllReplaced())
            return
        until, faults = await self._earliest(now), _Faults()
        for finding in findings:
            ready = now >= finding.found_at + self._ward.rules.second_look and now >= until
            if isinstance(finding.treatment, Stuck) and not ready:
                continue
            if isinstance(finding.treatment, Stuck | Recorded) and self._ward.rules.dry_run:
                continue
            if await self._step(finding, now, faults):
                return
        if await self._search(findings, now, faults):
            return
        if faults.first is not None:
            wait = back_off(0, job.stumbles + 2)
            await repairs.record(job.id, Waits(now + wait, str(faults.first)))
            return
        if self._ward.rules.dry_run:
            await repairs.record(job.id, self._ward.only_looks())
            return
        looks = min(finding.found_at for finding in findings) + self._ward.rules.second_look
        why = "a second look before anything goes" if looks > until else "not too many at once"
        await repairs.record(job.id, Waits(max(looks, until), why))

    async def finish(self) -> None:
        """Bring to its end what was begun with files that went, for jobs that are over."""
        now, faults = self._ward.hands.clock.now(), _Faults()
        if now < self._idle_until:
            return
        findings = self._within_reach(await self._ward.repairs.loose_ends())
        for finding in findings:
            await self._step(finding, now, faults)
        await self._search(findings, now, faults)
        if faults.first is not None:
            log.info("repair_not_finished", detail=str(faults.first))
            self._idle_until = now + IDLE

    def _within_reach(self, findings: Sequence[Finding]) -> list[Finding]:
        """Those that can be brought on; what was begun at an Arr that is not known waits until it is again.

        An Arr that introduced itself is forgotten at every start.
        """
        near = [
            finding
            for finding in findings
            if isinstance(finding.treatment, Stuck) or self._ward.library_of(finding.file.arr) is not None
        ]
        return sorted(near, key=lambda finding: finding.file.arr in self._failing)

    async def _earliest(self, now: datetime) -> datetime:
        lately = await self._ward.repairs.replaced(now - HOUR)
        return may_replace_at(now, lately, self._ward.rules.most_per_hour)

    async def _step(self, finding: Finding, now: datetime, faults: _Faults) -> bool:
        """Take the next step for a file, unless it waits for the search or its Arr fails; whether it was."""
        arr = finding.file.arr
        if isinstance(finding.treatment, Restored) or faults.are_enough(arr):
            return False
        library = self._ward.library_of(arr)
        try:
            treatment: Treatment = Left("its Arr is not configured any more")
            if library is not None:
                treatment = await self._treated(finding, library, now)
        except Fault as fault:
            faults.note(arr, fault)
            self._failing.add(arr)
            return False
        self._failing.discard(arr)
        log.info("finding_treated", job=finding.job, path=finding.file.ours, treatment=str(treatment))
        gone = isinstance(treatment, Deleted)
        await self._ward.repairs.put(replace(finding, treatment=treatment), now if gone else None)
        return True

    async def _treated(self, finding: Finding, library: ArrLibrary, now: datetime) -> Treatment:
        file = finding.file
        match finding.treatment:
            case Recorded() as recorded:
                return await self._deleted(finding, recorded, library, now)
            case Deleted(monitored=monitored):
                await library.block(file)
                return Blocked(monitored)
            case Blocked(monitored=monitored):
                await library.restore(file, monitored)
                return Restored()
            case _ if not file.parts:
                return Left("its Arr does not say what it holds, so nothing could be looked for")
            case _:
                before = await self._ward.repairs.replaced_at(file.arr, file.parts)
                if before is not None and before > now - SAME_ITEM:
                    return Left(f"it was replaced on {before:%Y-%m-%d} already")
                if not await self._is_known(finding, library):
                    return Left("the Arr does not have it any more")
                objection = await self._objection(finding)
                return objection or Recorded(await library.monitored(file))

    async def _deleted(
        self, finding: Finding, recorded: Recorded, library: ArrLibrary, now: datetime
    ) -> Treatment:
        """Have a file deleted, unless something speaks against it.

        Once that was asked for the file may go at any time, so only patience ends the wait for it.
        """
        asked_at = recorded.asked_at
        if not await self._is_known(finding, library):
            return Deleted(recorded.monitored)  # its answer was lost, or we were stopped right after it
        if asked_at is not None and now > asked_at + DELETING:
            return Left(f"{finding.file.arr} does not delete it")
        against = await self._objection(finding) if self._may_delete(finding) else STOPPED
        if against is None:
            begun = replace(recorded, asked_at=asked_at or now)
            await self._ward.repairs.put(replace(finding, treatment=begun))
            against = None if self._may_delete(finding) else STOPPED  # by a person, while we looked
        if against is not None and asked_at is not None:
            raise Unreachable(finding.file.arr, "it was asked to delete a file, and may still do so")
        if against is not None:
            return against
        try:
            await library.delete_file(finding.file)
        except Missing as missing:
            return Left(missing.detail)
        return Deleted(recorded.monitored)

    def _may_delete(self, finding: Finding) -> bool:
        jobs = self._ward.repairs.running()
        return any(job.id == finding.job and job.state is State.PROCESSING for job in jobs)

    async def _is_known(self, finding: Finding, library: ArrLibrary) -> bool:
        file, after = finding.file, ""
        while True:
            page = await library.library(after, [file.media_id])
            if any(each.id == file.id for each in page.files):
                return True
            if not page.after or page.after == after:
                return False
            after = page.after

    async def _objection(self, finding: Finding) -> Treatment | None:
        """What speaks against deleting the file now, by another look at everything.

        No list alone is enough: it may have been cut short, and a person may have believed it.
        """
        verdict = await self._verdict(finding)
        if isinstance(verdict, Healthy):
            return Mended("it can be read again")
        if not isinstance(verdict, Broken) or verdict.why not in REPLACEABLE:
            return Left(f"a second look was not sure of it: {verdict.why.value.replace('_', ' ')}")
        if await self._ward.missing_canaries():
            return Left("a mount does not show its canary")
        return None

    async def _verdict(self, finding: Finding) -> Verdict:
        job = self._ward.repairs.get(finding.job)
        inspection = await self._ward.inspection(believe=job.released)
        asked = [Asked(finding.file, finding.remote, finding.infohash, finding.back)]
        [evidence] = await inspection.evidence(asked, sure=True)
        return judge(evidence)

    async def _search(self, findings: Sequence[Finding], now: datetime, faults: _Faults) -> bool:
        """Have each Arr look for all that went from it, with one command; whether any did."""
        gone: dict[str, list[Finding]] = defaultdict(list)
        for finding in findings:
            if isinstance(finding.treatment, Restored):
                gone[finding.file.arr].append(finding)
        searched = False
        for arr, theirs in gone.items():
            library = self._ward.library_of(arr)
            if library is None or faults.are_enough(arr):
                continue
            try:
                await library.search([finding.file for finding in theirs])
            except Fault as fault:
                faults.note(arr, fault)
                continue
            searched = True
            for finding in theirs:
                await self._ward.repairs.put(replace(finding, treatment=Replaced(now)))
        return searched
