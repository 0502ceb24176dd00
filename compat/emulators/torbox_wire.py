"""How TorBox speaks: its envelope, its dates, its refusals.

Source: TorBox's API documentation v1, changelogs up to 7.1.3, read 2026; statuses as clients saw them.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from aiohttp import web

ERRORS: Mapping[str, tuple[int, str]] = {
    "ACTIVE_LIMIT": (400, "You have reached your active torrent download limit."),
    "AUTH_ERROR": (403, "There was an error verifying your authentication."),
    "BAD_TOKEN": (403, "Provided token is invalid."),
    "BOZO_TORRENT": (400, "Invalid torrent. Please try again."),
    "COOLDOWN_LIMIT": (400, "You are on cooldown. Please try again later."),
    "DATABASE_ERROR": (500, "There was an error processing your request. Please try again later."),
    "DEPRECATED": (400, "This endpoint has been deprecated."),
    "DIFF_ISSUE": (400, "There was an issue with your request."),
    "DOWNLOAD_NOT_CACHED": (400, "Torrent not found in cache."),
    "DOWNLOAD_SERVER_ERROR": (400, "There was an error with the download server."),
    "DOWNLOAD_TOO_LARGE": (400, "Download is larger than 200GB. Please upgrade your plan."),
    "DUPLICATE_ITEM": (409, "This item already exists."),
    "ENDPOINT_NOT_FOUND": (404, "The endpoint was not found."),
    "INVALID_OPTION": (400, "Invalid option."),
    "ITEM_NOT_FOUND": (404, "Item not found."),
    "LINK_OFFLINE": (400, "The link is offline."),
    "MISSING_REQUIRED_OPTION": (400, "Missing a required option."),
    "MONTHLY_LIMIT": (400, "You have reached your monthly download limit."),
    "NOT_ALLOWED": (403, "You are not allowed to do this."),
    "NOT_OWNER": (409, "You are not the owner of this item."),
    "NO_AUTH": (403, "No authentication was provided."),
    "NO_SERVERS_AVAILABLE_ERROR": (503, "There are no servers available."),
    "PLAN_RESTRICTED_FEATURE": (403, "Your plan does not have access to this feature."),
    "TOO_MANY_OPTIONS": (400, "Too many options were provided."),
    "UNKNOWN_ERROR": (500, "There was an error creating your torrent. Please try again later."),
    "VENDOR_DISABLED": (403, "The vendor is disabled."),
}
"""Code -> the status it usually has, the words beside it."""


class Refused(Exception):
    """The service answers with one of its errors."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        status: int | None = None,
        data: object = None,
        error: object = ...,
    ) -> None:
        """`error` is what stands in place of the code, where the service has been seen to leave it out."""
        usual, words = ERRORS.get(code, (400, "There was an issue with your request."))
        super().__init__(code)
        self.status = status or usual
        self.body = envelope(data, detail or words, success=False, error=code if error is ... else error)

    def response(self) -> web.Response:
        return web.json_response(self.body, status=self.status)


def envelope(data: object, detail: str, *, success: bool = True, error: object = None) -> dict[str, object]:
    """What every answer is wrapped in."""
    return {"success": success, "error": error, "detail": detail, "data": data}


def answer(data: object, detail: str) -> web.Response:
    return web.json_response(envelope(data, detail))


def nothing_there() -> web.Response:
    """The answer to asking for a list that has nothing in it."""
    body = envelope(None, "No items were found.", error="ITEM_NOT_FOUND")
    return web.json_response(body, status=404)


def malformed(where: str) -> web.Response:
    """The framework's own refusal of a body that does not fit; it has no envelope."""
    detail = [{"loc": ["body", where], "msg": "field required", "type": "value_error.missing"}]
    return web.json_response({"detail": detail}, status=422)


def date(at: float | None) -> str | None:
    """Write seconds since the epoch as the service writes dates."""
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def old_date(at: float) -> str:
    """Write a date as older records have it: five digits of a fraction, a zone in numbers."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.34978+00:00")


def json_body(raw: bytes, content_type: str) -> dict[str, object] | None:
    """An object sent as JSON; None for anything else."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        return None
    try:
        body = json.loads(raw)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


@dataclass
class RateLimit:
    """Requests a key may make of one endpoint; a refused one counts like any other."""

    per_minute: int = 300
    creates_per_hour: int = 60
    creates_per_minute: int = 10  # counted at the edge, which answers with a web page
    uncached_only: bool = False  # the hour counts creates of what is not cached
    headers: Literal["all", "none"] = "all"
    reset: Literal["delta", "epoch"] = "epoch"
    refused: int = 0  # so far
    _seen: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def refusal(self, now: float, route: str, *, creates: bool, cached: bool) -> web.Response | None:
        """Count one request; return the answer to it when it is one too many."""
        if creates and self._full("edge", now, self.creates_per_minute, 60):
            self.refused += 1
            page = "<html><head><title>429</title></head><body>Too many requests</body></html>"
            return web.Response(status=429, text=page, content_type="text/html")
        counted = creates and not (cached and self.uncached_only)
        if counted and (left := self._full("creates", now, self.creates_per_hour, 3600)):
            return self._too_many(now, self.creates_per_hour, "1 hour", left)
        if left := self._full(route, now, self.per_minute, 60):
            return self._too_many(now, self.per_minute, "1 minute", left)
        return None

    def _full(self, window: str, now: float, most: int, seconds: float) -> float:
        """Count one request; seconds until there is room when there was none, else 0."""
        seen = self._seen[window]
        while seen and seen[0] <= now - seconds:
            seen.popleft()
        seen.append(now)
        return seen[-most] + seconds - now if len(seen) > most else 0.0

    def _too_many(self, now: float, most: int, per: str, left: float) -> web.Response:
        self.refused += 1
        headers = {
            "x-ratelimit-limit": str(most),
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": f"{left + (now if self.reset == 'epoch' else 0):.2f}",
            "retry-after": str(int(left) + 1),
        }
        body = {"detail": f"{most} per {per}"}
        return web.json_response(body, status=429, headers=headers if self.headers == "all" else {})
