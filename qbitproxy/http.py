"""Outgoing HTTP bound to one service: the only place that meets a network error or a status."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from msgspec import Struct
from yarl import URL

from qbitproxy import __version__
from qbitproxy.core.faults import Busy, Fault, Reason, Refusal, Unreachable
from qbitproxy.core.ports import Clock, Http, HttpSpec
from qbitproxy.pace import Pace

if TYPE_CHECKING:
    from qbitproxy.settings import Secret

Query = Mapping[str, str | int] | Sequence[tuple[str, str | int]]

LONGEST_LINE = timedelta(seconds=30)
"""How long a call stands in line for its turn before it gives way to the torrent's own waiting."""

LARGEST_ANSWER = 64 * 2**20  # bytes
MOST_REDIRECTS = 3
BLOCK = 2**16  # bytes
THROTTLED = 429
NO_CONTENT = 204
NO_TIMEOUT = aiohttp.ClientTimeout(total=None)  # the deadline is asyncio's


def connect(
    spec: HttpSpec,
    name: str,
    base_url: str,
    key: Secret,
    session: aiohttp.ClientSession,
    clock: Clock,
    requests_per_minute: int = 0,
) -> Http:
    """Bind a kind of service to one account.

    `name` is what its faults are signed with. `base_url` "" is the spec's own; it may have a path.
    `requests_per_minute` 0 is the spec's own pace.
    """
    pace = Pace(
        clock, requests_per_minute or spec.requests_per_minute, spec.burst, spec.background_per_minute
    )
    headers = {"User-Agent": f"qbitproxy/{__version__}", "Accept": "application/json"}
    headers |= spec.authorize(key.reveal())
    return _BoundHttp(spec, name, URL(base_url or spec.base_url), headers, session, clock, pace)


class _Content(Struct, frozen=True):
    """The body of a request."""

    type: str
    body: bytes


class _Answer(Struct, frozen=True):
    status: int
    headers: Mapping[str, str]
    body: bytes

    def is_page(self) -> bool:
        """Whether this is a web page, which no API of ours speaks."""
        return "html" in self.headers.get("Content-Type", "") or self.body.lstrip()[:1] == b"<"


class _BoundHttp:
    """What each method promises is written in `core.ports.Http`."""

    def __init__(
        self,
        spec: HttpSpec,
        name: str,
        base: URL,
        headers: Mapping[str, str],
        session: aiohttp.ClientSession,
        clock: Clock,
        pace: Pace,
    ) -> None:
        self._spec, self._name, self._base, self._headers = spec, name, base, headers
        self._session, self._clock, self._pace = session, clock, pace

    @property
    def clock(self) -> Clock:
        return self._clock

    async def call(
        self,
        method: str,
        path: str,
        shape: Any = None,
        *,
        query: Query | None = None,
        form: Mapping[str, str] | None = None,
        json: object = None,
        body: bytes | None = None,
        empty: object = None,
        background: bool = False,
    ) -> Any:
        content = _content(form, json, body)
        answer = await self._ask(method, path, query, content, background)
        return self._decoded(answer, shape, empty)

    async def page(
        self,
        path: str,
        shape: Any,
        *,
        query: Mapping[str, str | int] | None = None,
        empty: object = None,
        background: bool = False,
    ) -> tuple[Any, Mapping[str, str]]:
        answer = await self._ask("GET", path, query, None, background)
        return self._decoded(answer, shape, empty), answer.headers

    async def _ask(
        self, method: str, path: str, query: Query | None, content: _Content | None, background: bool
    ) -> _Answer:
        await self._turn(background)
        answer = await self._exchange(method, self._base / path, query, content)
        if not 200 <= answer.status < 300:
            raise self._fault(answer)
        if answer.is_page():
            raise Unreachable(self._name, "it answered with a web page: check its URL")
        return answer

    async def _turn(self, background: bool) -> None:
        self._check_freeze()
        try:
            async with asyncio.timeout(LONGEST_LINE.total_seconds()):
                await self._pace.turn(background)
        except TimeoutError:
            raise Busy(self._name, "too many calls wait for their turn") from None
        self._check_freeze()

    def _check_freeze(self) -> None:
        if rest := self._pace.frozen_for():
            raise Busy(self._name, "it asked us to slow down", retry_after=rest)

    async def _exchange(
        self, method: str, url: URL, query: Query | None, content: _Content | None
    ) -> _Answer:
        deadline = self._spec.deadline.total_seconds()
        try:
            async with asyncio.timeout(deadline):
                for _ in range(MOST_REDIRECTS + 1):
                    answer = await self._send(method, url, query, content)
                    if answer.status // 100 != 3:
                        return answer
                    url, query = self._redirected(url, answer), None
        except TimeoutError:
            raise Unreachable(self._name, f"no answer within {deadline:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(self._name, _in_words(error)) from None
        raise Unreachable(self._name, "it redirects in circles")

    async def _send(self, method: str, url: URL, query: Query | None, content: _Content | None) -> _Answer:
        headers = dict(self._headers)
        if content is not None:
            headers["Content-Type"] = content.type
        async with self._session.request(
            method,
            url,
            params=query,
            data=content.body if content is not None else None,
            headers=headers,
            allow_redirects=False,
            timeout=NO_TIMEOUT,
        ) as response:
            body = bytearray()
            async for block in response.content.iter_chunked(BLOCK):
                body += block
                if len(body) > LARGEST_ANSWER:
                    raise Unreachable(self._name, "its answer is larger than we read")
            return _Answer(response.status, response.headers, bytes(body))

    def _redirected(self, url: URL, answer: _Answer) -> URL:
        """Where the same request is to be sent again: only ever to the same host.

        Source: Sonarr 4.0, UrlBaseMiddleware.cs, 2026-06: 307 when the URL base is left out.
        """
        try:
            target = url.join(URL(answer.headers.get("Location", "")))
            same_host = target.origin() == url.origin()
        except ValueError:
            same_host = False
        if answer.status not in (307, 308) or not same_host:
            raise Unreachable(self._name, f"it answers with a redirect ({answer.status}): check its URL")
        return target

    def _fault(self, answer: _Answer) -> Fault:
        retry_after = self._retry_after(answer.headers.get("Retry-After", ""))
        if answer.status == THROTTLED:
            retry_after = self._pace.freeze(retry_after)
        fault = self._spec.fault(self._name, answer.status, answer.body, retry_after)
        if _is_filtered(fault) and self._pace.is_in_doubt():
            return Busy(self._name, f"{fault.detail}, to be confirmed")
        return fault

    def _retry_after(self, text: str) -> float | None:
        if text.isascii() and text.isdigit():
            return float(text)
        try:
            return max(0.0, (parsedate_to_datetime(text) - self._clock.now()).total_seconds())
        except (TypeError, ValueError):  # none given, none we can read, or one without its zone
            return None

    def _decoded(self, answer: _Answer, shape: Any, empty: object) -> Any:
        if shape is None:
            return None
        if answer.status == NO_CONTENT and empty is not None:
            return empty
        try:
            return msgspec.json.decode(answer.body, type=shape, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Unreachable(self._name, f"odd answer: {error}") from None


def _content(form: Mapping[str, str] | None, json: object, body: bytes | None) -> _Content | None:
    if form is not None:
        return _Content("application/x-www-form-urlencoded", urlencode(form).encode())
    if json is not None:
        return _Content("application/json", msgspec.json.encode(json))
    return _Content("application/octet-stream", body) if body is not None else None


def _is_filtered(fault: Fault) -> bool:
    """Whether content is withheld; throttled services have been seen to say so of anything."""
    return isinstance(fault, Refusal) and fault.reason is Reason.FILTERED_BY_PROVIDER


def _in_words(error: Exception) -> str:
    """What went wrong with a connection, without the URL: it may hold what nobody should read."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return f"the name {error.host} cannot be resolved"
        case aiohttp.ClientSSLError() | aiohttp.ClientConnectorCertificateError():
            return f"the certificate of {error.host} does not hold"
        case aiohttp.ClientConnectorError():
            why = error.os_error.strerror or type(error.os_error).__name__
            return f"cannot connect to {error.host}:{error.port}: {why}"
        case aiohttp.ClientPayloadError():
            return "the answer broke off"
    return f"the connection failed: {type(error).__name__}"
