"""How Premiumize speaks: its envelope, its refusals, its habits.

Source: premiumize.me/api with its error codes, Swagger 1.7.2, read 2026; texts as clients saw them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

ERRORS: Mapping[str, str] = {
    "transient_error": "An error occured. Please try again later.",
    "link_generation_failed": "The link could not be generated.",
    "rate_limit_reached": "Rate limit reached.",
    "account_limit_reached": "Fair use limit reached!",
    "service_limit_reached": "The limit of this service is reached.",
    "service_down": "The service is down.",
    "semi_permanent_error": "An error occured. Please try again in an hour.",
    "service_unsupported": "This service is not supported.",
    "invalid_request": "The request is not valid.",
    "not_found": "The requested object was not found.",
    "authentication_failed": "Not logged in.",
    "permission_denied": "Account not premium.",
    "permanent_error": "This content is not allowed.",
    "unknown_error": "An error occured.",
}
"""Code -> a text that goes with it."""

DUPLICATE = "You already added this job."
FULL_SLOTS = "You have reached the maximum of 25 active downloads."
FULL_SPACE = "Your space is full! Please delete old files first!"
UNCACHED = "Error downloading this file"


class Refused(Exception):
    """The service answers with one of its errors: a code out of ERRORS, a text, or both."""

    def __init__(self, code: str = "", message: str = "") -> None:
        super().__init__(code or message)
        self.code, self.message = code, message or ERRORS[code]

    def body(self, *, coded: bool) -> dict[str, object]:
        """The answer, with its code unless that is from the time before codes."""
        body: dict[str, object] = {"status": "error", "message": self.message}
        return body | {"code": self.code} if coded and self.code else body


@dataclass
class Habits:
    """What is answered now one way, now the other, as far as anybody has seen."""

    coded: bool = True  # errors bring a code
    texts: frozenset[str] = frozenset({"opensubtitles_hash"})  # fields whose numbers come as text
    src: str = "opaque"  # what a transfer shows of its source: "opaque", "magnet", "empty"
    unnamed: object = "dn"  # a transfer's name before its metadata: "dn", None, 0
    names_created: bool = True  # creating a transfer answers its name
    finished_progress: float | None = 0
    single_in_parent: bool = True  # a single file's transfer shows the folder that it lies in
    layout: str = "sentence"  # of a running transfer's message: "sentence", "list"
    deletes_files: bool = False  # deleting a transfer takes its files along
    duplicate_code: str = ""  # of the answer to a source that is there already
    details_status: bool = False  # item/details has a status

    def written(self, value: object, name: str = "") -> object:
        """`value` of the field `name` with all that is in it, as it is sent."""
        match value:
            case dict():
                return {key: self.written(inner, key) for key, inner in value.items()}
            case list():
                return [self.written(inner, name) for inner in value]
            case int() | float() if name in self.texts and not isinstance(value, bool):
                return str(value)
        return value


@dataclass
class RateLimit:
    """Requests an account may make; a refused one counts like any other."""

    per_minute: int = 120
    bare: bool = False  # refuses with a bare 429 in place of an error in a 200
    retry_after: int | None = None  # seconds, sent with a bare refusal
    refused: int = 0  # requests so far
    _seen: deque[float] = field(default_factory=deque)

    def refusal(self, now: float) -> web.Response | None:
        """Count one request; return the bare answer, or raise Refused, when it is one too many."""
        self._seen.append(now)
        while self._seen[0] <= now - 60:
            self._seen.popleft()
        if len(self._seen) <= self.per_minute:
            return None
        self.refused += 1
        if not self.bare:
            raise Refused("rate_limit_reached")
        return web.Response(
            status=429, headers={"Retry-After": str(self.retry_after)} if self.retry_after else {}
        )
