"""Repair jobs brought on, one step each in turn, and begun by the timetable."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from zlib import crc32

import structlog

from qbitproxy.core.brake import Signs, brake
from qbitproxy.core.notices import Kind, Notice
from qbitproxy.core.repair import (
    Broke,
    Failed,
    Held,
    HeldBack,
    Mending,
    Passed,
    RepairJob,
    Replacing,
    Scanning,
    Scope,
    StaleEvent,
    State,
    Weighing,
)
from qbitproxy.repairs import Overlaps, UnknownJob
from qbitproxy.workers.inspection import Inspection
from qbitproxy.workers.pulse import Pulse
from qbitproxy.workers.repair_mend import Mend
from qbitproxy.workers.repair_replace import Replace
from qbitproxy.workers.repair_scan import Scan
from qbitproxy.workers.ward import Ward

log = structlog.get_logger()

TICK = timedelta(seconds=2)
TIDY = timedelta(minutes=1)
SILENCE = timedelta(minutes=10)
"""A page of files behind a service that answers slowly takes its time."""


class Repair:
    """Everything durable is in `Repairs`: after a stop at any moment it goes on where it was."""

    def __init__(self, ward: Ward, pulse: Pulse) -> None:
        self._ward, self._pulse = ward, pulse
        self._began = ward.hands.clock.now()
        self._mend, self._replace = Mend(ward), Replace(ward)
        self._last: dict[str, datetime | None] = {}  # when a scheduled job last began, by Arr
        self._scans: dict[str, tuple[Scan, Inspection]] = {}  # by job

    async def run(self) -> None:
        """Bring jobs on until cancelled."""
        tidied: datetime | None = None
        while True:
            now = self._ward.hands.clock.now()
            if tidied is None or now - tidied >= TIDY:
                await self._mend.tidy()
                tidied = now
            self._pulse.beat("repair", SILENCE)
            await self.begin_due()
            await self.finish()
            if not await self.go_on():
                await self._ward.hands.clock.sleep(TICK)

    async def go_on(self) -> bool:
        """Take one step for every job that has one to take now; whether some job moved."""
        repairs, now = self._ward.repairs, self._ward.hands.clock.now()
        moved = False
        for job in repairs.running():
            if job.retry_at is not None and job.retry_at > now:
                continue
            await self._step(job)
            try:
                after = repairs.get(job.id)
            except UnknownJob:
                continue
            moved = moved or after.phase != job.phase
            if after.state != job.state:
                await self._tell(after)
        self._scans = {job.id: self._scans[job.id] for job in repairs.running() if job.id in self._scans}
        return moved

    async def finish(self) -> None:
        """Bring to its end what was begun with files that went, for jobs that are over."""
        await self._replace.finish()

    async def _step(self, job: RepairJob) -> None:
        try:
            match job.phase:
                case Scanning() as phase:
                    scan, _ = await self._scan_of(job)
                    await scan.go_on(job, phase)
                case Weighing():
                    await self._weigh(job)
                case Mending():
                    await self._mend.go_on(job)
                case Replacing():
                    await self._replace.go_on(job)
        except (StaleEvent, UnknownJob):
            log.info("repair_step_dropped", job=job.id)  # a person stopped it meanwhile
        except Exception as bug:  # a bug of ours must not take the other jobs with it
            log.exception("repair_broke", job=job.id)
            await self._ward.repairs.record(job.id, Broke(f"{type(bug).__name__}: see the log"))

    async def _scan_of(self, job: RepairJob) -> tuple[Scan, Inspection]:
        if job.id not in self._scans:
            inspection = await self._ward.inspection(believe=job.released)
            self._scans[job.id] = Scan(self._ward, inspection), inspection
        return self._scans[job.id]

    async def _weigh(self, job: RepairJob) -> None:
        """Hold the job back, or let it go on, remembering what this run saw."""
        ward, (_, inspection) = self._ward, await self._scan_of(job)
        inventories = [await inspection.inventory(name) for name in ward.hands.providers]
        signs = Signs(
            doubts=[inventory.doubt for inventory in inventories if inventory.doubt],
            missing_canaries=await ward.missing_canaries(),
            sizes_before=await ward.repairs.sizes(),
        )
        if set(job.failing) == set(job.scope.arrs):
            detail = "; ".join(f"{arr} could not be asked: {why}" for arr, why in job.failing.items())
            await ward.repairs.record(job.id, Broke(detail))
            return
        why = brake(job, signs, ward.rules.brake)
        if why:
            await ward.repairs.record(job.id, HeldBack(why))
            return
        for inventory in inventories:
            if not inventory.doubt:
                await ward.repairs.remember(inventory.provider, inventory.ids)
        if not job.scope.media_ids:
            for arr, tally in job.tallies.items():
                if arr not in job.failing:
                    await ward.repairs.end_of_library(arr, tally.files)
        await ward.repairs.record(job.id, Passed())

    async def _tell(self, job: RepairJob) -> None:
        kind, text = _told(job)
        if kind is not None:
            arrs = ", ".join(job.scope.arrs)
            at = self._ward.hands.clock.now()
            log.info("repair_job_moved", job=job.id, state=job.state, broken=job.tally.broken)
            notice = Notice(kind=kind, title=f"Repair of {arrs}", text=text, at=at)
            await self._ward.told.tell(f"repair-{job.id}-{job.state}-{at.isoformat()}", notice)

    async def begin_due(self) -> None:
        """Start a job for each Arr whose time has come."""
        for arr in self._ward.rules.timetables:
            if await self._is_due(arr):
                with suppress(Overlaps):
                    await self._ward.repairs.ask(
                        Scope((arr,)),
                        auto=self._ward.rules.auto,
                        recurrent=True,
                        dry_run=self._ward.rules.dry_run,
                    )

    async def _is_due(self, arr: str) -> bool:
        """Whether the next scheduled job of an Arr is to begin: by local time, a little spread."""
        rules, now = self._ward.rules, self._ward.hands.clock.now().astimezone()
        last = await self._last_begun(arr)
        table, since = rules.timetables[arr], (last or self._began).astimezone()
        due = since if last is None and table.every is not None else table.after(since)
        if rules.window is not None:
            due = rules.window.next(due)
        seconds = int(rules.jitter.total_seconds())
        spread = timedelta(seconds=crc32(f"{arr} {since}".encode()) % seconds if seconds else 0)
        return now >= due + spread and (rules.window is None or rules.window.holds(now))

    async def _last_begun(self, arr: str) -> datetime | None:
        """When a scheduled job of an Arr last began; of one that is forgotten the library may still tell."""
        jobs = [job for job in self._ward.repairs.all() if job.recurrent and arr in job.scope.arrs]
        if jobs:
            self._last[arr] = max(job.created_at for job in jobs)
        elif self._last.get(arr) is None:
            self._last[arr] = await self._ward.repairs.walked(arr)
        return self._last[arr]


def _told(job: RepairJob) -> tuple[Kind | None, str]:
    """What people may want to hear of a job that has just got where it is."""
    tally = job.tally
    seen = f"{tally.files} files: {tally.broken} broken, {tally.unknown} unknown"
    match job.phase:
        case Held(why=why):
            return Kind.REPAIR_HELD, f"{'; '.join(why)}. Nothing was changed"
        case Failed(why=why):
            return Kind.REPAIR_FAILED, why
        case _ if job.state is State.PENDING:
            return Kind.REPAIR_PENDING, f"{seen}. What could not be healed waits for your word"
        case _ if job.state is State.COMPLETED:
            return Kind.REPAIR_COMPLETED, seen
    return None, ""
