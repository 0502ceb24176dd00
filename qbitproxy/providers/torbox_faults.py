"""TorBox's errors, by what we do about them.

Source: TorBox API v1 documentation, its list of error codes, read 2026; clients' issue trackers where they
differ.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Reason, Refusal, Unreachable
from qbitproxy.providers.torbox_wire import instant


class Unclear(Unreachable):
    """It said no in words we do not know, or do not trust: believed when it is said again and again."""


MOST_DOUBTS = 3
"""How often a torrent is refused in words we do not know before we take it for a refusal."""


class Doubts:
    """Refusals that we did not understand, by infohash."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def judged(self, infohash: str, fault: Fault) -> Fault:
        """The fault that adding this torrent ended in, as we take it by now."""
        if not isinstance(fault, Unclear):
            return fault
        count = self._counts.pop(infohash, 0) + 1
        if count < MOST_DOUBTS:
            self._counts[infohash] = count
            return fault
        detail = f"refused {count} times: {fault.detail}"
        return Refusal(fault.owner, detail, reason=Reason.FILTERED_BY_PROVIDER)

    def forget(self, infohash: str) -> None:
        """It was not refused after all."""
        self._counts.pop(infohash, None)


class Complaint(Struct, frozen=True):
    """What an answer says of itself. The code has been null, true, false and "null"."""

    success: bool | None = None
    error: Any = None
    detail: Any = None

    @property
    def code(self) -> str:
        """The code it gives, or the one its words stand for; "" when they stand for none."""
        if isinstance(self.error, str) and self.error.lower() not in ("", "null"):
            given = self.error.upper()
            return self._meant(WORDED.get(given, {})) or given
        return self._meant(WORDS)

    def _meant(self, table: Mapping[tuple[str, ...], str]) -> str:
        return next((code for words, code in table.items() if self._has(words)), "")

    def _has(self, words: tuple[str, ...]) -> bool:
        text = self.detail.lower() if isinstance(self.detail, str) else ""
        return all(word in text for word in words)


HELD = "HELD"
"""Our own code for "it is there already", which comes as success and as failure."""

WORDS: Mapping[tuple[str, ...], str] = {
    ("active", "limit"): "ACTIVE_LIMIT",
    ("monthly",): "MONTHLY_LIMIT",
    ("cooldown",): "COOLDOWN_LIMIT",
    ("larger than",): "DOWNLOAD_TOO_LARGE",
    ("already queued",): HELD,
    ("queued successfully",): HELD,
    ("maximum queued",): "ACTIVE_LIMIT",
    ("not cached",): "DOWNLOAD_NOT_CACHED",
    ("not found in cache",): "DOWNLOAD_NOT_CACHED",
    ("slow down",): "RATE_LIMIT",
    ("rate limit",): "RATE_LIMIT",
    ("upgrade your plan",): "ACTIVE_LIMIT",
    ("not found",): "ITEM_NOT_FOUND",
}
"""Words of a refusal without a code -> the code it should have had; the first that fit count."""

WORDED: Mapping[str, Mapping[tuple[str, ...], str]] = {
    "DIFF_ISSUE": {("already queued",): HELD, ("maximum queued",): "ACTIVE_LIMIT"},
    "DUPLICATE_ITEM": {(): HELD},
}
"""Codes that say different things by their words."""

DENIED = frozenset({"BAD_TOKEN", "NO_AUTH", "AUTH_ERROR"})
THROTTLED = frozenset({"RATE_LIMIT", "RATE_LIMIT_EXCEEDED", "COOLDOWN_LIMIT"})
BUSY: Mapping[str, float | None] = {"ACTIVE_LIMIT": None, "MONTHLY_LIMIT": 3600.0}
"""Code -> how many seconds to wait, None where the answer or we ourselves know better."""

MISSING = frozenset({"ITEM_NOT_FOUND", "NOT_OWNER"})  # another account's torrent is none of ours
REFUSED: Mapping[str, Reason] = {
    "PLAN_RESTRICTED_FEATURE": Reason.FILTERED_BY_PROVIDER,
    "VENDOR_DISABLED": Reason.FILTERED_BY_PROVIDER,
    "NOT_ALLOWED": Reason.FILTERED_BY_PROVIDER,
    "DOWNLOAD_TOO_LARGE": Reason.TOO_LARGE,
    "TOO_MUCH_DATA": Reason.TOO_LARGE,
    "BOZO_TORRENT": Reason.BAD_SOURCE,
    "BOZO_FILE": Reason.BAD_SOURCE,
    "INVALID_HASH": Reason.BAD_SOURCE,
    "INVALID_INPUT": Reason.BAD_SOURCE,
    "DOWNLOAD_NOT_CACHED": Reason.NOT_CACHED,
}
OUTAGES = frozenset({"TEMPORARILY_DISABLED", "REQUEST_FAILED", "LINK_OFFLINE"})  # and all that end in _ERROR
OURS = frozenset(
    {
        "MISSING_REQUIRED_OPTION",
        "TOO_MANY_OPTIONS",
        "INVALID_OPTION",
        "ENDPOINT_NOT_FOUND",
        "DEPRECATED",
    }
)
"""What we asked for wrongly: it says nothing about the torrent."""

BY_STATUS: Mapping[int, str] = {401: "NO_AUTH", 403: "NO_AUTH", 422: "INVALID_OPTION", 429: "RATE_LIMIT"}
"""The code that an answer without one stands for."""

LIMIT = re.compile(r"\d+ per (\d+) (second|minute|hour|day)")
SECONDS: Mapping[str, float] = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}


def is_fault(status: int, body: bytes) -> bool:
    """Whether an answer is a failure: it says so itself, whatever the HTTP status."""
    complaint = _complaint(body)
    if complaint is None or complaint.success is None:
        return not 200 <= status < 300
    return not complaint.success and complaint.code != HELD


def is_throttled(status: int, body: bytes) -> bool:
    """Whether a failure asks us to slow down; its body need not be an envelope."""
    return _code(status, body) in THROTTLED


def throttled_for(status: int, body: bytes) -> float | None:
    """How long a throttle answer stands for in seconds: until a cooldown ends, or the limit's period."""
    try:
        asked = msgspec.json.decode(body, type=_Throttle)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if asked.data is not None:
        until, now = instant(asked.data.cooldown_until), instant(asked.data.current_time)
        if until is not None and now is not None and until > now:
            return (until - now).total_seconds()
    found = LIMIT.search(asked.detail or "")
    return int(found[1]) * SECONDS[found[2]] if found else None


def fault(owner: str, status: int, body: bytes, retry_after: float | None) -> Fault:
    """The fault of an answer that is a failure: its code decides, then its words, then the status."""
    code = _code(status, body)
    detail = f"{code or 'no reason given'} (HTTP {status})"
    if code in DENIED and status < 500:
        return Denied(owner, f"{detail}: the key is not accepted; TorBox may have replaced it")
    if code in THROTTLED:
        return Busy(owner, detail, retry_after=retry_after)
    if code in BUSY:
        return Busy(owner, detail, retry_after=BUSY[code] if retry_after is None else retry_after)
    if code in MISSING:
        return Missing(owner, detail)
    if code in REFUSED:
        return Refusal(owner, detail, reason=REFUSED[code])
    if code in OURS:
        return Unreachable(owner, f"it does not understand what we ask: {detail}")
    if code.endswith("_ERROR") or code in OUTAGES or status >= 500 or _complaint(body) is None:
        return Unreachable(owner, detail, retry_after=retry_after)
    return Unclear(owner, detail, retry_after=retry_after)


class _Cooldown(Struct, frozen=True):
    cooldown_until: str | None = None
    current_time: str | None = None


class _Throttle(Struct, frozen=True):
    detail: str | None = None
    data: _Cooldown | None = None


def _code(status: int, body: bytes) -> str:
    complaint = _complaint(body)
    if complaint is None:  # a gateway's page says nothing about us
        return BY_STATUS[status] if status == 429 else ""
    if complaint.success is None:  # not from the service itself, but from what it is built on
        return BY_STATUS.get(status, "ENDPOINT_NOT_FOUND" if status == 404 else "")
    return complaint.code or BY_STATUS.get(status, "")


def _complaint(body: bytes) -> Complaint | None:
    """What a JSON object says of itself; None for anything else."""
    try:
        return msgspec.json.decode(body, type=Complaint)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
