"""What every JSON answer of ours looks like, refusals included."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode


class Problem(Struct, frozen=True, omit_defaults=True):
    """Why a request was not served."""

    error: str
    status: int
    detail: str = ""


def answer(value: object, status: int = 200) -> web.Response:
    """`value` as JSON."""
    return web.Response(body=_encode(value), status=status, content_type="application/json")


def shape_refusal(refused: web.HTTPException) -> None:
    """Make `refused`, which is about to be raised, say why in JSON; its headers stay."""
    default = f"{refused.status}: {refused.reason}"
    said = refused.text if refused.text and refused.text != default else refused.reason
    refused.content_type = "application/json"
    refused.charset = None
    refused.body = _encode(Problem(said, refused.status))


async def read_json(request: web.Request, shape: type[T]) -> T:
    """The body as `shape`. Raises HTTPUnsupportedMediaType or msgspec.DecodeError."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="send JSON with Content-Type: application/json")
    return msgspec.json.decode(await request.read(), type=shape)
