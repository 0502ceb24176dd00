"""How AllDebrid speaks: its envelope, its parameters, its refusals.

Source: docs.alldebrid.com, v4 and v4.1, with the table of error codes, August 2025; † is what clients saw.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from compat.emulators.calls import Request

ERRORS: Mapping[str, str] = {
    "404": "Endpoint doesn't exist",
    "GENERIC": "An error occured",
    "MAINTENANCE": "Alldebrid is under maintenance",
    "DISCONTINUED": "This endpoint is discontinued, use v4.1",  # †
    "AUTH_MISSING_APIKEY": "The auth apikey was not sent",
    "AUTH_BAD_APIKEY": "The auth apikey is invalid",
    "AUTH_BLOCKED": "This apikey is geo-blocked or ip-blocked, <a href='/account'>check your mails</a>",
    "AUTH_USER_BANNED": "This account is banned",
    "ACCOUNT_INVALID": "This account is invalid",
    "NO_SERVER": "Server are not allowed to use this feature. Visit <a href='/vpn'>/vpn</a>",
    "MUST_BE_PREMIUM": "You must be premium to process this link",
    "FREE_TRIAL_LIMIT_REACHED": "You have reached the free trial limit (7 days // 25GB downloaded)",
    "MAGNET_NO_URI": "No magnet sent",
    "MAGNET_INVALID_URI": "Magnet is not valid",
    "MAGNET_INVALID_FILE": "File is not a valid torrent",
    "MAGNET_FILE_UPLOAD_FAILED": "File upload failed",
    "MAGNET_UPLOAD_FAILED": "Upload failed",
    "MAGNET_INTERNAL_ERROR": "An internal error happened on this magnet",
    "MAGNET_MUST_BE_PREMIUM": "You must be premium to use this feature",
    "MAGNET_NO_SERVER": "Server are not allowed to use this feature",
    "MAGNET_TOO_MANY_ACTIVE": "Already have maximum allowed active magnets (30)",
    "MAGNET_TOO_MANY": "You have too many magnets, delete some first",
    "MAGNET_TOO_LARGE": "Magnet files are too large (max 1TB)",
    "MAGNET_MAGNET_TOO_BIG": "Magnet files are too large (max 1TB)",
    "MAGNET_CANT_BOOTSTRAP": "Could not bootstrap this magnet",
    "MAGNET_TOOK_TOO_LONG": "This magnet took more than 3 days to download",
    "MAGNET_LINKS_REMOVED": "This magnet links were removed from their hosts",
    "MAGNET_PROCESSING_FAILED": "This magnet failed to be processed",
    "MAGNET_INVALID_ID": "This magnet ID does not exists or is invalid",
    "MAGNET_PROCESSING": "Magnet is processing or completed",
    "MAGNET_PROCESSING_COOLDOWN": "Wait before you restart this magnet again",  # †
    "LINK_IS_MISSING": "No link was sent",
    "BAD_LINK": "This link is invalid",
    "LINK_HOST_NOT_SUPPORTED": "This host or link is not supported",
    "LINK_NOT_SUPPORTED": "This link is not supported",
    "LINK_DOWN": "This link is not available on the file hoster website",
    "LINK_HOST_UNAVAILABLE": "Host under maintenance or not available",
    "LINK_TEMPORARY_UNAVAILABLE": "This link is temporarily unavailable on the file hoster website",
    "LINK_HOST_FULL": "All servers are full for this host, please retry later",
    "LINK_ERROR": "Unable to unlock the link",
    "LINK_TOO_MANY_DOWNLOADS": "Too many concurrent downloads for this host",
    "LINK_HOST_LIMIT_REACHED": "Download limit reached for this host",
    "LINK_MUST_BE_PREMIUM": "You must be premium to unlock this link",  # †
    "LINK_PASS_PROTECTED": "Link is password protected",
    "DELAYED_INVALID_ID": "This delayed link id is invalid",
    "PIN_EXPIRED": "The pin is expired",
    "PIN_INVALID": "The pin is invalid",
    "ALREADY_SENT": "Verification email already sent",
}


class Refused(Exception):
    """The service answers with one of its errors, of an item when `where` echoes what that was.

    Raises KeyError for a code that is not in ERRORS.
    """

    def __init__(self, code: str, *, where: str = "", token: str = "") -> None:
        super().__init__(code)
        message = f"{ERRORS[code]} <b>{where}</b>" if where else ERRORS[code]
        self.error: dict[str, object] = {"code": code, "message": message}
        if token:
            self.error["token"] = token

    @property
    def body(self) -> dict[str, object]:
        return {"status": "error", "error": self.error}

    def response(self, status: int = 200) -> web.Response:
        return json_response(self.body, status)


def json_response(value: object, status: int = 200) -> web.Response:
    return web.Response(status=status, body=json.dumps(value).encode(), content_type="application/json")


def success(data: object, **beside: object) -> web.Response:
    """Answer with `data` in the envelope, `beside` it."""
    return json_response({"status": "success", "data": data, **beside})


@dataclass
class Parameters:
    """What a call was given, in its query or as a form."""

    pairs: Sequence[tuple[str, str]]
    uploads: Sequence[tuple[str, str, bytes]]  # (field, file name, content)

    @classmethod
    def of(cls, request: web.Request, logged: Request) -> Parameters:
        return cls([*request.query.items(), *logged.fields], logged.uploads)

    def one(self, name: str) -> str:
        """The value of a plain parameter, "" when it was not given."""
        return next((value for given, value in reversed(self.pairs) if given == name), "")

    def many(self, name: str) -> list[str]:
        """The values of `name[]` or `name[0]`, in order; a plain `name` is no list."""
        return [value for given, value in self.pairs if is_element(given, name)]

    def ids(self) -> list[str]:
        """One magnet or several, however they were named."""
        return [*filter(None, [self.one("id")]), *self.many("id"), *self.many("ids")]


def is_element(given: str, name: str) -> bool:
    """Whether a parameter belongs to the list called `name`."""
    return re.fullmatch(re.escape(name) + r"\[\d*\]", given) is not None


@dataclass
class RateLimit:
    """Requests an account may make; a refused one counts like any other."""

    per_second: int = 12
    per_minute: int = 600
    status: int = 429  # or 503
    retry_after: int | None = None  # seconds
    refused: int = 0  # so far
    _seen: deque[float] = field(default_factory=deque)

    def refusal(self, now: float) -> web.Response | None:
        """Count one request; return the answer to it when it is one too many."""
        self._seen.append(now)
        while self._seen[0] <= now - 60:
            self._seen.popleft()
        if len(self._seen) <= self.per_minute and sum(at > now - 1 for at in self._seen) <= self.per_second:
            return None
        self.refused += 1
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after is not None else {}
        return web.Response(status=self.status, text="Too many requests", headers=headers)
