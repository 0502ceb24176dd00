"""How Real-Debrid speaks: its JSON, its dates, its refusals.

Source: api.real-debrid.com, REST 1.0 with its table of error codes, read 2026; statuses as clients saw them.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

ERRORS: Mapping[int | None, tuple[str, int]] = {
    -1: ("internal_error", 503),
    1: ("parameter_missing", 400),
    2: ("wrong_parameter", 400),
    3: ("unknown_method", 404),
    4: ("method_not_allowed", 405),
    5: ("slow_down", 429),
    6: ("resource_unreachable", 503),
    7: ("unknown_ressource", 404),
    8: ("bad_token", 401),
    9: ("permission_denied", 403),
    10: ("twofactor_auth_needed", 401),
    11: ("twofactor_auth_pending", 403),
    14: ("account_locked", 403),
    15: ("account_not_activated", 403),
    16: ("hoster_unsupported", 503),
    17: ("hoster_maintenance", 503),
    18: ("hoster_limit_reached", 503),
    19: ("hoster_unavailable", 503),
    20: ("hoster_not_free", 503),
    21: ("too_many_active_downloads", 509),
    22: ("ip_not_allowed", 403),
    23: ("traffic_exhausted", 503),
    24: ("file_unavailable", 503),
    25: ("service_unavailable", 503),
    26: ("upload_too_big", 413),
    27: ("upload_error", 503),
    28: ("file_not_allowed", 403),
    29: ("torrent_too_big", 400),
    30: ("torrent_file_invalid", 400),
    31: ("action_already_done", 202),
    33: ("torrent_already_active", 409),
    34: ("too_many_requests", 429),
    35: ("infringing_file", 451),
    36: ("fair_usage_limit", 503),
    37: ("disabled_endpoint", 403),
    None: ("bytes_limit_reached", 503),  # came without a number
}

FILTERED_WORDS = (
    *("web-dl", "webrip", "bdrip", "hdrip", "dvdrip"),
    *("bluray.x264", "hdtv.x264", "hdtv.xvid", "web.x264", "web.h264"),
)


class Refused(Exception):
    """The service answers with one of its errors; `code` is a number or a name out of ERRORS."""

    def __init__(self, code: int | str | None, *, status: int | None = None, details: str = "") -> None:
        number = numbered(code) if isinstance(code, str) else code
        name, usual = ERRORS[number]
        super().__init__(name)
        self.status = status or usual
        self.body: dict[str, object] = {"error": name}
        if number is not None:
            self.body["error_code"] = number
        if details:
            self.body["error_details"] = details

    def response(self) -> web.Response:
        return json_response(self.body, status=self.status)


def numbered(name: str) -> int | None:
    """Return the number that goes with an error's name. Raises KeyError for an unknown one."""
    return {known: number for number, (known, _) in ERRORS.items()}[name]


def as_json(value: object) -> bytes:
    """Encode as PHP pretty-prints: tabs, escaped slashes."""
    return json.dumps(value, indent="\t").replace("/", "\\/").encode()


def json_response(value: object, *, status: int = 200) -> web.Response:
    return web.Response(status=status, body=as_json(value), content_type="application/json")


def no_content(headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(status=204, headers=headers)


def date(at: float) -> str:
    """Write seconds since the epoch the way all dates in JSON are written."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def page_of(records: Sequence[object], query: Mapping[str, str], at_most: int | None) -> web.Response:
    """Answer one page of a listing; without records on it the answer has no body."""
    try:
        limit = min(int(query.get("limit", 100)), 5000)
        start = int(query.get("offset", 0))
        if "page" in query:  # it beats offset
            start = (max(int(query["page"]), 1) - 1) * limit
    except ValueError:
        raise Refused(2) from None
    shown = records[start : start + max(limit, 0)][:at_most]
    headers = {"X-Total-Count": str(len(records))}
    if not shown:
        return no_content(headers)
    response = json_response(shown)
    response.headers.update(headers)
    return response


def is_filtered(name: str) -> bool:
    """Say whether the name filter hits. Source: what clients measured in May and June 2026."""
    return any(word in name.lower() for word in FILTERED_WORDS)


@dataclass
class RateLimit:
    """Requests a token may make; a refused one counts like any other.

    The first refusal in a row is an error object, the following ones are bare.
    """

    per_minute: int = 250
    burst: int = 22  # requests within `window`
    window: float = 10.0  # seconds
    retry_after: int | None = None  # seconds, sent with a bare refusal
    spurious_35: bool = False  # calls a release infringing instead, where a release is concerned
    refused: int = 0  # so far
    _seen: deque[float] = field(default_factory=deque)
    _in_a_row: int = 0

    def refusal(self, now: float, *, of_release: bool) -> web.Response | None:
        """Count one request; return the answer to it when it is one too many."""
        self._seen.append(now)
        while self._seen[0] <= now - 60:
            self._seen.popleft()
        recent = sum(at > now - self.window for at in self._seen)
        if len(self._seen) <= self.per_minute and recent <= self.burst:
            self._in_a_row = 0
            return None
        self.refused += 1
        self._in_a_row += 1
        if self.spurious_35 and of_release:
            return Refused(35).response()
        if self._in_a_row == 1:
            return Refused(34).response()
        return web.Response(
            status=429, headers={"Retry-After": str(self.retry_after)} if self.retry_after else {}
        )
