"""What the workers work with, handed over by the composition root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog

from qbitproxy.core.plan import Patience, Standing, World
from qbitproxy.core.ports import Arr, Clock, Provider
from qbitproxy.core.release import ContentRules
from qbitproxy.core.torrent import Torrent
from qbitproxy.files import Disk
from qbitproxy.library import Library

log = structlog.get_logger()

DENIED_REST = timedelta(minutes=10)
"""How long a provider that refused the account is left alone."""


@dataclass(frozen=True, kw_only=True)
class ProviderHand:
    """One connected account with what the settings say of it."""

    provider: Provider
    mount: Path | None  # where the account's mount shows its torrents
    uncached: bool
    poll: timedelta


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
    rests: dict[str, datetime] = field(default_factory=dict)  # provider -> until when it is left alone

    def rest(self, provider: str, why: str) -> None:
        """Leave a provider alone for everybody; logged once per rest."""
        now = self.clock.now()
        if self.rests.get(provider, now) <= now:
            log.warning("provider_rests", provider=provider, why=why, seconds=DENIED_REST.total_seconds())
        self.rests[provider] = now + DENIED_REST

    def world(self, torrent: Torrent) -> World:
        """What `torrent`'s next step depends on, as of now."""
        arr = self.arrs.hand(torrent.request.arr)
        order = arr.providers if arr is not None and arr.providers else tuple(self.providers)
        seen = self.library.telemetry(torrent.id)
        return World(
            now=self.clock.now(),
            providers={
                name: Standing(uncached=self.providers[name].uncached, resting_until=self.rests.get(name))
                for name in order
                if name in self.providers
            },
            item=seen.item,
            moved_at=seen.moved_at,
            uncached=arr.uncached if arr is not None else None,
            patience=self.patience,
            release_downloaded=self.release_downloaded,
        )

    def rules_for(self, torrent: Torrent) -> ContentRules:
        """Which files of `torrent` are wanted, by the kind of Arr that asked."""
        return self.rules.get(self.arrs.kind(torrent.request.arr), self.rules[""])
