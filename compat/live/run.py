"""The cases, one after the other, on one account."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import aiohttp
from msgspec import Struct
from msgspec.structs import replace

from compat.cases import providers as cases
from compat.cases.unmet import Unmet, expect
from compat.live.guest import AlreadyThere, Guest
from compat.live.report import Report
from compat.live.traces import traces_of
from compat.recorder.recording import Recording
from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Fault
from qbitproxy.core.ports import ItemState, ProviderSpec, RemoteItem, Source
from qbitproxy.core.release import MEDIA, ContentRules, suffix
from qbitproxy.http import BoundHttp, connect
from qbitproxy.settings import Secret

T = TypeVar("T")

NAME = "live"
WRONG_KEY = "NOTAREALKEYBUTAWRONGONE"
NOBODY_HAS = hashlib.sha1(b"nobody has this torrent", usedforsecurity=False).hexdigest()
RULES = ContentRules(extensions=MEDIA)
LOOK_AGAIN = timedelta(seconds=10)
MOST_FILES = 3  # whose bytes are looked at

NO_TORRENT = "no torrent was named (--torrent, --magnet)"


class Subject(Struct, frozen=True, kw_only=True):
    """What is judged: an account, with a torrent that may be put into it."""

    spec: ProviderSpec
    base_url: str
    key: Secret
    source: Source | None  # None: nothing is changed
    patience: timedelta  # how long the service may take to have the torrent


class Run:
    """Judges one account. `recording` is told which case it is, which names are the torrent's."""

    def __init__(
        self,
        subject: Subject,
        session: aiohttp.ClientSession,
        clock: Clock,
        report: Report,
        recording: Recording | None = None,
    ) -> None:
        self._subject, self._session, self._clock = subject, session, clock
        self._report, self._recording = report, recording
        self._http = self._connected(subject.key)
        self._guest = Guest(subject.spec.connect(self._http, NAME), clock)
        self._traces = traces_of(subject.spec.name, self._http)

    async def judge(self) -> None:
        """Every case; what was added is let go of however this ends."""
        source = self._subject.source
        self._keep(NOBODY_HAS)
        await self._case("the account says who it is", cases.account_says_who_it_is(self._guest))
        there = await self._case("its items are listed", cases.items_are_told_apart(self._guest))
        await self._stranger()
        await self._unknown()
        reason = NO_TORRENT if source is None else self._objection(source, there)
        if source is None or there is None or reason:
            self._report.skipped("everything that adds a torrent", reason)
            return
        self._guest.arrive(there)
        if self._traces is not None and not await self._case("its downloads are listed", self._traces.look()):
            return
        try:
            await self._torrent(source)
        finally:
            if self._guest.has_submitted:
                await self._case("the account is left as it was", self._left_as_it_was())
            if self._traces is not None and self._guest.links:
                await self._case("its downloads are left as they were", self._traces.wipe(self._guest.links))

    def _objection(self, source: Source, there: list[RemoteItem] | None) -> str:
        """Why the torrent had better not be added, "" when it may be."""
        if there is None:
            return "what the account holds is not known"
        for item in there:
            if item.infohash == source.infohash or (not item.infohash and item.name == source.name):
                return "the account holds this torrent already: name another one"
        return ""

    async def _stranger(self) -> None:
        stranger = self._subject.spec.connect(self._connected(Secret(WRONG_KEY)), NAME)
        nobodys = Source(infohash=NOBODY_HAS, name=NOBODY_HAS, magnet=f"magnet:?xt=urn:btih:{NOBODY_HAS}")
        await self._case(
            "a wrong key is denied", cases.wrong_key_is_denied(stranger, WRONG_KEY, nobodys, RULES)
        )

    async def _unknown(self) -> None:
        case, check = "what nobody has is not held", self._subject.spec.cache_check
        if check is None:
            self._report.skipped(case, "this service tells only what was added")
            return
        await self._case(case, cases.unknown_is_not_held(check, self._http, NAME, NOBODY_HAS))

    async def _torrent(self, source: Source) -> None:
        self._keep(source.infohash, source.name, *_sizes(source), *(file.path for file in source.files))
        item = await self._case("a torrent can be submitted", self._submitted(source))
        if item is None:
            return
        guest, files = self._guest, item.files or ()
        await self._case(
            "submitting it again adds nothing",
            cases.submitting_again_adds_nothing(guest, item, source, RULES),
        )
        await self._case("what was submitted is listed", cases.submitted_is_listed(guest, item))
        if files:
            kind = ContentRules(extensions=frozenset({suffix(files[0].path)}))
            await self._case(
                "contents are what the rules want",
                cases.contents_are_what_the_rules_want(guest, item, kind),
            )
            await self._case(
                "links lead to bytes", cases.links_lead_to_bytes(guest, files[:MOST_FILES], self._session)
            )
        else:
            reason = f"the service does not have all of it yet ({item.state}, {item.progress:.0%})"
            self._report.skipped("contents are what the rules want", reason)
            self._report.skipped("links lead to bytes", reason)
        await self._case("it can be let go of, twice", cases.release_is_repeatable(guest, item.id, RULES))
        await self._case(
            "what was let go of can be submitted again",
            cases.released_can_be_submitted_again(guest, source, RULES),
        )

    async def _submitted(self, source: Source) -> RemoteItem:
        """The torrent once the service has all of it, or as far as it came."""
        item = await self._guest.submit(source, RULES)
        expect("infohash", source.infohash, item.infohash)
        until = self._clock.monotonic() + self._subject.patience.total_seconds()
        while item.state not in (ItemState.DONE, ItemState.FAILED) and self._clock.monotonic() < until:
            await self._clock.sleep(LOOK_AGAIN)
            listed = {listed.id: listed for listed in await self._guest.items()}
            item = listed.get(item.id, item)
            if item.state is ItemState.UNPREPARED:
                item = await self._guest.submit(source, RULES)
        if item.state is ItemState.FAILED:
            raise Unmet("state", "any but failed", f"failed ({item.detail})")
        if item.state is ItemState.DONE and item.files is None:
            item = await self._guest.contents(item.id, RULES)
        for file in item.files or ():
            self._keep(file.path, file.size)
        self._keep(item.name, item.size)
        return item

    async def _left_as_it_was(self) -> None:
        left, gone = await self._guest.leave()
        expect("what we added that is still there, to be removed by hand", [], left)
        expect("items gone that we had not added (did another program remove them?)", 0, len(gone))

    async def _case(self, case: str, judged: Awaitable[T]) -> T | None:
        """What the case gives; None when it did not pass."""
        if self._recording is not None:
            self._recording.case = case
        try:
            given = await judged
        except Unmet as unmet:
            self._report.failed(case, str(unmet))
        except Fault as fault:
            self._report.failed(case, _in_words(fault))
        except AlreadyThere:
            self._report.skipped(case, "the account held this torrent before, it stays as it is")
        except Exception as bug:  # the account has to be left as it was all the same
            place = traceback.extract_tb(bug.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            self._report.failed(case, f"expected no surprise, got {type(bug).__name__} at {where}")
        else:
            self._report.passed(case)
            return given
        return None

    def _connected(self, key: Secret) -> BoundHttp:
        """Bound to the account at the pace that its provider keeps; each case really asks."""
        spec = replace(self._subject.spec.http, rests=False)
        return connect(spec, NAME, self._subject.base_url, key, self._session, self._clock)

    def _keep(self, *ours: str | int) -> None:
        if self._recording is not None:
            self._recording.keep(*ours)


def _sizes(source: Source) -> Sequence[int]:
    sizes = [file.size for file in source.files]
    return [*sizes, sum(sizes)] if sizes else []


def _in_words(fault: Fault) -> str:
    return f"expected an answer, got {type(fault).__name__} ({fault.detail})"
