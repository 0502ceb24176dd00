"""What the workers work with, handed over by the composition root."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from weakref import WeakValueDictionary

import structlog
from msgspec.structs import replace

from qbitproxy.core.calls import Purpose, Use
from qbitproxy.core.choice import Standing
from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Busy, Denied, Unreachable
from qbitproxy.core.gate import GateRules, objections
from qbitproxy.core.plan import Patience, World
from qbitproxy.core.ports import Account, Arr, Link, Provider, Source
from qbitproxy.core.release import ContentRules
from qbitproxy.core.seasons import seasons
from qbitproxy.core.torrent import Divided, Fetching, Part, RemoteFile, Torrent, origin, remote_of
from qbitproxy.core.verdict import Word
from qbitproxy.files import Disk
from qbitproxy.library import Library
from qbitproxy.workers.availability import Availability, Inquiry
from qbitproxy.workers.reports import Reports
from qbitproxy.workers.slots import Bounds, Slots

log = structlog.get_logger()

DENIED_REST = timedelta(minutes=10)
"""How long a provider that refused the account gets no new torrents."""


@dataclass(frozen=True)
class Rest:
    """A provider that gets no new torrents for a while."""

    until: datetime
    why: str  # follows its name: "refuses the account: …"


def _awake() -> float:
    return 0.0


def _as_asked(source: Source, arr: str) -> bool:
    return False


def _unmeasured() -> Mapping[Purpose, Use]:
    return {}


@dataclass(frozen=True)
class LinkInquiry:
    """How one provider is asked about links."""

    most: int  # links at once
    ask: Callable[[Sequence[str]], Awaitable[Mapping[str, Word]]]
    most_found: int = 0  # items at once
    find: Callable[[Sequence[str]], Awaitable[Mapping[str, str]]] | None = None


@dataclass(frozen=True, kw_only=True)
class ProviderHand:
    """One connected account with what the settings say of it."""

    provider: Provider
    mount: Path | None  # where the account's mount shows its torrents
    uncached: bool
    poll: timedelta
    slots: int = 0  # torrents it works on at once, by settings or by kind; 0: as the account says
    keep_free: int = 0  # slots that uncached torrents leave free
    stall: timedelta | None = None  # its own patience with torrents that make no progress
    downloaders: tuple[Provider, ...] = ()  # the account by its download keys
    inquiry: Inquiry | None = None  # None: only adding tells what it holds
    last_resort: bool = False  # asked only where it is named
    rests_for: Callable[[], float] = _awake  # seconds for which the failing service is left alone
    use: Callable[[], Mapping[Purpose, Use]] = _unmeasured  # the calls of the last hour
    local: bool = False  # the mount is a disk of ours, so that its files need not be downloaded
    for_repair: Provider | None = None  # the same account, whose calls stay behind everybody's
    links: LinkInquiry | None = None  # None: the list tells, or only fetching does
    lists_losses: bool = False  # its list does not show as DONE what it lost
    adds_anew: bool = False  # holds a torrent as often as it is added
    seen_at: tuple[str, ...] = ()  # other places that show its files: folders, beginnings of addresses
    canary: str = ""  # a file that the mount always shows

    @property
    def behind(self) -> Provider:
        """The account for what nobody waits for."""
        return self.for_repair or self.provider


@dataclass(frozen=True, kw_only=True)
class ArrHand:
    """One Arr with what the settings say of it."""

    arr: Arr
    uncached: bool | None
    confirm: bool  # ask it whether it sees what was placed
    report: bool  # tell it about releases that fail
    report_limit: int  # of how many per day
    refresh: bool  # nudge it when something is finished
    providers: tuple[str, ...] = ()  # its own order, () for everybody's
    stall: timedelta | None = None  # its own patience with torrents that make no progress


class ArrsByName(Protocol):
    """Finds the Arr that asked for a torrent."""

    def hand(self, name: str) -> ArrHand | None:
        """The Arr of this name, None for a person's torrents and for Arrs no longer known."""
        ...

    def kind(self, name: str) -> str:
        """sonarr, radarr, …; "" when unknown."""
        ...


@dataclass(kw_only=True)
class Hands:
    """Everything outside the library that a step needs."""

    library: Library
    clock: Clock
    disk: Disk
    providers: Mapping[str, ProviderHand]  # in order of preference
    arrs: ArrsByName
    rules: Mapping[str, ContentRules]  # by kind of Arr; "" for a person
    patience: Patience
    release_downloaded: bool
    gates: Mapping[str, GateRules] = field(default_factory=dict)  # by kind of Arr
    strip: Callable[[Source, str], bool] = _as_asked  # whether a source loses its trackers, by the Arr's name
    split_for: frozenset[str] = frozenset()  # kinds of Arr that get packs season by season
    rests: dict[str, Rest] = field(default_factory=dict)  # by provider
    key_rests: dict[tuple[str, int], datetime] = field(default_factory=dict)  # by provider, download key
    accounts: dict[str, Account] = field(default_factory=dict)  # as last asked for, by provider
    listed_at: dict[str, datetime] = field(default_factory=dict)  # when its items were last seen, by provider
    availability: Availability = field(init=False)
    slots: Slots = field(init=False)
    reports: Reports = field(init=False)

    def __post_init__(self) -> None:
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self.availability = Availability(self.clock)
        self.reports = Reports(self.library)
        self.slots = Slots(self._bounds)
        self.slots.load(self.library.all())

    def rest(self, provider: str, why: str, lasting: timedelta = DENIED_REST) -> None:
        """Give a provider no new torrents for a while; logged once per rest. `why` follows its name."""
        now = self.clock.now()
        if provider not in self.rests or self.rests[provider].until <= now:
            log.warning("provider_rests", provider=provider, why=why, seconds=lasting.total_seconds())
        self.rests[provider] = Rest(now + lasting, why)

    def turn(self, provider: str, torrent: Torrent) -> asyncio.Lock:
        """To be held while a torrent, or what it is a season of, is added to a provider or taken away there.

        Else one could take up the very item that another one has let go of, before the service heard of it.
        """
        return self._turns.setdefault((provider, origin(torrent)), asyncio.Lock())

    def world(self, torrent: Torrent) -> World:
        """What `torrent`'s next step depends on, as of now."""
        arr = self.arrs.hand(torrent.request.arr)
        seen, remote = self.library.telemetry(torrent.id), remote_of(torrent)
        return World(
            now=self.clock.now(),
            providers={name: self._standing(name, torrent) for name in self._order(torrent, arr)},
            connected=remote is None or remote.provider in self.providers,
            item=seen.item,
            moved_at=seen.moved_at,
            looked_at=self._looked_at(torrent),
            uncached=arr.uncached if arr is not None else None,
            patience=self._patience_for(torrent, arr),
            parts=self._parts_left(torrent),
            release_downloaded=self.release_downloaded,
        )

    def _looked_at(self, torrent: Torrent) -> datetime | None:
        """When somebody last saw how its remote item stands, its submission at least."""
        if not isinstance(torrent.phase, Fetching):
            return None
        since = torrent.phase.since
        return max(since, self.listed_at.get(torrent.phase.remote.provider, since))

    def _parts_left(self, torrent: Torrent) -> int:
        if not isinstance(torrent.phase, Divided):
            return 0
        return sum(part.category == torrent.category for part in self.library.parts_of(torrent.infohash))

    def _patience_for(self, torrent: Torrent, arr: ArrHand | None) -> Patience:
        """The Arr's patience goes before the provider's, that before everybody's."""
        remote = remote_of(torrent)
        hand = self.providers.get(remote.provider) if remote is not None else None
        stall = (arr.stall if arr is not None else None) or (hand.stall if hand is not None else None)
        return replace(self.patience, stall=stall) if stall is not None else self.patience

    def _order(self, torrent: Torrent, arr: ArrHand | None) -> Iterable[str]:
        """The providers to ask: the one asked for, else the Arr's own, else all but the last resorts."""
        if torrent.request.provider:
            return (torrent.request.provider,) if torrent.request.provider in self.providers else ()
        if arr is not None and arr.providers:
            return (name for name in arr.providers if name in self.providers)
        return (name for name, hand in self.providers.items() if not hand.last_resort)

    def connected(self, provider: str) -> ProviderHand:
        """A provider by name. Raises Unreachable for one that the settings no longer have."""
        if provider not in self.providers:
            raise Unreachable(provider, "it is not among the enabled providers any more")
        return self.providers[provider]

    async def link(self, provider: str, file: RemoteFile) -> Link:
        """A fresh download link: by the first download key that works, else by the account's own.

        A key whose traffic is used up, or that is refused, rests until it may work again.
        """
        hand = self.connected(provider)
        for number, downloader in enumerate(hand.downloaders, start=1):
            now = self.clock.now()
            if self.key_rests.get((provider, number), now) > now:
                continue
            try:
                return await downloader.link(file)
            except (Busy, Denied) as fault:
                rest = DENIED_REST if fault.retry_after is None else timedelta(seconds=fault.retry_after)
                self.key_rests[provider, number] = now + rest
                log.warning("download_key_rests", provider=provider, key=number, detail=fault.detail)
        return await hand.provider.link(file)

    def _standing(self, name: str, torrent: Torrent) -> Standing:
        hand = self.providers[name]
        return Standing(
            uncached=hand.uncached,
            resting_until=self.resting_until(name),
            asked=hand.inquiry is None or self.availability.is_known(name, torrent.infohash),
            holds=self.availability.holds(name, torrent.infohash),
            room=self.slots.has_room(name, torrent.id, fetch=False),
            fetch_room=self.slots.has_room(name, torrent.id, fetch=True),
            last_resort=hand.last_resort,
        )

    def resting_until(self, name: str) -> datetime | None:
        """Until when a provider is left alone, for its failures or its refusal of the account."""
        now = self.clock.now()
        rest, failing = self.rests.get(name), self.providers[name].rests_for()
        ends = [rest.until] if rest is not None and rest.until > now else []
        ends += [now + timedelta(seconds=failing)] if failing else []
        return max(ends, default=None)

    def _bounds(self, name: str) -> Bounds:
        hand, account = self.providers.get(name), self.accounts.get(name)
        if hand is None:
            return Bounds(most=0, keep_free=0)
        most = hand.slots or (account.slots if account is not None and account.slots else 0)
        return Bounds(most=most, keep_free=min(hand.keep_free, max(most - 1, 0)))

    def parts(self, torrent: Torrent, files: tuple[RemoteFile, ...]) -> tuple[Part, ...]:
        """The seasons that `torrent` is to be split into; empty when it stays whole.

        Only a Sonarr wants one season at a time, and only where nobody said otherwise.
        """
        if self.arrs.kind(torrent.request.arr) not in self.split_for or torrent.request.skip_multi_season:
            return ()
        found = seasons(torrent.infohash, torrent.name, files)
        return tuple(Part(infohash=one.infohash, name=one.name, files=one.files) for one in found)

    def objection(self, torrent: Torrent, wanted: tuple[RemoteFile, ...]) -> str:
        """What speaks against telling the Arr that the torrent is good, "" when nothing does.

        A person who asked by themselves knows what they want.
        """
        kind = self.arrs.kind(torrent.request.arr)
        if kind not in self.gates:
            return ""
        found = objections(torrent.name, kind, torrent.files or wanted, wanted, self.gates[kind])
        return "; ".join(objection.detail for objection in found)

    def strips(self, torrent: Torrent, source: Source) -> bool:
        """Whether `source`, as it would be handed over for `torrent`, loses its trackers first.

        It was decided when the torrent came; trackers that came later may ask for more.
        """
        return torrent.request.strip_trackers or self.strip(source, torrent.request.arr)

    def rules_for(self, torrent: Torrent) -> ContentRules:
        """Which files of `torrent` are wanted, by the kind of Arr that asked."""
        return self.rules.get(self.arrs.kind(torrent.request.arr), self.rules[""])
