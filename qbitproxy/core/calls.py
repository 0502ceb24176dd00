"""How a service is called over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Protocol

from msgspec import Struct

from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Fault

Pairs = Mapping[str, str | int] | Sequence[tuple[str, str | int]]


class Purpose(StrEnum):
    """What a call is for, the most urgent first."""

    ADD = "add"
    LINK = "link"
    POLL = "poll"
    REPAIR = "repair"

    @property
    def is_background(self) -> bool:
        """Whether nobody waits for it."""
        return self in (Purpose.POLL, Purpose.REPAIR)


class Use(Struct, frozen=True):
    """What the calls of one purpose have used of an account in the last hour."""

    calls: int
    left: int | None  # calls that may still be made just now; None: unlimited


class Upload(Struct, frozen=True):
    """A file sent as a field of a form."""

    field: str
    filename: str
    content: bytes

    def __repr__(self) -> str:
        return f"Upload({self.field!r}, {self.filename!r}, {len(self.content)} bytes)"


class Http(Protocol):
    """Outgoing HTTP bound to one service: address, credentials, pace, deadline, faults.

    `path` is relative to the service's base URL. `form` is sent urlencoded, or as multipart beside an
    `upload`; `json` as JSON, `body` raw. Decodes the answer into `shape` (None: the body is dropped, bytes:
    it is left as it is); an answer that does not fit is Unreachable. An answer that says it has no content
    (204) is `empty` when that is given.
    """

    @property
    def clock(self) -> Clock:
        """The time by which waits and ages are measured."""
        ...

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
    ) -> Any: ...

    async def page(
        self,
        path: str,
        shape: Any,
        *,
        query: Mapping[str, str | int] | None = None,
        empty: object = None,
        purpose: Purpose = Purpose.ADD,
    ) -> tuple[Any, Mapping[str, str]]:
        """What a GET `call` gives, with the answer's headers (looked up in any case)."""
        ...


class Limit(Struct, frozen=True):
    """At most `calls` within any `per`: kept before the service has to say so.

    A call beyond a limit of a few seconds waits in line; one beyond a longer limit is turned away.
    """

    calls: int
    per: timedelta
    gate: str = ""  # the gate it is for; "": every call of the account


def is_no_success(status: int, body: bytes) -> bool:
    """Whether an answer is a fault, for services that say so by the HTTP status alone."""
    return not 200 <= status < 300


def is_throttled(status: int, body: bytes) -> bool:
    """Whether an answer asks us to slow down, for services that say so by the HTTP status alone."""
    return status == HTTPStatus.TOO_MANY_REQUESTS


def unknown_wait(status: int, body: bytes) -> float | None:
    """How long a throttle answer lasts, for services that say so in a header or not at all."""
    return None


def no_query(key: str, path: str) -> Mapping[str, str]:
    """What a call's query says of us, for services that read the headers."""
    return {}


def one_gate(method: str, path: str) -> str:
    """The gate of a call, for services that limit an account as a whole."""
    return ""


class Login(Struct, frozen=True, kw_only=True):
    """How a session is opened at a service that does not take the key with every call.

    A form is posted; the cookies of its answer go with every call from then on.
    """

    path: str
    form: Callable[[str], Mapping[str, str]]  # key -> what is posted; {} for a key that opens no session
    is_needed: Callable[[int, bytes], bool]  # (HTTP status, body) of an answer to a call without a session
    refusal: Callable[[str, int, bytes], Fault | None]
    """(owner, HTTP status, body) of the form's answer -> why no session was opened, None when one was."""


class HttpSpec(Struct, frozen=True, kw_only=True):
    """How one kind of service is spoken to over HTTP.

    A gate is a group of endpoints that the service limits together; a throttle answer closes the gate of
    its call for a while.
    """

    name: str
    base_url: str  # ends in "/"
    authorize: Callable[[str], Mapping[str, str]]  # key -> headers
    query: Callable[[str, str], Mapping[str, str]] = no_query
    """(key, path) -> credentials, for endpoints that look for them in the query alone."""
    fault: Callable[[str, int, bytes, float | None], Fault]
    """(owner, HTTP status, body, Retry-After in seconds) -> the fault of an answer that `is_fault`."""
    is_fault: Callable[[int, bytes], bool] = is_no_success  # (HTTP status, body)
    is_throttled: Callable[[int, bytes], bool] = is_throttled  # (HTTP status, body) of a fault
    throttled_for: Callable[[int, bytes], float | None] = unknown_wait
    """(HTTP status, body) of a throttle answer without Retry-After -> seconds, None when it has no word."""
    gate: Callable[[str, str], str] = one_gate  # (method, path) -> name of the gate
    limits: tuple[Limit, ...] = ()
    requests_per_minute: int = 0  # 0: unlimited
    burst: int = 1  # requests that may go at once, but then no other for as long as that pace gives them
    background_per_minute: int = 0  # share of the pace that background calls may take; 0: all of it
    deadline: timedelta = timedelta(seconds=30)
    freezes: tuple[float, ...] = (15.0, 30.0, 60.0, 120.0)
    """Seconds of silence after the first, second, … throttle answer in a row."""
    longest_freeze: timedelta = timedelta(hours=1)  # a gate closed for longer is tried after this
    hangs_up: bool = False
    """Closes idle connections without a word: a call that was cut off is sent once more, whatever it does."""
    rests: bool = False  # is left alone for a growing while after failures in a row
    login: Login | None = None  # None: the key goes with every call
