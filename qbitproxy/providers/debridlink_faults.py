"""Debrid-Link's errors in our words.

Source: debrid-link.com, api_doc/errors of API v2, read 2026; statuses as stremthru and rdt-client map them.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from msgspec import Struct

from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Reason, Refusal, Unreachable


class Full(Busy):
    """No new torrent is taken until one of those under way is finished."""


class Spent(Busy):
    """No new torrent is taken until the day or the month is over."""


class Misunderstood(Unreachable):
    """What we sent is not what it takes, which speaks of a torrent only when one was being added."""


DENIED: Mapping[str, str] = {
    "badToken": "the key is wrong",
    "expired_token": "the key has expired",
    "hidedToken": "the key is wrong",
    "badSign": "the key is wrong",
    "accountLocked": "the account is locked",
    "captchaRequired": "log in on its web site, it wants a captcha solved",
    "unverifiedEmail": "the e-mail address of the account is not verified",
    "notFreeHost": "the account has no premium",
    "serverNotAllowed": "it refuses servers and VPNs until you allow yours in your account there",
}
"""Code -> what a person has to know; the account rests."""

BUSY: Mapping[str, float] = {
    "floodDetected": 3600,
    "maxAttempts": 3600,
    "freeServerOverload": 900,
    "maxLink": 3600,
    "maxLinkHost": 3600,
    "maxData": 3600,
    "maxDataHost": 3600,
    "maxSimultaneousFilesHost": 60,
}
"""Code -> how many seconds to wait where the answer does not say."""

SPECIAL: Mapping[str, type[Fault]] = {"maxTransfer": Full, "maxTorrent": Spent, "badArguments": Misunderstood}

MISSING = frozenset({"badId", "fileNotFound", "fileNotAvailable"})

REFUSED: Mapping[str, Reason] = {
    "badTorrentFile": Reason.BAD_SOURCE,
    "notAddTorrent": Reason.BAD_SOURCE,
    "torrentTooBig": Reason.TOO_LARGE,
    "infringingFile": Reason.FILTERED_BY_PROVIDER,
}

BY_STATUS: Mapping[int, str] = {401: "badToken", 429: "floodDetected"}
"""The code that an answer without one stands for."""

FLOOD_LOCK = 3600.0  # seconds


class Complaint(Struct, frozen=True):
    """What every answer may say of an error; OAuth leaves `success` out."""

    success: bool | None = None
    error: str | int = ""


def is_fault(status: int, body: bytes) -> bool:
    """Whether an answer is an error, whatever its HTTP status."""
    complaint = _complaint(body)
    return not 200 <= status < 300 or complaint.success is False or _code(complaint) != ""


def is_throttled(status: int, body: bytes) -> bool:
    """Whether an error is the lock of a route, under whatever HTTP status, or asks to slow down."""
    return status == HTTPStatus.TOO_MANY_REQUESTS or _code(_complaint(body)) == "floodDetected"


def throttled_for(status: int, body: bytes) -> float | None:
    """A route that was flooded stays locked for an hour. Source: API v2 documentation, floodDetected."""
    return FLOOD_LOCK if _code(_complaint(body)) == "floodDetected" else None


def gate(method: str, path: str) -> str:
    """The route of a call: locks are on routes, whatever ids are in their paths."""
    first, *ids, last = path.split("/")
    return f"{method} {first}/{'*/' if ids else ''}{last}"


def fault(owner: str, status: int, body: bytes, retry_after: float | None) -> Fault:
    """The fault of an answer that is no success: the code decides, without one the status.

    Only of badToken the HTTP status is certain. What no table names says nothing about the torrent.
    """
    code = _code(_complaint(body))
    known = code
    if not code and not body.lstrip().startswith(b"<"):  # a gateway's page says nothing about us
        known = BY_STATUS.get(status, "")
    detail = f"{code or 'no reason given'} (HTTP {status})"
    if known in DENIED:
        return Denied(owner, f"{DENIED[known]}: {detail}")
    if known in SPECIAL:
        return SPECIAL[known](owner, detail, retry_after=retry_after)
    if known in BUSY:
        return Busy(owner, detail, retry_after=BUSY[known] if retry_after is None else retry_after)
    if known in MISSING:
        return Missing(owner, detail)
    if known in REFUSED:
        return Refusal(owner, detail, reason=REFUSED[known])
    return Unreachable(owner, detail, retry_after=retry_after)


def _code(complaint: Complaint) -> str:
    return "" if complaint.success else str(complaint.error)


def _complaint(body: bytes) -> Complaint:
    try:
        return msgspec.json.decode(body, type=Complaint)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Complaint()
