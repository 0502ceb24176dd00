"""What the workers work with, handed over by the composition root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog

from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Unreachable
from qbitproxy.core.plan import Patience, Standing, World
from qbitproxy.core.ports import Arr, Provider
from qbitproxy.core.release import ContentRules
from qbitproxy.core.torrent import Torrent
from qbitproxy.files import Disk
from qbitproxy.library import Library

log = structlog.get_logger()

DENIED_REST = timedelta(minutes=10)
"""How long a provider that refused the account is left alone."""


@dataclass(frozen=True)
class Rest:
    """A provider that is left alone for a while."""

    until: datetime
    why: str


@dataclass(frozen=True, kw_only=True)
class ProviderHand:
    """One connected account with what the settings say of it."""

    provider: Provider
    mount: Path | None  # where the account's mount shows its torrents
    uncached: bool
    poll: timedelta
    local: bool = False  # the mount is a disk of ours, so that its files need not be downloaded


@dataclass(frozen=True, kw_only=True)
class ArrHand:
    """One Arr with what the settings say of it."""

    arr: Arr
    uncached: bool | None
    confirm: bool  # ask it whether it sees what was placed
    report: bool  # tell it about releases that fail
    refresh: bool  # nudge it when something is finished
    providers: tuple[str, ...]  # its own order, () for everybody's


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
    rests: dict[str, Rest] = field(default_factory=dict)  # by provider

    def rest(self, provider: str, why: str) -> None:
        """Leave a provider alone for everybody; logged once per rest."""
        now = self.clock.now()
        if provider not in self.rests or self.rests[provider].until <= now:
            log.warning("provider_rests", provider=provider, why=why, seconds=DENIED_REST.total_seconds())
        self.rests[provider] = Rest(now + DENIED_REST, why)

    def problems(self) -> list[str]:
        """What is wrong with providers just now, in words."""
        now = self.clock.now()
        return [
            f"{name} refuses the account: {rest.why}. It is asked again at {rest.until:%H:%M} UTC"
            for name, rest in self.rests.items()
            if rest.until > now
        ]

    def world(self, torrent: Torrent) -> World:
        """What `torrent`'s next step depends on, as of now."""
        arr = self.arrs.hand(torrent.request.arr)
        order = arr.providers if arr is not None and arr.providers else tuple(self.providers)
        seen = self.library.telemetry(torrent.id)
        return World(
            now=self.clock.now(),
            providers={name: self._standing(name) for name in order if name in self.providers},
            item=seen.item,
            moved_at=seen.moved_at,
            uncached=arr.uncached if arr is not None else None,
            patience=self.patience,
            release_downloaded=self.release_downloaded,
        )

    def connected(self, provider: str) -> ProviderHand:
        """A provider by name. Raises Unreachable for one that the settings no longer have."""
        if provider not in self.providers:
            raise Unreachable(provider, "it is not among the enabled providers any more")
        return self.providers[provider]

    def _standing(self, name: str) -> Standing:
        rest = self.rests.get(name)
        return Standing(uncached=self.providers[name].uncached, resting_until=rest.until if rest else None)

    def rules_for(self, torrent: Torrent) -> ContentRules:
        """Which files of `torrent` are wanted, by the kind of Arr that asked."""
        return self.rules.get(self.arrs.kind(torrent.request.arr), self.rules[""])
