"""How Debrid-Link speaks: its envelopes, its refusals, its flood locks.

Source: debrid-link.com, API v2 documentation, read 2026; HTTP statuses as its clients assume them.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from zlib import crc32

from aiohttp import web

ERRORS: Mapping[str, int] = {
    "badToken": 401,
    "expired_token": 401,
    "hidedToken": 401,
    "badSign": 401,
    "unknowR": 404,  # spelled like this
    "internalError": 500,
    "server_error": 500,
    "badArguments": 400,
    "badId": 404,
    "floodDetected": 429,
    "serverNotAllowed": 403,
    "freeServerOverload": 503,
    "maxAttempts": 429,
    "captchaRequired": 403,
    "unverifiedEmail": 403,
    "accountLocked": 403,
    "infringingFile": 403,
    "notAddTorrent": 400,
    "badTorrentFile": 400,
    "torrentTooBig": 400,
    "maxTorrent": 403,
    "maxTransfer": 403,
    "maxLink": 403,
    "maxLinkHost": 403,
    "maxData": 403,
    "maxDataHost": 403,
    "fileNotFound": 404,
    "fileNotAvailable": 404,
    "badFileUrl": 400,
    "badFilePassword": 400,
    "notDebrid": 400,
    "hostNotValid": 400,
    "maintenanceHost": 503,
    "noServerHost": 503,
    "disabledServerHost": 503,
    "disabledHost": 503,
    "notFreeHost": 403,
    "maxSimultaneousFilesHost": 403,
}
"""Name of an error -> its usual HTTP status; only that of badToken is certain."""

HOUR = 3600.0  # seconds
SHELL = '<!DOCTYPE html><html><head><title>Debrid-Link</title></head><body><div id="app"></div></body></html>'
"""What the web site answers to a path that it does not know."""


class Refused(Exception):
    """The service answers with one of its errors."""

    def __init__(self, code: str, *, status: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status or ERRORS[code]

    @property
    def body(self) -> dict[str, object]:
        return {"success": False, "error": self.code, "error_id": f"{crc32(self.code.encode()):08x}"}

    def response(self) -> web.Response:
        return web.json_response(self.body, status=self.status)


def success(value: object, **beside: object) -> web.Response:
    """Answer with a value in its envelope."""
    return web.json_response({"success": True, "value": value, **beside})


def page_of(records: list[object], query: Mapping[str, str], at_most: int | None) -> web.Response:
    """Answer one page of a listing, counted from 0; `at_most` goes before the page's own size."""
    try:
        page = max(int(query.get("page", 0)), 0)
        size = at_most or min(max(int(query.get("perPage", 20)), 20), 100)
    except ValueError:
        raise Refused("badArguments") from None
    pages = max(-(-len(records) // size), 1)
    around = {"next": page + 1 if page + 1 < pages else -1, "previous": page - 1}
    shown = records[page * size : (page + 1) * size]
    return success(shown, pagination={"page": page, "pages": pages, **around})


@dataclass
class FloodGuard:
    """Calls that one route takes before it is locked; each route is counted, locked for itself.

    The true threshold is not published; that a lock lasts an hour is.
    """

    per_minute: int = 60
    per_second: int = 3
    status: int = 429
    refused: int = 0  # so far
    _seen: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _locked_until: dict[str, float] = field(default_factory=dict)

    def lock(self, route: str, now: float) -> None:
        """Lock a route as if it had been flooded."""
        self._locked_until[route] = now + HOUR

    def check(self, route: str, now: float) -> None:
        """Count one call. Raises Refused while its route is locked."""
        seen = self._seen[route]
        seen.append(now)
        while seen[0] <= now - 60:
            seen.popleft()
        recent = sum(at > now - 1 for at in seen)
        if len(seen) > self.per_minute or recent > self.per_second:
            self._locked_until.setdefault(route, now + HOUR)
        if self._locked_until.get(route, 0.0) > now:
            self.refused += 1
            raise Refused("floodDetected", status=self.status)
        self._locked_until.pop(route, None)
