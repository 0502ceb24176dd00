"""AllDebrid's errors in our words.

Source: docs.alldebrid.com, v4 and v4.1, table of error codes, August 2025; † is what clients saw besides.
The service's own messages are never shown: they hold HTML, or the magnet link with its passkeys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from msgspec import Struct

from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Reason, Refusal, Unreachable


class NotTaken(Unreachable):
    """A torrent that was handed over was not taken: for a moment, or for what is in it."""


class Complaint(Struct, frozen=True):
    """An error: of a whole answer, or of one of the things that were asked for together."""

    code: str | int = ""


class Envelope(Struct, frozen=True):
    """What every answer is wrapped in, whatever its HTTP status."""

    status: str = ""
    error: Complaint | None = None


SERVER = "it serves no server or VPN address: see what it says of yours at alldebrid.com/vpn"
NO_PREMIUM = "the account has no premium"

DENIED: Mapping[str, str] = {
    "AUTH_MISSING_APIKEY": "it was given no API key",
    "AUTH_BAD_APIKEY": "it does not know the API key",
    "AUTH_BLOCKED": "it does not know this place: follow the link in the e-mail it has sent",
    "AUTH_USER_BANNED": "the account is banned",
    "ACCOUNT_INVALID": "the account is not valid",
    "NO_SERVER": SERVER,
    "MAGNET_NO_SERVER": SERVER,
    "MUST_BE_PREMIUM": NO_PREMIUM,
    "MAGNET_MUST_BE_PREMIUM": NO_PREMIUM,
    "LINK_MUST_BE_PREMIUM": NO_PREMIUM,  # †
    "FREE_TRIAL_LIMIT_REACHED": "the free trial is used up",
}

MISSING: Mapping[str, str] = {
    "MAGNET_INVALID_ID": "it holds no such torrent",
    "MAGNET_LINKS_REMOVED": "its files were removed",
    "LINK_DOWN": "the file is gone",
    "LINK_NOT_SUPPORTED": "it does not know the link any more",
    "LINK_HOST_NOT_SUPPORTED": "it does not know the link any more",
    "BAD_LINK": "it does not know the link any more",
}

BUSY: dict[str, tuple[str, float | None]] = {
    "MAGNET_TOO_MANY_ACTIVE": ("it works on as many torrents as it does at once", 60),
    "MAGNET_TOO_MANY": ("the account holds as many torrents as it may: delete some", 300),
    "MAGNET_PROCESSING": ("it is still at work on it", None),
    "MAGNET_PROCESSING_COOLDOWN": ("it was started a moment ago", 60),  # †
    "LINK_TOO_MANY_DOWNLOADS": ("too many downloads at once", 60),
    "LINK_HOST_LIMIT_REACHED": ("the traffic of today is used up", 900),
    "LINK_HOST_FULL": ("its download servers are full", 120),
    "LINK_HOST_UNAVAILABLE": ("its download servers are not available", 120),
    "LINK_TEMPORARY_UNAVAILABLE": ("the file is not available just now", 120),
}
"""Code -> words, how many seconds to wait where the answer does not say."""

REFUSED: Mapping[str, tuple[str, Reason]] = {
    "MAGNET_NO_URI": ("it found no magnet link", Reason.BAD_SOURCE),
    "MAGNET_INVALID_URI": ("it cannot read the magnet link", Reason.BAD_SOURCE),
    "MAGNET_INVALID_FILE": ("it cannot read the torrent file", Reason.BAD_SOURCE),
    "MAGNET_TOO_LARGE": ("it is larger than 1 TB", Reason.TOO_LARGE),
    "MAGNET_MAGNET_TOO_BIG": ("it is larger than 1 TB", Reason.TOO_LARGE),
    "MAGNET_CANT_BOOTSTRAP": ("nobody has it", Reason.NO_SEEDS),
    "MAGNET_TOOK_TOO_LONG": ("it was not there within three days", Reason.STALLED),
    "MAGNET_PROCESSING_FAILED": ("it could not be processed", Reason.BAD_SOURCE),
    "LINK_PASS_PROTECTED": ("the file has a password", Reason.REFUSED_BY_POLICY),
}

UNREACHABLE: dict[str, tuple[str, float | None]] = {
    "404": ("it has no such call any more", None),
    "GENERIC": ("something failed there", None),
    "MAINTENANCE": ("it is being maintained", 300),
    "DISCONTINUED": ("it has no such call any more", None),  # †
    "MAGNET_FILE_UPLOAD_FAILED": ("it did not take the torrent", None),
    "MAGNET_UPLOAD_FAILED": ("it did not take the torrent", None),
    "MAGNET_INTERNAL_ERROR": ("it did not take the torrent", None),
    "LINK_ERROR": ("it could not unlock the link", 60),
    "DELAYED_INVALID_ID": ("it has forgotten the link it was making", None),
}
"""Like BUSY."""

NOT_TAKEN = frozenset({"MAGNET_FILE_UPLOAD_FAILED", "MAGNET_UPLOAD_FAILED", "MAGNET_INTERNAL_ERROR"})
"""What is answered where an upload failed for a moment, but also to content that is withheld."""

CODE = re.compile(r"[A-Z0-9_]{1,60}", re.ASCII)
RATE = "too many requests"


def is_fault(status: int, body: bytes) -> bool:
    """Whether an answer is none that can be used: only the envelope tells, at any HTTP status."""
    return not 200 <= status < 300 or _envelope(body).status != "success"


def fault(owner: str, status: int, body: bytes, retry_after: float | None) -> Fault:
    """The fault of an answer that `is_fault`: the code decides, then the HTTP status."""
    complaint = _envelope(body).error
    if complaint is not None and complaint.code:
        return complained(owner, complaint, retry_after)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Busy(owner, f"{RATE} (HTTP {status})", retry_after=retry_after)
    if status == HTTPStatus.UNAUTHORIZED and not body.lstrip().startswith(b"<"):  # a gateway's page would
        return Denied(owner, f"{DENIED['AUTH_BAD_APIKEY']} (HTTP {status})")
    return Unreachable(owner, f"no usable answer (HTTP {status})", retry_after=retry_after)


def complained(owner: str, complaint: Complaint, retry_after: float | None = None) -> Fault:
    """The fault that a code stands for; one we do not know says nothing about the torrent."""
    code = str(complaint.code)
    shown = f"({code})" if CODE.fullmatch(code) else "(an odd code)"
    if code in DENIED:
        return Denied(owner, f"{DENIED[code]} {shown}")
    if code in MISSING:
        return Missing(owner, f"{MISSING[code]} {shown}")
    if code in REFUSED:
        words, reason = REFUSED[code]
        return Refusal(owner, f"{words} {shown}", reason=reason)
    kind: type[Fault] = Busy if code in BUSY else NotTaken if code in NOT_TAKEN else Unreachable
    words, wait = (BUSY | UNREACHABLE).get(code, ("an error we do not know", None))
    return kind(owner, f"{words} {shown}", retry_after=wait if retry_after is None else retry_after)


def _envelope(body: bytes) -> Envelope:
    try:
        return msgspec.json.decode(body, type=Envelope, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Envelope()
