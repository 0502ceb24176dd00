"""The HTTP of an Arr's download client, byte for byte.

Source: Sonarr develop 97d24acf0 (NzbDrone.Common/Http: HttpRequestBuilder, HttpClient,
ManagedHttpDispatcher), read 2026-08. The one departure: brotli is not offered, aiohttp alone cannot read it.
"""

from __future__ import annotations

import asyncio
import secrets
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar
from yarl import URL

Pairs = Sequence[tuple[str, str]]

DASHES = "-" * 29
LONGEST_URLENCODED = 1024  # bytes of one value; a longer one makes the whole form multipart
PARALLEL_CONNECTIONS = 12


class NoAnswer(Exception):
    """The connection failed, broke off, or took too long."""


@dataclass(frozen=True)
class Upload:
    """A file in a form."""

    name: str
    filename: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    text: str = field(repr=False)
    set_cookies: tuple[str, ...] = field(default=(), repr=False)

    @property
    def failed(self) -> bool:
        """An error for .NET; a redirect, which nobody follows, is none."""
        return self.status >= 400


@dataclass
class Sent:
    """One request as it went out. Its repr holds no secret."""

    method: str
    path: str  # "torrents/info"
    fields: Pairs = field(repr=False)  # of the query, else of the form, in order
    uploads: Sequence[Upload]
    content_type: str
    authorization: str = field(repr=False)
    cookies: dict[str, str] = field(repr=False)
    status: int = 0  # 0: no answer

    @property
    def names(self) -> list[str]:
        """The names of the fields, uploads first, in order."""
        return [upload.name for upload in self.uploads] + [name for name, _ in self.fields]

    def value(self, name: str) -> str | None:
        """The value of a field; None when it was not sent."""
        return dict(self.fields).get(name)


class Wire:
    """Connections to one qBittorrent, with a log of what went over them."""

    def __init__(self, url: str, user_agent: str, *, timeout: float = 100.0) -> None:
        """`timeout` is in seconds, for a whole exchange."""
        self._base = url.rstrip("/") + "/api/v2/"
        self._user_agent = user_agent
        self._timeout = timeout
        self._session: ClientSession | None = None
        self.sent: list[Sent] = []

    async def close(self) -> None:
        """Drop the connections; the next exchange opens new ones."""
        if self._session:
            await self._session.close()
            self._session = None

    async def exchange(
        self,
        method: str,
        path: str,
        fields: Pairs = (),
        *,
        uploads: Sequence[Upload] = (),
        authorization: str = "",
        cookies: dict[str, str] | None = None,
    ) -> Reply:
        """Send one request. `fields` go into the query of a GET, into the form of a POST. Raises NoAnswer."""
        url = self._base + path
        headers, body = {}, None
        if method == "GET" and fields:
            url += "?" + _urlencoded(fields)
        elif method == "POST":
            headers["Content-Type"], body = encoded_form(fields, uploads)
        if authorization:
            headers["Authorization"] = authorization
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        sent = Sent(
            method, path, fields, uploads, headers.get("Content-Type", ""), authorization, cookies or {}
        )
        self.sent.append(sent)
        reply = await self._send(method, url, headers, body)
        sent.status = reply.status
        return reply

    async def _send(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> Reply:
        try:
            async with self._opened().request(
                method, URL(url, encoded=True), headers=headers, data=body, allow_redirects=False
            ) as response:
                text = (await response.read()).decode("utf-8", "replace")
                return Reply(response.status, text, tuple(response.headers.getall("Set-Cookie", ())))
        except (ClientError, OSError, TimeoutError) as error:
            raise NoAnswer(f"{type(error).__name__} from {url.partition('?')[0]}") from error

    def _opened(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(
                cookie_jar=DummyCookieJar(),
                timeout=ClientTimeout(total=self._timeout),
                headers={"User-Agent": self._user_agent, "Accept-Encoding": "gzip"},
                skip_auto_headers=("Accept",),
            )
        return self._session


def encoded_form(fields: Pairs, uploads: Sequence[Upload] = ()) -> tuple[str, bytes]:
    """Return a form's content type with its body.

    Multipart when a file is among the parts or any value is longer than 1024 bytes, else URL-encoded.
    """
    if not uploads and all(len(value.encode()) <= LONGEST_URLENCODED for _, value in fields):
        return "application/x-www-form-urlencoded", _urlencoded(fields).encode()
    boundary = DASHES + secrets.token_hex(7)
    parts = [
        f'Content-Disposition: form-data; name="{upload.name}"; filename="{upload.filename}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n".encode()
        + upload.content
        for upload in uploads
    ]
    parts += [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in fields
    ]
    opening = f"--{boundary}\r\n".encode()
    body = b"".join(opening + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", body


def basic(username: str, password: str) -> str:
    """Return a Basic authorization as .NET writes it: ISO 8859-1, a question mark for what that lacks."""
    return "Basic " + b64encode(f"{username}:{password}".encode("latin-1", "replace")).decode()


def cookies_of(set_cookies: Sequence[str]) -> dict[str, str]:
    """Return cookies as an Arr takes them: up to the first "=", then up to the first ";", verbatim.

    Raises ValueError for a value that .NET's cookie class refuses.
    """
    cookies = {}
    for line in set_cookies:
        name, _, rest = line.partition("=")
        value = rest.partition(";")[0]
        quoted = len(value) > 1 and value[0] == value[-1] == '"'
        if not quoted and any(sign in value for sign in ',"\t\r\n '):
            raise ValueError(f"the value of cookie {name!r} holds a character .NET refuses")
        cookies[name] = value
    return cookies


async def moment(seconds: float) -> None:
    """Let so many seconds of real time pass."""
    try:
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()
    except TimeoutError:
        return


def _urlencoded(fields: Pairs) -> str:
    return urlencode(fields, quote_via=quote, safe="")
