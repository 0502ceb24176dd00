"""Surveys: who refers to what, found on a timetable, when a person asks, when an Arr tells of a change."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from msgspec import Struct

from qbitproxy.core.faults import Fault
from qbitproxy.core.orphans import Graces, Kind, Orphan, Survey
from qbitproxy.core.ports import ArrLibrary
from qbitproxy.core.records import Records
from qbitproxy.core.references import Reference
from qbitproxy.core.timetable import Timetable
from qbitproxy.references import References
from qbitproxy.workers.clearing import Clearing
from qbitproxy.workers.orphanage import Orphanage
from qbitproxy.workers.pulse import Pulse
from qbitproxy.workers.referring import Account, Referring, accounts_of
from qbitproxy.workers.walking import Walked, Walking
from qbitproxy.workers.ward import Ward

log = structlog.get_logger()

TICK = timedelta(seconds=2)
GATHERING = timedelta(minutes=2)
"""What Arrs tell is gathered for so long, as each look at it lists the accounts."""
AFTER_THE_START = timedelta(minutes=10)
"""The first survey waits for so long, as everybody may have just been started."""
AFTER_A_BUG = timedelta(hours=1)
AT_ONCE = 1000  # owners looked at for one list of the accounts
TOGETHER = 50  # owners whose Arr is asked about them before what it said is kept
SILENCE = timedelta(minutes=30)
"""A page of a library, or a folder of many links, takes its time."""


class SurveyRules(Struct, frozen=True, kw_only=True):
    """What the settings say of surveys."""

    timetable: Timetable | None = None  # None: only when somebody asks
    graces: Graces = Graces()
    libraries: tuple[str, ...] = ()  # folders of links besides those of the Arrs


class Surveys:
    """Everything durable is in `References`; a survey that is cut short is begun again."""

    def __init__(
        self,
        ward: Ward,
        references: References,
        rules: SurveyRules,
        arrs: Callable[[], Sequence[str]],
        pulse: Pulse,
    ) -> None:
        """`arrs` gives the names of all Arrs that can be asked."""
        self._ward, self._references, self._rules = ward, references, rules
        self._arrs, self._pulse = arrs, pulse
        self._clearing = Clearing(ward, references, rules.graces, self._beat)
        self._began = ward.hands.clock.now()
        self._gathers_until: float | None = None  # in monotonic seconds, as is what follows
        self._rests_until = 0.0

    async def run(self) -> None:
        """Survey until cancelled."""
        while True:
            self._beat()
            await self.go_on()
            await self._ward.hands.clock.sleep(TICK)

    async def go_on(self) -> None:
        """Do what is due now, if anything is."""
        clock = self._ward.hands.clock
        if clock.monotonic() < self._rests_until:
            return
        try:
            if self._is_due(clock.now()):
                await self.survey()
            elif await self._references.due(1):
                await self._gather(clock.monotonic())
        except Exception:  # a bug of ours in what only looks must not take the torrents with it
            log.exception("survey_broke")
            self._rests_until = clock.monotonic() + AFTER_A_BUG.total_seconds()

    async def _gather(self, now: float) -> None:
        """Look at what Arrs told of, once there was time for them to tell of more."""
        if self._gathers_until is None:
            self._gathers_until = now + GATHERING.total_seconds()
        elif now >= self._gathers_until:
            self._gathers_until = None
            await self.catch_up()

    async def survey(self) -> Survey:
        """Walk everything, keep what was found, remove what is to go."""
        clock, references = self._ward.hands.clock, self._references
        began, wishes, references.walked = clock.now(), references.wishes, 0
        believe, references.believing = references.believing, False
        try:
            records = await asyncio.to_thread(Records, self._ward.hands.library.all())
            accounts = await accounts_of(self._ward, records)
            referring = Referring(self._ward, accounts, records)
            sound = [name for name, account in accounts.items() if not account.doubt]
            walking = Walking(
                self._ward, references, referring, began, sound=sound, believe=believe, beat=self._beat
            )
            walked = await walking.all(self._arrs(), self._rules.libraries)
            survey = await self._kept(began, walked, accounts)
            references.wishes -= wishes
        finally:
            references.walked = None
        await self.catch_up()
        gone = await self._clearing.clear(survey, accounts)
        log.info("surveyed", files=survey.files, doubts=len(survey.doubts), removed=gone)
        return survey

    async def catch_up(self) -> None:
        """Look again at the owners that Arrs told of; those that cannot be asked about stay due."""
        due = await self._references.due(AT_ONCE)
        if not due:
            return
        records = await asyncio.to_thread(Records, self._ward.hands.library.all())
        accounts = await accounts_of(self._ward, records)
        if any(account.doubt for account in accounts.values()):
            return
        referring = Referring(self._ward, accounts, records)
        owners: dict[str, list[int]] = defaultdict(list)
        for arr, media_id in due:
            owners[arr].append(media_id)
        for arr, media_ids in owners.items():
            library = self._ward.library_of(arr)
            if library is None:
                continue
            try:
                for root in await library.roots():
                    await referring.enter(root.ours)
            except Fault as fault:
                log.info("change_not_seen", arr=arr, detail=fault.detail)
                continue
            for begin in range(0, len(media_ids), TOGETHER):
                self._beat()
                try:
                    await self._look_again(arr, library, media_ids[begin : begin + TOGETHER], referring)
                except Fault as fault:
                    log.info("change_not_seen", arr=arr, detail=fault.detail)

    async def _look_again(
        self, arr: str, library: ArrLibrary, media_ids: Sequence[int], referring: Referring
    ) -> None:
        """Raises Fault; what the owners refer to is then what it was."""
        found: dict[int, list[Reference]] = {media_id: [] for media_id in media_ids}
        not_seen: set[str] = set()
        after = ""
        while True:
            page = await library.library(after, media_ids)
            seen = await referring.files(arr, page.files)
            not_seen.update(seen.unseen, seen.astray, seen.gone)  # an Arr would not list what is gone
            for reference in seen.references:
                found[reference.media_id].append(reference)
            if not page.after or page.after == after:
                break
            after = page.after
        for media_id, references in found.items():
            listed = {reference.path for reference in references}
            left = [path for path in await self._references.files_of(arr, media_id) if path not in listed]
            still = await referring.links(arr, [Path(path) for path in left])  # what is on disk refers
            await self._references.replace_owner(
                arr,
                media_id,
                (*references, *still.references),
                kept={*not_seen, *still.unseen, *still.astray},
            )

    async def _kept(self, began: datetime, walked: Walked, accounts: dict[str, Account]) -> Survey:
        orphanage = Orphanage(self._ward, self._references, began)
        found: list[Orphan] = []
        looked_for: list[tuple[Kind, str]] = []
        for account in accounts.values():
            if not account.doubt:
                found += await orphanage.items(account)
                looked_for.append((Kind.ITEM, account.provider))
        if walked.dead is not None:
            found += orphanage.links(walked)
            looked_for.append((Kind.LINK, ""))
        folders = await orphanage.folders(walked)
        if folders is not None:
            found += folders
            looked_for.append((Kind.FOLDER, ""))
        doubts = (*walked.doubts, *(account.doubt for account in accounts.values() if account.doubt))
        survey = Survey(
            began_at=began, ended_at=self._ward.hands.clock.now(), files=walked.files, doubts=doubts
        )
        await self._references.put_orphans(found, looked_for, survey)
        return survey

    def _is_due(self, now: datetime) -> bool:
        last, table = self._references.last, self._rules.timetable
        if self._references.wishes:
            return True
        if table is None:
            return False
        since = last.began_at if last is not None else self._began
        if since > now:  # the clock was set back: nobody knows when that was
            return True
        if last is None and table.every is not None:
            return now >= self._began + AFTER_THE_START
        return now.astimezone() >= table.after(since.astimezone())

    def _beat(self) -> None:
        self._pulse.beat("survey", SILENCE)
