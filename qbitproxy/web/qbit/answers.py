"""Answers with the content types that qBittorrent gives them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from urllib.parse import quote

from aiohttp import web
from msgspec import Struct

from qbitproxy.web.answers import pieces
from qbitproxy.web.qbit.wire import encode

TEXT = {"Content-Type": "text/plain; charset=UTF-8"}
JSON = {"Content-Type": "application/json"}

SHORT = 1 << 16
"""Bytes that are not worth sending piece by piece."""


class Run(Struct, frozen=True):
    """Encoded elements of an array, or members of an object."""

    elements: Iterable[bytes]
    size: int  # bytes, with the commas between them


def run(elements: Collection[bytes]) -> Run:
    """These elements."""
    return Run(elements, sum(map(len, elements)) + max(len(elements) - 1, 0))


SMALLEST, LARGEST = 1024, 256 * 1024  # bytes, of what is worth packing


def plain(text: str = "", status: int = 200) -> web.Response:
    """A line of text, mostly none."""
    return web.Response(body=text.encode("utf-8", "replace"), status=status, headers=TEXT)


def without_content(response: web.StreamResponse) -> web.StreamResponse:
    """204 in the place of an empty 200; any other answer as it is."""
    is_empty = isinstance(response, web.Response) and response.status == 200 and not response.body
    return web.Response(status=204) if is_empty else response


def packed(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """`response`, to be sent as gzip where the client takes it and it is worth it.

    Answers that are put together while they are sent are not: packing 10,000 torrents would keep everybody
    else waiting for 60 ms at each poll. Source: qBittorrent 4.6.7, base/http/responsegenerator.cpp.
    """
    body = response.body if isinstance(response, web.Response) else None
    if isinstance(body, bytes) and SMALLEST < len(body) <= LARGEST and _takes_gzip(request):
        response.enable_compression(web.ContentCoding.gzip)
    return response


def as_json(value: object, status: int = 200) -> web.Response:
    """`value` as JSON."""
    return web.Response(body=encode(value), status=status, headers=JSON)


def as_file(body: bytes, kind: str, name: str = "") -> web.Response:
    """A file, to be kept under `name` where there is one."""
    headers = {"Content-Type": kind} | ({"Content-Disposition": attachment(name)} if name else {})
    return web.Response(body=body, headers=headers)


def attachment(name: str) -> str:
    """The header that has a browser keep a file under `name`; whoever knows no UTF-8 sees underscores."""
    plain_name = "".join(char if " " <= char <= "~" and char not in '"\\' else "_" for char in name)
    exact = "" if plain_name == name else f"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"
    return f'attachment; filename="{plain_name}"{exact}'


def as_array(elements: Sequence[bytes]) -> web.Response:
    """Encoded elements as a JSON array."""
    return in_parts([b"[", run(elements), b"]"])


def in_parts(parts: Sequence[bytes | Run]) -> web.Response:
    """JSON of pieces of text and runs, put together while it is sent unless it is short."""
    size = sum(part.size if isinstance(part, Run) else len(part) for part in parts)
    if size > SHORT:
        return web.Response(body=_sent(parts), headers={**JSON, "Content-Length": str(size)})
    whole = b"".join(b",".join(part.elements) if isinstance(part, Run) else part for part in parts)
    return web.Response(body=whole, headers=JSON)


async def _sent(parts: Sequence[bytes | Run]) -> AsyncIterator[bytes]:
    before = b""
    for part in parts:
        if isinstance(part, Run):
            async for piece in pieces(before, part.elements, b""):
                yield piece
            before = b""
        else:
            before += part
    yield before


def _takes_gzip(request: web.Request) -> bool:
    """Whether gzip, or anything, is accepted with a weight above 0."""
    if request.method == "HEAD":
        return False
    weights: dict[str, str] = {}
    for part in request.headers.get("Accept-Encoding", "").lower().split(","):
        coding, _, weight = part.partition(";")
        weights[coding.strip()] = weight.replace(" ", "").removeprefix("q=")
    weight = weights.get("gzip", weights.get("*", "0"))
    return weight.strip("0.") != "" or weight == ""
