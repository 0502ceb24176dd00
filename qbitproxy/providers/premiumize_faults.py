"""Premiumize's errors in our words.

Source: premiumize.me/api, table of error codes, read 2026; clients' code, issue trackers for texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import Struct

from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Reason, Refusal, Unreachable
from qbitproxy.providers.premiumize_wire import harmless


class Duplicate(Busy):
    """The source is there already."""


class Spent(Busy):
    """A limit of the account is reached: no torrent can be added for a while."""


class Forbidden(Denied):
    """The account may not do this: it has no premium, or nobody may."""


class Complaint(Struct, frozen=True):
    """The envelope of an answer; older ones bring no code."""

    status: Any = ""
    message: Any = ""
    code: Any = ""


SPACE, DUPLICATE, NO_PREMIUM = "space is full", "already added", "no premium"
"""What answers have no code for."""

MESSAGES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(words, re.IGNORECASE), code)
    for words, code in (
        (r"space is full", SPACE),
        (r"not logged in|customer_id and pin", "authentication_failed"),
        (r"not premium", NO_PREMIUM),
        (r"active downloads|fair use", "account_limit_reached"),
        (r"not found|not exist|no longer exist", "not_found"),
        (r"\balready\b|\bduplicate\b|\bexists\b", DUPLICATE),
    )
)
"""What the text of an error stands for where the code does not say, the first that fits.

Source: rdt-client #219 and premiumizer #347 for duplicates, whose wording has changed; clients for others.
"""

VAGUE = frozenset({"", "unknown_error", "invalid_request", "permanent_error"})
"""Codes beside which the text is looked at: nobody has seen which of them a duplicate brings."""

BUSY: Mapping[str, float] = {
    "rate_limit_reached": 60,
    "service_limit_reached": 900,
    "service_down": 900,
    "semi_permanent_error": 900,
}
"""Code -> how many seconds to wait where the answer does not say."""

SPENT: Mapping[str, float] = {"account_limit_reached": 300, SPACE: 1800}

REFUSED: Mapping[str, Reason] = {
    "service_unsupported": Reason.BAD_SOURCE,
    "invalid_request": Reason.BAD_SOURCE,
    "permanent_error": Reason.FILTERED_BY_PROVIDER,
}


def is_fault(status: int, body: bytes) -> bool:
    """Whether an answer is a fault: nearly all come with HTTP 200."""
    return not 200 <= status < 300 or _complaint(body).status == "error"


def is_throttled(status: int, body: bytes) -> bool:
    """Whether an answer asks us to slow down."""
    return status == HTTPStatus.TOO_MANY_REQUESTS or _complaint(body).code == "rate_limit_reached"


def fault(owner: str, status: int, body: bytes, retry_after: float | None) -> Fault:
    """The fault of an answer that is one: the code decides, else its text.

    What is known by neither is Unreachable, whatever the HTTP status: gateways answer as well.
    """
    complaint = _complaint(body)
    code = "rate_limit_reached" if is_throttled(status, body) else _code(complaint)
    detail = f"{harmless(str(complaint.message or 'no reason given'))} ({code or 'no code'}, HTTP {status})"
    match code:
        case "authentication_failed":
            return Denied(owner, detail)
        case "permission_denied" | "no premium":
            return Forbidden(owner, detail)
        case "not_found":
            return Missing(owner, detail)
        case "already added":
            return Duplicate(owner, detail, retry_after=retry_after)
    if code in SPENT:
        return Spent(owner, detail, retry_after=SPENT[code] if retry_after is None else retry_after)
    if code in BUSY:
        return Busy(owner, detail, retry_after=BUSY[code] if retry_after is None else retry_after)
    if code in REFUSED:
        return Refusal(owner, detail, reason=REFUSED[code])
    return Unreachable(owner, detail, retry_after=retry_after)


def _code(complaint: Complaint) -> str:
    code = str(complaint.code or "")
    meant = next((meant for words, meant in MESSAGES if words.search(str(complaint.message))), code)
    return meant if code in VAGUE or meant == SPACE else code


def _complaint(body: bytes) -> Complaint:
    try:
        return msgspec.json.decode(body, type=Complaint)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Complaint()
