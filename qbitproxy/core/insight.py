"""What the daemon knows of itself just now, for those who look at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from qbitproxy.core.calls import Purpose, Use
from qbitproxy.core.ports import Account


class QueuePlace(Struct, frozen=True):
    """Where a torrent stands in line for a provider's slot."""

    provider: str
    position: int  # from 1
    seconds: float  # until its turn, as far as one can tell


class ProviderState(Struct, frozen=True, kw_only=True):
    """One provider account, without its key."""

    name: str
    account: Account | None  # None until it has answered
    problem: str  # in words, "" when it is well
    resting_until: datetime | None
    active: int  # our torrents it works on
    slots: int  # torrents it may work on at once; 0: unlimited or unknown
    waiting: int  # our torrents that wait for a slot
    calls: Mapping[Purpose, Use]


class HookState(StrEnum):
    """How a webhook of ours at an Arr stands."""

    PENDING = "pending"  # not asked for yet
    REGISTERED = "registered"
    FAILED = "failed"
    OFF = "off"


class Hook(Struct, frozen=True):
    """The webhook by which an Arr is to tell us of its library."""

    state: HookState
    problem: str = ""  # follows the Arr's name, "" when it is well


class Insight(Protocol):
    """Answers from memory, at once."""

    def problems(self) -> Sequence[str]:
        """What is wrong just now, in words."""
        ...

    def queue_place(self, torrent_id: int) -> QueuePlace | None:
        """Where a torrent stands in line, None when it does not."""
        ...

    def providers(self) -> Sequence[ProviderState]:
        """Every enabled account, in order."""
        ...

    def hooks(self) -> Mapping[str, Hook]:
        """The webhooks at the configured Arrs, by the Arr's name."""
        ...


class Nothing:
    """The insight of a daemon without workers."""

    def problems(self) -> Sequence[str]:
        return ()

    def queue_place(self, torrent_id: int) -> QueuePlace | None:
        return None

    def providers(self) -> Sequence[ProviderState]:
        return ()

    def hooks(self) -> Mapping[str, Hook]:
        return {}
