"""Outgoing HTTP bound to one service: the only place that meets a network error or a status."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import aiohttp
import msgspec
from msgspec import Struct
from yarl import URL

from qbitproxy import __version__
from qbitproxy.budget import Budget
from qbitproxy.circuit import Circuit
from qbitproxy.core.calls import HttpSpec, Pairs, Purpose, Upload, Use
from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Busy, Fault, Reason, Refusal, Unreachable
from qbitproxy.pace import Pace
from qbitproxy.session import Session

if TYPE_CHECKING:
    from qbitproxy.settings import Secret

LONGEST_LINE = timedelta(seconds=30)
"""How long a call stands in line for its turn before it gives way to the torrent's own waiting."""

LARGEST_ANSWER = 64 * 2**20  # bytes
MOST_REDIRECTS = 3
BLOCK = 2**16  # bytes
NO_CONTENT = 204
SERVER_FAILED = 500  # and above
NO_TIMEOUT = aiohttp.ClientTimeout(total=None)  # the deadline is asyncio's


def connect(
    spec: HttpSpec,
    name: str,
    base_url: str,
    key: Secret,
    session: aiohttp.ClientSession,
    clock: Clock,
    requests_per_minute: int = 0,
    proxy: Secret | None = None,
) -> BoundHttp:
    """Bind a kind of service to one account.

    `name` is what its faults are signed with. `base_url` "" is the spec's own; it may have a path.
    `requests_per_minute` 0 is the spec's own pace. `proxy` is the URL of an HTTP proxy to go through.
    """
    headers = {"User-Agent": f"qbitproxy/{__version__}", "Accept": "application/json"}
    headers |= spec.authorize(key.reveal())
    return BoundHttp(
        spec,
        name,
        URL(base_url or spec.base_url),
        headers,
        session,
        clock,
        key_in_query=partial(spec.query, key.reveal()),
        per_minute=requests_per_minute,
        proxy=proxy.reveal() if proxy else None,
        login=Session(spec.login, name, key.reveal(), clock) if spec.login else None,
    )


class _Content(Struct, frozen=True):
    """The body of a request."""

    type: str
    body: bytes


class _Answer(Struct, frozen=True):
    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: Sequence[str] = ()  # the Set-Cookie headers

    def is_page(self) -> bool:
        """Whether this is a web page, which no API of ours speaks."""
        return "html" in self.headers.get("Content-Type", "") or self.body.lstrip()[:1] == b"<"


class BoundHttp:
    """What each method promises is written in `core.calls.Http`."""

    def __init__(
        self,
        spec: HttpSpec,
        name: str,
        base: URL,
        headers: Mapping[str, str],
        session: aiohttp.ClientSession,
        clock: Clock,
        *,
        key_in_query: Callable[[str], Mapping[str, str]],
        per_minute: int,
        proxy: str | None,
        login: Session | None,
    ) -> None:
        self._spec, self._name, self._base, self._headers = spec, name, base, headers
        self._session, self._clock, self._proxy, self._login = session, clock, proxy, login
        self._key_in_query = key_in_query
        self._pace = Pace(clock, spec, per_minute)
        self._budget = Budget(clock, 60 * (per_minute or spec.requests_per_minute))
        self._circuit = Circuit(clock, name) if spec.rests else None
        self._only: Purpose | None = None

    def for_repair(self) -> BoundHttp:
        """The same account in the same pace, where every call is one of repair whatever it says it is for."""
        bound = copy(self)
        bound._only = Purpose.REPAIR
        return bound

    @property
    def clock(self) -> Clock:
        return self._clock

    def rests_for(self) -> float:
        """Seconds for which the failing service is left alone, 0 when it is called."""
        return self._circuit.rests_for() if self._circuit else 0.0

    def use(self) -> dict[Purpose, Use]:
        """The calls of the last hour by what they were for."""
        return self._budget.use()

    async def call(
        self,
        method: str,
        path: str,
        shape: Any = None,
        *,
        query: Pairs | None = None,
        form: Pairs | None = None,
        upload: Upload | None = None,
        json: object = None,
        body: bytes | None = None,
        empty: object = None,
        purpose: Purpose = Purpose.ADD,
    ) -> Any:
        content = _content(form, upload, json, body)
        answer = await self._ask(method, path, query, content, purpose)
        return self._decoded(answer, shape, empty)

    async def page(
        self,
        path: str,
        shape: Any,
        *,
        query: Mapping[str, str | int] | None = None,
        empty: object = None,
        purpose: Purpose = Purpose.ADD,
    ) -> tuple[Any, Mapping[str, str]]:
        answer = await self._ask("GET", path, query, None, purpose)
        return self._decoded(answer, shape, empty), answer.headers

    async def _ask(
        self, method: str, path: str, query: Pairs | None, content: _Content | None, purpose: Purpose
    ) -> _Answer:
        purpose = self._only or purpose
        gate = self._spec.gate(method, path)
        login = self._login
        used = login.headers if login else {}
        answer = await self._called(method, path, query, content, purpose)
        if login is not None and login.is_missing(answer.status, answer.body):
            await self._log_in(login, used, purpose)
            answer = await self._called(method, path, query, content, purpose)
        if self._spec.is_fault(answer.status, answer.body):
            raise self._fault(answer, gate)
        if answer.is_page():
            raise Unreachable(self._name, "it answered with a web page: check its URL")
        return answer

    async def _called(
        self, method: str, path: str, query: Pairs | None, content: _Content | None, purpose: Purpose
    ) -> _Answer:
        answered = await self._turn(self._spec.gate(method, path), purpose)
        if key := self._key_in_query(path):
            query = [*_pairs(query or ()), *key.items()]
        try:
            return await self._watched(method, self._base / path, query, content)
        finally:
            answered()

    async def _log_in(self, login: Session, used: Mapping[str, str], purpose: Purpose) -> None:
        """Open another session than the one that was `used`, unless somebody has meanwhile."""
        async with login.opening:
            if login.headers is not used:
                return
            login.check()
            answer = await self._called(
                "POST", login.path, None, _content(login.form, None, None, None), purpose
            )
            login.answered(answer.status, answer.body, answer.cookies)

    async def _turn(self, gate: str, purpose: Purpose) -> Callable[[], None]:
        """Wait until the call may go; return what is to be called when it has its answer."""
        self._check(gate, purpose)
        try:
            async with asyncio.timeout(LONGEST_LINE.total_seconds()):
                turn = await self._pace.turn(purpose)
                await self._pace.room(gate)
        except TimeoutError:
            raise Busy(self._name, "too many calls wait for their turn") from None
        self._check(gate, purpose)
        self._budget.spend(purpose)
        return partial(self._pace.answered, turn, gate, self._pace.passed(gate))

    def _check(self, gate: str, purpose: Purpose) -> None:
        """Raise what a call that may not go out just now would end in."""
        if rest := self.rests_for():
            raise Unreachable(self._name, "it is left alone for a while after failures", retry_after=rest)
        if rest := self._pace.closed_for(gate):
            raise Busy(self._name, "it asked us to slow down, or would at the next call", retry_after=rest)
        if rest := self._budget.wait_for(purpose):
            detail = f"this hour's calls to {purpose} are used up"
            raise Busy(self._name, detail, retry_after=rest)

    async def _watched(self, method: str, url: URL, query: Pairs | None, content: _Content | None) -> _Answer:
        """The answer; the circuit learns whether there was a usable one."""
        if self._circuit is None:
            return await self._exchange(method, url, query, content)
        self._circuit.enter()
        try:
            answer = await self._exchange(method, url, query, content)
        except Unreachable:
            self._circuit.failed(silent=True)
            raise
        except BaseException:
            self._circuit.leave()
            raise
        if self._is_outage(answer):
            self._circuit.failed(silent=False)
        else:
            self._circuit.worked()
        return answer

    def _is_outage(self, answer: _Answer) -> bool:
        """Whether the answer says that the service does not work, rather than what is wrong.

        A 5xx, in JSON or not, counts unless the service's own errors make it one about a torrent, the
        account or its limits.
        """
        if answer.status < SERVER_FAILED:
            return False
        return isinstance(self._spec.fault(self._name, answer.status, answer.body, None), Unreachable)

    async def _exchange(
        self, method: str, url: URL, query: Pairs | None, content: _Content | None
    ) -> _Answer:
        deadline = self._spec.deadline.total_seconds()
        try:
            async with asyncio.timeout(deadline):
                for _ in range(MOST_REDIRECTS + 1):
                    answer = await self._sent(method, url, query, content)
                    if answer.status // 100 != 3:
                        return answer
                    url, query = self._redirected(url, answer), None
        except TimeoutError:
            raise Unreachable(self._name, f"no answer within {deadline:g} s") from None
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            raise Unreachable(self._name, _in_words(error)) from None
        raise Unreachable(self._name, "it redirects in circles")

    async def _sent(self, method: str, url: URL, query: Pairs | None, content: _Content | None) -> _Answer:
        try:
            return await self._send(method, url, query, content)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            if not self._spec.hangs_up or isinstance(error, aiohttp.ClientConnectorError):
                raise
            return await self._send(method, url, query, content)

    async def _send(self, method: str, url: URL, query: Pairs | None, content: _Content | None) -> _Answer:
        headers = dict(self._headers) | (dict(self._login.headers) if self._login else {})
        if content is not None:
            headers["Content-Type"] = content.type
        async with self._session.request(
            method,
            url,
            params=query,
            data=content.body if content is not None else None,
            headers=headers,
            proxy=self._proxy,
            allow_redirects=False,
            timeout=NO_TIMEOUT,
        ) as response:
            body = bytearray()
            async for block in response.content.iter_chunked(BLOCK):
                body += block
                if len(body) > LARGEST_ANSWER:
                    raise Unreachable(self._name, "its answer is larger than we read")
            cookies = response.headers.getall("Set-Cookie", [])
            return _Answer(response.status, response.headers, bytes(body), cookies)

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

    def _fault(self, answer: _Answer, gate: str) -> Fault:
        retry_after = self._retry_after(answer.headers.get("Retry-After", ""))
        if self._spec.is_throttled(answer.status, answer.body):
            if retry_after is None:
                retry_after = self._spec.throttled_for(answer.status, answer.body)
            retry_after = self._pace.freeze(retry_after, gate)
        fault = self._spec.fault(self._name, answer.status, answer.body, retry_after)
        if _is_filtered(fault) and self._pace.is_in_doubt(gate):
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
        if shape is bytes:
            return answer.body
        if answer.status == NO_CONTENT and empty is not None:
            return empty
        try:
            return msgspec.json.decode(answer.body, type=shape, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Unreachable(self._name, f"odd answer: {error}") from None


def _content(form: Pairs | None, upload: Upload | None, json: object, body: bytes | None) -> _Content | None:
    if upload is not None:
        return _multipart(form or (), upload)
    if form is not None:
        return _Content("application/x-www-form-urlencoded", urlencode(_pairs(form)).encode())
    if json is not None:
        return _Content("application/json", msgspec.json.encode(json))
    return _Content("application/octet-stream", body) if body is not None else None


def _multipart(form: Pairs, upload: Upload) -> _Content:
    """A form with a file in it, made whole: the same request may have to be sent again elsewhere."""
    boundary = f"qbitproxy-{secrets.token_hex(16)}"
    parts = [_part(name, str(value).encode()) for name, value in _pairs(form)]
    parts.append(_part(upload.field, upload.content, upload.filename))
    opening = f"--{boundary}\r\n".encode()
    body = b"".join(opening + part for part in parts) + f"--{boundary}--\r\n".encode()
    return _Content(f"multipart/form-data; boundary={boundary}", body)


def _part(name: str, value: bytes, filename: str = "") -> bytes:
    named = f'form-data; name="{quote(name, safe="[]")}"'
    lines = [f"Content-Disposition: {named}"]
    if filename:
        lines = [f'{lines[0]}; filename="{quote(filename)}"', "Content-Type: application/x-bittorrent"]
    return "\r\n".join([*lines, "", ""]).encode() + value + b"\r\n"


def _pairs(pairs: Pairs) -> Sequence[tuple[str, str | int]]:
    return list(pairs.items()) if isinstance(pairs, Mapping) else pairs


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
        case UnicodeError():
            return "its name can be none: check its URL"
    return f"the connection failed: {type(error).__name__}"
