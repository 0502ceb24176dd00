"""What every JSON answer of ours looks like, refusals included."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from itertools import islice
from typing import TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct

from qbitproxy.turns import breathe
from qbitproxy.web.text import read_text

S = TypeVar("S", bound=Struct)
T = TypeVar("T")

JOINED_AT_ONCE = 100
"""Elements in one piece of a long answer: about 100 KiB of torrents."""

encode = msgspec.json.Encoder().encode


class Problem(Struct, frozen=True, omit_defaults=True):
    """Why a request was not served."""

    error: str
    status: int
    detail: str = ""


class Refused(Exception):
    """A request that is not served, with more to say of it than fits into one sentence."""

    def __init__(self, error: str, status: int, detail: str = "") -> None:
        super().__init__(error)
        self.problem = Problem(error, status, detail)


def answer(value: object, status: int = 200) -> web.Response:
    """`value` as JSON."""
    return web.Response(body=encode(value), status=status, content_type="application/json")


async def pieces(before: bytes, elements: Iterable[bytes], after: bytes) -> AsyncIterator[bytes]:
    """JSON around encoded elements, put together while it is sent: it is never whole in memory."""
    rest = iter(elements)
    batch = list(islice(rest, JOINED_AT_ONCE))
    while True:
        following = list(islice(rest, JOINED_AT_ONCE))
        yield before + b",".join(batch) + (b"" if following else after)
        if not following:
            return
        await breathe()  # a client that reads fast is no reason to keep the others waiting
        before, batch = b",", following


def shape_refusal(refused: web.HTTPException) -> None:
    """Make `refused`, which is about to be raised, say why in JSON; its headers stay."""
    default = f"{refused.status}: {refused.reason}"
    said = refused.text if refused.text and refused.text != default else refused.reason
    refused.content_type = "application/json"
    refused.charset = None
    refused.body = encode(Problem(said, refused.status))


def read_query(request: web.Request, shape: type[S]) -> S:
    """The query string as `shape`. Raises msgspec.ValidationError."""
    if twice := sorted({name for name in request.query if len(request.query.getall(name)) > 1}):
        raise msgspec.ValidationError(f"Parameter `{twice[0]}` is there twice")
    return read_text(dict(request.query), shape)


async def read_json(request: web.Request, shape: type[T]) -> T:
    """The body as `shape`. Raises HTTPUnsupportedMediaType or msgspec.DecodeError."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="send JSON with Content-Type: application/json")
    try:
        return msgspec.json.decode(await request.read(), type=shape)
    except (UnicodeDecodeError, RecursionError):
        raise msgspec.DecodeError("JSON is no UTF-8, or nested too deeply") from None
