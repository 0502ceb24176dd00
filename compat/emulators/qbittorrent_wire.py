"""How releases of qBittorrent differ on the wire.

Source: qBittorrent 4.5.2, 4.6.7, 5.1.4, 5.2.3: webui/webapplication.cpp, webui/api/*.cpp; answers of 4.5.2,
5.1.0 and 5.3.0 as they were seen on the wire, 2026.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

FAILS, OK = "Fails.", "Ok."
BANNED = "Your IP address has been banned after too many failed authentication attempts."
REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
}


@dataclass(frozen=True)
class Dialect:
    """What a release says its own way."""

    version: str
    api: str
    stopped: str  # what a stopped torrent's state begins with
    start: str  # the action that starts
    stop: str
    add_stopped: str  # the parameter of torrents/add
    bearer: bool  # knows API keys
    plain: bool  # logins and adds are answered with a word, not with a status

    def cookie(self, port: int) -> str:
        """The name of its session cookie."""
        return "SID" if self.plain else f"QBT_SID_{port}"


_OLD = ("paused", "resume", "pause", "paused", False, True)
_NEW = ("stopped", "start", "stop", "stopped")
DIALECTS: Mapping[str, Dialect] = {
    dialect.version: dialect
    for dialect in (
        Dialect("4.5.2", "2.8.19", *_OLD),
        Dialect("4.6.7", "2.9.3", *_OLD),
        Dialect("5.1.4", "2.11.4", *_NEW, bearer=False, plain=True),
        Dialect("5.2.3", "2.15.1", *_NEW, bearer=True, plain=False),
    )
}


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(text or REASONS[status])
        self.status, self.text = status, text or REASONS[status]

    def response(self) -> web.Response:
        return text_response(self.text, status=self.status)


def as_json(value: object) -> bytes:
    """Encode compactly, keys in alphabetical order."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def json_response(value: object, *, status: int = 200) -> web.Response:
    return web.Response(status=status, body=as_json(value), content_type="application/json")


def text_response(text: str, *, status: int = 200) -> web.Response:
    return web.Response(status=status, text=text, content_type="text/plain", charset="UTF-8")
