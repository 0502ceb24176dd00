"""How Premiumize speaks: its shapes, its statuses.

Source: premiumize.me/api, Swagger 1.7.2, read 2026; clients' code, issue trackers where they differ.
"""

from __future__ import annotations

import re
from base64 import b32decode
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from math import isfinite
from urllib.parse import unquote

from msgspec import Raw, Struct

from qbitproxy.core.faults import Reason
from qbitproxy.core.ports import ItemState

Number = float | str | None
"""Numbers come as numbers, as text, or not at all."""

ALMOST = 0.99
"""The most that a transfer on its way has done: 1 is for finished ones."""


class Place(Struct, frozen=True):
    """Where a transfer's content lies in the drive: an item, else a folder, else nobody knows."""

    file_id: str = ""
    folder_id: str = ""

    def __bool__(self) -> bool:
        return bool(self.file_id or self.folder_id)


class Transfer(Struct, frozen=True, kw_only=True):
    """One transfer as the list shows it."""

    id: str
    status: str = ""
    name: str | float | None = None  # null or 0 before the metadata is there
    message: str | None = None
    progress: Number = None  # 0 to 1; may be 0 though it is finished
    src: str | None = None  # the magnet, or an address that says nothing
    folder_id: str | None = None  # of a single file: the folder that it lies in, which may be the root
    file_id: str | None = None
    other_cloud_id: str | float | None = None

    @property
    def state(self) -> ItemState:
        """Where it is; a status we do not know is taken for one on the way."""
        if self.is_elsewhere:
            return ItemState.FAILED
        return STATES.get(self.status, ItemState.FETCHING)

    @property
    def is_elsewhere(self) -> bool:
        """Whether its content was put where we cannot get at it."""
        finished = STATES.get(self.status) is ItemState.DONE
        return finished and bool(self.other_cloud_id) and not self.place

    @property
    def reason(self) -> Reason | None:
        """Why it has failed."""
        if self.state is not ItemState.FAILED:
            return None
        return Reason.REFUSED_BY_POLICY if self.is_elsewhere else REASONS.get(self.status, Reason.BAD_SOURCE)

    @property
    def detail(self) -> str:
        """Its status, with the reason where it has failed."""
        if self.is_elsewhere:
            return "the account sends what it fetches to another cloud: change that in its settings"
        if self.state is ItemState.FAILED and self.message:
            return f"{self.status}: {harmless(self.message)}"
        return self.status

    @property
    def title(self) -> str:
        """Its name, "" while it has none."""
        return self.name if isinstance(self.name, str) else ""

    @property
    def infohash(self) -> str:
        """What a magnet in `src` says, "" where there is none."""
        found = _TOPIC.search(unquote(self.src or ""))
        if not found:
            return ""
        return found[1].lower() if len(found[1]) == 40 else b32decode(found[1].upper()).hex()

    @property
    def place(self) -> Place:
        return Place(self.file_id or "", self.folder_id or "")

    @property
    def done(self) -> float:
        """What it has done, 0 to 1."""
        if self.state is ItemState.DONE:
            return 1.0
        return min(max(number(self.progress) or 0.0, 0.0), ALMOST)

    @property
    def speed(self) -> int:
        """Bytes a second, as far as the message of a running transfer tells."""
        return max((size for size, per_second in self._told() if per_second), default=0)

    @property
    def size(self) -> int:
        """Bytes, as far as the message of a running transfer tells."""
        return max((size for size, per_second in self._told() if not per_second), default=0)

    @property
    def seeders(self) -> int:
        """Peers, as far as the message of a running transfer tells."""
        found = _PEERS.search(self.message or "") if self.status == RUNNING else None
        return int(found[1]) if found else 0

    def _told(self) -> list[tuple[int, bool]]:
        """The amounts in the message of a running transfer; whether each is per second."""
        found = _AMOUNT.findall(self.message or "") if self.status == RUNNING else []
        return [(int(float(digits) * UNITS[unit.lower()]), bool(rate)) for digits, unit, rate in found]


class Transfers(Struct, frozen=True):
    transfers: list[Raw]


class Created(Struct, frozen=True):
    id: str


class Node(Struct, frozen=True, kw_only=True):
    """A folder or an item in the drive; a link is a secret."""

    id: str
    name: str
    type: str = "file"
    size: Number = None  # bytes
    link: str | None = None
    directlink: str | None = None
    virus_scan: str | None = None

    def __repr__(self) -> str:
        return f"Node({self.name!r}, {self.bytes} bytes)"

    @property
    def bytes(self) -> int:
        return max(int(number(self.size) or 0), 0)

    @property
    def url(self) -> str:
        """Where the original bytes are, "" while nobody says."""
        return self.link or self.directlink or ""

    @property
    def is_infected(self) -> bool:
        return self.virus_scan == "infected"


class Listing(Struct, frozen=True, kw_only=True):
    """What lies directly in a folder."""

    content: list[Raw]
    name: str = ""
    folder_id: str | None = None
    parent_id: str | None = None  # the root has none


class Checked(Struct, frozen=True, kw_only=True):
    """What could be served at once, in the order that was asked for."""

    response: list[bool]
    filename: list[str | None] | None = None


class Info(Struct, frozen=True, kw_only=True):
    """The account."""

    customer_id: str | float = ""
    premium_until: float | str | bool | None = None  # seconds since the epoch; false, 0: no premium
    limit_used: Number = None  # the share of fair use that is consumed
    booster_points: Number = None

    @property
    def expires(self) -> datetime | None:
        with suppress(OverflowError, OSError, ValueError):
            return datetime.fromtimestamp(number(self.premium_until) or 0, UTC)
        return None

    @property
    def is_spent(self) -> bool:
        """Whether there are no points left that a link could be made with."""
        return (number(self.limit_used) or 0) >= 1 and not number(self.booster_points)


RUNNING = "running"
DELETED = "deleted"
"""A transfer that the service has dropped or put off: it counts as not there."""

STATES: Mapping[str, ItemState] = {
    "waiting": ItemState.QUEUED,
    "queued": ItemState.QUEUED,
    RUNNING: ItemState.FETCHING,
    "finished": ItemState.DONE,
    "seeding": ItemState.DONE,
    "error": ItemState.FAILED,
    "timeout": ItemState.FAILED,
    "banned": ItemState.FAILED,
    DELETED: ItemState.FAILED,
}

REASONS: Mapping[str, Reason] = {
    "timeout": Reason.NO_SEEDS,
    "banned": Reason.FILTERED_BY_PROVIDER,
    DELETED: Reason.FILTERED_BY_PROVIDER,
}

UNITS: Mapping[str, float] = {
    **{prefix: 1000.0**power for power, prefix in enumerate(("", "k", "m", "g", "t"))},
    **{f"{prefix}i": 1024.0**power for power, prefix in enumerate(("k", "m", "g", "t"), 1)},
}

_TOPIC = re.compile(r"urn:btih:([0-9a-f]{40}|[a-z2-7]{32})\b", re.IGNORECASE)
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?) ?([kmgt]i?|)b(/s|ps)?\b", re.IGNORECASE)
_PEERS = re.compile(r"(\d+) (?:peers?|seeds?|seeders?)\b", re.IGNORECASE)
_SECRET = re.compile(r"\S*://\S*|magnet:\S*", re.IGNORECASE)


def number(value: Number | bool) -> float | None:
    """A number however it is written, None for what is none."""
    with suppress(TypeError, ValueError):
        if value is not None and isfinite(found := float(value)):
            return found
    return None


def harmless(text: str) -> str:
    """A text of the service without addresses, in which there may be secrets."""
    return _SECRET.sub("…", text.strip())[:200]
