"""Repair jobs in memory with what they found on disk: the only writer of both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from qbitproxy.core.clock import Clock
from qbitproxy.core.findings import Finding
from qbitproxy.core.repair import (
    OPEN,
    RUNNING,
    Allowed,
    Event,
    Held,
    RepairJob,
    Scope,
    StaleEvent,
    evolve,
)
from qbitproxy.core.torrent import Remote
from qbitproxy.store import Store
from qbitproxy.store import repairs as sql
from qbitproxy.store.repairs import Before, Row, Seen

__all__ = ["Before", "Overlaps", "Repairs", "Row", "Seen", "StaleEvent", "UnknownJob"]

REMEMBERED = timedelta(days=90)
"""For so long what is known of a file outlasts the file; an Arr may show it again."""


class UnknownJob(Exception):
    """No job has this id."""


class Overlaps(Exception):
    """A job that runs may look at the same files."""

    def __init__(self, running: RepairJob) -> None:
        super().__init__(f"repair job {running.id} is running")
        self.running = running


class Repairs:
    """Every repair job; reads of jobs are synchronous, changes are durable before they show."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Load every job from `store`."""
        self._store, self._clock = store, clock
        self._jobs = {job.id: job for job in store.load(sql.jobs)}
        self._writing = asyncio.Lock()  # what is asked through the web meets what the worker does
        self._bell = asyncio.Event()

    # -- jobs

    def all(self) -> list[RepairJob]:
        """Every job, the oldest first."""
        return list(self._jobs.values())

    def running(self) -> list[RepairJob]:
        """The jobs for which something is to be done."""
        return [job for job in self._jobs.values() if job.state in RUNNING]

    def get(self, job_id: str) -> RepairJob:
        """The job of this id. Raises UnknownJob."""
        if job_id not in self._jobs:
            raise UnknownJob(job_id)
        return self._jobs[job_id]

    async def until(self, job_id: str, fact: Callable[[RepairJob], bool]) -> RepairJob:
        """Wait until `fact` holds of a job. Raises UnknownJob once it is forgotten."""
        while not fact(self.get(job_id)):
            await self._bell.wait()
        return self.get(job_id)

    async def ask(
        self, scope: Scope, *, auto: bool = False, recurrent: bool = False, dry_run: bool = False
    ) -> RepairJob:
        """Start a job, durable when this returns. Raises Overlaps."""
        async with self._writing:
            self._keep_apart(scope, "")
            job = RepairJob(
                id=uuid4().hex,
                scope=scope,
                auto=auto,
                recurrent=recurrent,
                dry_run=dry_run,
                created_at=self._clock.now(),
            )
            await self._commit(job)
            return job

    async def allow(self, job_id: str) -> RepairJob:
        """Let a pending job replace files, a held one try again. Raises Overlaps, StaleEvent, UnknownJob."""
        return await self.record(job_id, Allowed())

    async def record(
        self, job_id: str, event: Event, findings: Sequence[Finding] = (), seen: Sequence[Seen] = ()
    ) -> RepairJob:
        """Let `event` happen to a job, durable with what was found when this returns.

        Raises StaleEvent when it does not fit any more, UnknownJob, Overlaps.
        """
        async with self._writing:
            before = self.get(job_id)
            job = evolve(before, event, self._clock.now())
            again = isinstance(before.phase, Held) and isinstance(event, Allowed)
            if isinstance(event, Allowed):
                self._keep_apart(job.scope, job_id)
            await self._commit(job, findings, seen, again)
            return job

    async def forget(self, ids: Collection[str]) -> None:
        """Drop jobs that are over with what they found; unknown ones are fine, those still open stay."""
        async with self._writing:
            gone = [each for each in ids if each in self._jobs and self._jobs[each].state not in OPEN]
            await self._store.write(partial(sql.forget, ids=gone))
            for each in gone:
                del self._jobs[each]
            self._ring()

    async def trim(self, before: datetime) -> int:
        """Drop jobs that are over and older than `before`; return how many."""
        old = [job.id for job in self.all() if job.created_at < before and job.state not in OPEN]
        await self.forget(old)
        return len(old)

    # -- findings

    async def found(self, job_id: str, after: int, limit: int) -> list[Row]:
        """At most `limit` findings of a job that follow number `after`."""
        return await self._store.read(partial(sql.found, job=job_id, after=after, limit=limit))

    async def broken(self, job_ids: Collection[str], limit: int) -> list[Finding]:
        """At most `limit` broken files of some jobs."""
        return await self._store.read(partial(sql.broken, jobs=job_ids, limit=limit))

    async def unfinished(self, job_id: str, treatments: Collection[str], limit: int) -> list[Finding]:
        """At most `limit` broken files of a job whose treatment is one of `treatments`, the oldest first."""
        return await self._store.read(partial(sql.unfinished, job=job_id, treatments=treatments, limit=limit))

    async def loose_ends(self) -> list[Finding]:
        """Files that were deleted for a job that is over, or may be, with nothing searched for them yet."""
        return await self._store.read(sql.loose_ends)

    async def count(self, job_id: str, treatments: Collection[str]) -> int:
        """How many findings of a job have one of `treatments`."""
        return await self._store.read(partial(sql.count, job=job_id, treatments=treatments))

    async def unknowns(self, job_id: str) -> int:
        """How many files nothing is known of are kept for a job."""
        return await self._store.read(partial(sql.unknowns, job=job_id))

    async def put(self, finding: Finding, replaced_at: datetime | None = None) -> None:
        """Keep what became of a finding, durable when this returns; see `replaced`."""
        await self._store.write(partial(sql.put, finding=finding, replaced_at=replaced_at))

    async def put_mended(self, finding: Finding, remote: Remote) -> None:
        """Keep that a finding is mended, its file lying in `remote` now; durable when this returns."""
        await self._store.write(partial(sql.put_mended, finding=finding, remote=remote))

    async def torrents_in_use(self) -> set[int]:
        """The torrents that bring something back for a job that is not over."""
        return await self._store.read(sql.in_use)

    # -- what is remembered from one run to the next

    async def end_of_library(self, arr: str, files: int) -> None:
        """Note how many files a whole library has; those no run came by for long are forgotten."""
        long_ago = self._clock.now() - REMEMBERED
        await self._store.write(partial(sql.end_of_library, arr=arr, files=files, long_ago=long_ago))

    async def touch(self, arr: str, files: Sequence[int]) -> None:
        """Note that a job came by files without a look at them."""
        await self._store.write(partial(sql.touch, at=self._clock.now(), arr=arr, files=files))

    async def walked(self, arr: str) -> datetime | None:
        """When a run last came by a file of an Arr, None when none ever did."""
        return await self._store.read(partial(sql.walked, arr=arr))

    async def sizes(self) -> Mapping[str, int]:
        """How many files each whole library had at its last run."""
        return await self._store.read(sql.sizes)

    async def before(self, arr: str, files: Collection[int]) -> Mapping[int, Before]:
        """What earlier runs know of `files`; those that none came by are left out."""
        return await self._store.read(partial(sql.before, arr=arr, files=files))

    async def oldest(self, arr: str, most: int) -> tuple[str, int]:
        """Up to when files were last found healthy that are among the `most` oldest of a library.

        With it how many of those are among them that were found healthy just then.
        """
        return await self._store.read(partial(sql.oldest, arr=arr, most=most))

    async def replaced(self, since: datetime) -> list[datetime]:
        """When files were replaced after `since`, the oldest first."""
        return await self._store.read(partial(sql.replaced, since=since))

    async def replaced_at(self, arr: str, parts: Sequence[int]) -> datetime | None:
        """When what a file of `arr` held, any of it, was last replaced."""
        return await self._store.read(partial(sql.replaced_at, arr=arr, parts=parts))

    async def items(self) -> Mapping[str, Collection[str]]:
        """The ids of what providers held at the last run that was believed."""
        return await self._store.read(sql.items)

    async def is_needed(self, remote: Remote, path: str) -> bool:
        """Whether a library's file other than `path` is known to lie in a remote item, or to lead to it."""
        return await self._store.read(partial(sql.is_needed, remote=remote, path=path))

    async def drop_item(self, remote: Remote) -> None:
        """Note that an item was let go of, so that no list is held to it."""
        await self._store.write(partial(sql.drop_item, remote=remote))

    async def remember(self, provider: str, held: Collection[str]) -> None:
        """Note the ids of what a provider holds now."""
        await self._store.write(partial(sql.remember, provider=provider, held=held))

    # -- the writer

    def _keep_apart(self, scope: Scope, own_id: str) -> None:
        for job in self.running():
            if job.id != own_id and job.scope.overlaps(scope):
                raise Overlaps(job)

    async def _commit(
        self,
        job: RepairJob,
        findings: Sequence[Finding] = (),
        seen: Sequence[Seen] = (),
        again: bool = False,
    ) -> None:
        await self._store.write(partial(sql.commit, job=job, findings=findings, seen=seen, again=again))
        self._jobs[job.id] = job
        self._ring()

    def _ring(self) -> None:
        self._bell.set()
        self._bell = asyncio.Event()
